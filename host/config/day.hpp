#pragma once
// When a calendar day begins at a place. Internal to this folder.

#include <chrono>
#include <cstdint>
#include <ombud/time_zone.hpp>

namespace ombud::config {

/// The first instant whose local date is `day` or later, even where clocks skip or repeat midnight: seconds since 1970
/// UTC.
/// @param day  one that the calendar has
[[nodiscard]] std::int64_t start_of_day_utc_s(const sdk::TimeZone& zone, std::chrono::year_month_day day);

} // namespace ombud::config
