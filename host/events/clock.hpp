#pragma once
// Time is asked of a Clock that is passed in, so that tests decide what time it is.

#include <atomic>
#include <cstdint>

namespace ombud {

/// Tells the time of day and the time that only moves forward.
/// Thread  any; implementations are safe to share
class Clock {
  public:
    virtual ~Clock() = default;

    /// Nanoseconds since 1970-01-01T00:00:00Z; can step back when the system's clock is set.
    [[nodiscard]] virtual std::int64_t utc_ns() const = 0;
    /// Nanoseconds since an arbitrary start; never steps back, for deadlines and intervals.
    [[nodiscard]] virtual std::int64_t mono_ns() const = 0;
};

/// The machine's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC).
class SystemClock final : public Clock {
  public:
    [[nodiscard]] std::int64_t utc_ns() const override;
    [[nodiscard]] std::int64_t mono_ns() const override;
};

/// A clock that stands still until a test moves it.
class FakeClock final : public Clock {
  public:
    explicit FakeClock(std::int64_t utc_ns = 1'700'000'000'000'000'000) : utc_ns_(utc_ns) {}

    [[nodiscard]] std::int64_t utc_ns() const override { return utc_ns_.load(); }
    [[nodiscard]] std::int64_t mono_ns() const override { return mono_ns_.load(); }

    /// Moves both clocks forward by `ns` (0 or more).
    void advance_ns(std::int64_t ns);
    /// Sets the time of day alone, as an administrator or NTP would; backwards too.
    void set_utc_ns(std::int64_t utc_ns) { utc_ns_.store(utc_ns); }

  private:
    std::atomic<std::int64_t> utc_ns_;
    std::atomic<std::int64_t> mono_ns_{1'000'000'000};
};

} // namespace ombud
