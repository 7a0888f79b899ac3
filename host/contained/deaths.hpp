#pragma once
// How often a module may die: what is started again at once, what waits, and what rests until a person has looked.

#include <cstdint>
#include <deque>
#include <optional>

namespace ombud::contained {

/// Thread  one. Times in nanoseconds of one monotonic clock.
class Deaths {
  public:
    static constexpr std::int64_t window_ns = 60'000'000'000; ///< deaths that count together
    static constexpr std::size_t rest_after = 5;              ///< so many within the window: it rests

    void record(std::int64_t now_ns);
    /// When the next start is allowed; nothing: not before forgive().
    std::optional<std::int64_t> next_start_ns() const;
    bool is_resting() const { return resting_; }
    std::uint64_t count() const { return count_; }
    /// An administrator says that it may start again.
    void forgive();

  private:
    std::deque<std::int64_t> recent_;
    bool resting_ = false;
    std::uint64_t count_ = 0;
};

} // namespace ombud::contained
