#include "daemon/clock_guard.hpp"

namespace ombud::daemon {
namespace {

std::string seconds(std::int64_t ns) { return std::to_string(ns / 1'000'000'000) + " s"; }

} // namespace

ClockGuard::ClockGuard(const Clock& clock, std::int64_t last_recorded_utc_ns)
    : clock_(clock), utc_ns_(clock.utc_ns()), mono_ns_(clock.mono_ns()) {
    if (last_recorded_utc_ns - utc_ns_ > tolerated_ns)
        held_ = "the clock is " + seconds(last_recorded_utc_ns - utc_ns_) + " behind the newest ledger entry";
}

std::string ClockGuard::check() {
    const std::lock_guard lock(mutex_);
    const std::int64_t utc = clock_.utc_ns();
    const std::int64_t mono = clock_.mono_ns();
    const std::int64_t jump = (utc - utc_ns_) - (mono - mono_ns_);
    utc_ns_ = utc;
    mono_ns_ = mono;
    if (jump <= tolerated_ns && jump >= -tolerated_ns)
        return {};
    held_ = "the clock jumped " + std::string(jump > 0 ? "forward" : "back") + " by " + seconds(jump > 0 ? jump : -jump);
    return held_;
}

std::string ClockGuard::held() const {
    const std::lock_guard lock(mutex_);
    return held_;
}

void ClockGuard::release() {
    const std::lock_guard lock(mutex_);
    held_.clear();
}

} // namespace ombud::daemon
