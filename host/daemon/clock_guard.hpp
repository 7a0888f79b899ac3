#pragma once
// Notices when the time of day jumps: a wrong clock makes every recording look overdue.

#include <cstdint>
#include <mutex>
#include <string>

#include "events/clock.hpp"

namespace ombud::daemon {

/// Thread any.
class ClockGuard {
  public:
    static constexpr std::int64_t tolerated_ns = 600'000'000'000; ///< 10 minutes: more than NTP ever steps on a sane host

    /// @param last_recorded_utc_ns  time of the newest ledger entry: now cannot be earlier
    ClockGuard(const Clock& clock, std::int64_t last_recorded_utc_ns);

    /// Compares both clocks. @return a sentence when a jump was seen in this call, else empty
    std::string check();
    /// Why corrections wait; empty: they need not.
    std::string held() const;
    /// An administrator has looked at it (a switch to enforce).
    void release();

  private:
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::int64_t utc_ns_, mono_ns_;
    std::string held_;
};

} // namespace ombud::daemon
