// Documented hours on a site's clock, as stretches of UTC.
#pragma once

#include "site.hpp"
#include <ombud/time_zone.hpp>

#include <cstdint>
#include <vector>

namespace ombud::audio_metadata {

/// [begin, end) in nanoseconds since 1970 (UTC).
struct Interval {
    int64_t begin_utc_ns, end_utc_ns;
    bool operator==(const Interval&) const = default;
};

/// Overlapping and touching ones become one; empty ones go. In order.
std::vector<Interval> merged(std::vector<Interval> intervals);

/// The parts of [begin, end) at which the local clock shows documented hours, widened by `grace_ns` on both sides.
///
/// An hour that the clocks skip does not exist; one that they repeat counts both times.
/// @param within  at most longest_recording_ns; the cost grows with its days
std::vector<Interval> documented_parts(const std::vector<Hours>& hours, Interval within, const sdk::TimeZone& zone,
                                       int64_t grace_ns);

/// Longer is no recording but a mistake; nobody's hours are looked up in it.
inline constexpr int64_t longest_recording_ns = 31 * int64_t{86'400'000'000'000};

} // namespace ombud::audio_metadata
