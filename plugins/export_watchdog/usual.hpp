// What is unusual for a user (EXP-9): medians, their deviations, and floors below which nothing is. Pure.
#pragma once

#include "history.hpp"

#include <ombud/time_zone.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ombud::export_watchdog {

struct Usual {
    int64_t history_ns = int64_t{28} * 86'400'000'000'000;
    int64_t size_floor = int64_t{2} << 30; // bytes a day that are never unusual
    int64_t count_floor = 10;              // exports an hour that are never a burst; three times as many a week are no drip
    int64_t learning_until_utc_ns = 0;     // before it everybody is new here, so nobody is told as a newcomer
    std::set<int64_t> holidays;            // days since 1970 in the site's zone; they count as Sundays
};

struct Unusual {
    enum class Kind { newcomer, burst, volume, week, many, hour, day_off, cameras } kind;
    std::string text;     // one sentence with the numbers; no name
    int64_t day = 0;      // since 1970 in the site's zone
    bool notice = false;  // told as info: one camera alone
    std::string evidence; // JSON object of the numbers
};

/// "burst", as in findings' keys.
const char* kind_name(Unusual::Kind kind);

/// Judges the newest export of a user by what came before it.
///
/// @param exports  of one user, oldest first, the last one is judged
std::vector<Unusual> judge_usual(const std::vector<PastExport>& exports, const Usual& usual, const sdk::TimeZone& zone);

/// The day of an instant in a zone, since 1970-01-01.
int64_t local_day(int64_t utc_ns, const sdk::TimeZone& zone);

/// The middle of values (of an even number the mean of the two); 0 of none.
double median(std::vector<double> values);
/// The median of how far each value is from the median.
double median_deviation(const std::vector<double>& values);

} // namespace ombud::export_watchdog
