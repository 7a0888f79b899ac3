#include "anchors/lane.hpp"

#include <algorithm>
#include <chrono>

namespace ombud::anchors {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t retry_ns_max = 30 * second_ns;
constexpr std::int64_t late_after = 3; // of its intervals
constexpr auto last_try = std::chrono::seconds(3);

} // namespace

Lane::Lane(config::Anchor wanted, std::unique_ptr<Anchor> anchor, const Clock& clock)
    : wanted_(std::move(wanted)), anchor_(std::move(anchor)), clock_(clock), due_mono_ns_(clock.mono_ns()),
      status_{.name = wanted_.name()}, thread_([this] { run(); }) {}

Lane::~Lane() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    if (!wake_.wait_for(lock, last_try, [this] { return ended_; }))
        anchor_->cancel();
    lock.unlock();
    thread_.join();
}

void Lane::offer(const Offered& offered) {
    const std::lock_guard lock(mutex_);
    if (!waiting_)
        waiting_since_mono_ns_ = clock_.mono_ns();
    waiting_ = offered;
    wake_.notify_all();
}

AnchorStatus Lane::status() const {
    const std::lock_guard lock(mutex_);
    AnchorStatus status = status_;
    status.waiting_size = waiting_ ? waiting_->checkpoint.size : 0;
    status.is_behind = waiting_ && clock_.mono_ns() - waiting_since_mono_ns_ > late_after * wanted_.every_s * second_ns;
    return status;
}

void Lane::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const std::int64_t now = clock_.mono_ns();
        if (waiting_ && now >= due_mono_ns_)
            try_once(lock);
        else if (waiting_)
            wake_.wait_for(lock, std::chrono::nanoseconds(due_mono_ns_ - now));
        else
            wake_.wait(lock);
    }
    if (waiting_ && status_.failure.empty())
        try_once(lock);
    ended_ = true;
    wake_.notify_all();
}

void Lane::try_once(std::unique_lock<std::mutex>& lock) {
    const Offered offered = *waiting_;
    const std::int64_t began = clock_.mono_ns();
    lock.unlock();
    auto kept = anchor_->keep(offered);
    lock.lock();
    if (!kept) {
        status_.failure = kept.error().message;
        status_.contradicts = kept.error().code == ErrorCode::corrupt;
        due_mono_ns_ = clock_.mono_ns() + std::min(wanted_.every_s * second_ns, retry_ns_max);
        return;
    }
    status_.failure.clear();
    status_.contradicts = false;
    status_.kept_size = offered.checkpoint.size;
    status_.kept_utc_ns = clock_.utc_ns();
    due_mono_ns_ = began + wanted_.every_s * second_ns;
    if (waiting_->checkpoint.size == offered.checkpoint.size)
        waiting_.reset();
    else
        waiting_since_mono_ns_ = began; // it came while the one before was under way
}

} // namespace ombud::anchors
