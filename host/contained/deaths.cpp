#include "contained/deaths.hpp"

#include <array>

namespace ombud::contained {
namespace {

// After the first death at once: the call in hand has a deadline. Then ever slower.
constexpr std::array<std::int64_t, Deaths::rest_after> waits_ns{0, 0, 100'000'000, 1'000'000'000, 5'000'000'000};

} // namespace

void Deaths::record(std::int64_t now_ns) {
    ++count_;
    while (!recent_.empty() && now_ns - recent_.front() > window_ns)
        recent_.pop_front();
    recent_.push_back(now_ns);
    resting_ = resting_ || recent_.size() >= rest_after;
}

std::optional<std::int64_t> Deaths::next_start_ns() const {
    if (resting_)
        return std::nullopt;
    return recent_.empty() ? 0 : recent_.back() + waits_ns[recent_.size()];
}

void Deaths::forgive() {
    recent_.clear();
    resting_ = false;
}

} // namespace ombud::contained
