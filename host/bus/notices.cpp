// Boost.Signals2's one translation unit.

#include "bus/notices.hpp"

#include <boost/signals2/signal.hpp>

namespace ombud {

struct Notices::Impl {
    boost::signals2::signal<void(const Notice&)> signal;
};

Notices::Notices() : impl_(std::make_unique<Impl>()) {}
Notices::~Notices() = default;

std::shared_ptr<void> Notices::subscribe(std::function<void(const Notice&)> take) {
    return std::make_shared<boost::signals2::scoped_connection>(impl_->signal.connect(std::move(take)));
}

void Notices::publish(const Notice& notice) { impl_->signal(notice); }

} // namespace ombud
