#include "config/day.hpp"

namespace ombud::config {

std::int64_t start_of_day_utc_s(const sdk::TimeZone& zone, std::chrono::year_month_day day) {
    const sdk::CivilTime midnight{static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
                                  static_cast<int>(static_cast<unsigned>(day.day()))};
    const std::int64_t first = zone.instants(midnight).front();
    const sdk::ZoneSpan span = zone.span_at(first);
    // Where midnight is skipped, the day begins with the change of the clocks.
    return first + span.offset_s == sdk::seconds_from_civil(midnight) ? first : span.begin_s;
}

} // namespace ombud::config
