#pragma once
// Times of ZoneMinder's REST interface: local, and without an offset.

#include <cstdint>
#include <ombud/time_zone.hpp>
#include <optional>
#include <string_view>

namespace ombud::zoneminder {

/// "2026-11-22 07:36:51" as nanoseconds since 1970 UTC. A time that comes twice (clocks set back) is taken as the
/// first. Empty: no such form, or no such day.
std::optional<std::int64_t> parse_local(std::string_view text, const sdk::TimeZone& zone);

} // namespace ombud::zoneminder
