#include "events/clock.hpp"

#include <cassert>
#include <ctime>

namespace ombud {
namespace {

std::int64_t read_ns(clockid_t which) {
    timespec now{};
    clock_gettime(which, &now); // cannot fail for these two clocks
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

} // namespace

std::int64_t SystemClock::utc_ns() const {
    return read_ns(CLOCK_REALTIME);
}
std::int64_t SystemClock::mono_ns() const {
    return read_ns(CLOCK_MONOTONIC);
}

void FakeClock::advance_ns(std::int64_t ns) {
    assert(ns >= 0);
    utc_ns_.fetch_add(ns);
    mono_ns_.fetch_add(ns);
}

} // namespace ombud
