#include "site_of_tests.hpp"

#include <catch2/catch.hpp>

namespace ombud::audio_metadata {

namespace {

constexpr int64_t clock_of(int hours, int minutes = 0) {
    return hours * 3600 + minutes * 60;
}

} // namespace

TEST_CASE("documented_parts follows the clock of the site", "[AMG-3]") {
    struct Row {
        const char* behaviour;
        std::vector<Hours> hours;
        Interval within;
        int64_t grace;
        std::vector<Interval> parts;
    };
    const Hours office{every_day, clock_of(8), clock_of(18)};
    const Row rows[] = {
        {"within the hours: all of it",
         {office},
         {at(2026, 1, 5, 10), at(2026, 1, 5, 10, 10)},
         0,
         {{at(2026, 1, 5, 10), at(2026, 1, 5, 10, 10)}}},
        {"outside: nothing", {office}, {at(2026, 1, 5, 20), at(2026, 1, 5, 20, 10)}, 0, {}},
        {"they begin on the hour in winter (UTC+1)",
         {office},
         {at(2026, 1, 5, 6, 55), at(2026, 1, 5, 7, 5)},
         0,
         {{at(2026, 1, 5, 7), at(2026, 1, 5, 7, 5)}}},
        {"they begin on the hour in summer (UTC+2)",
         {office},
         {at(2026, 7, 6, 5, 55), at(2026, 7, 6, 6, 5)},
         0,
         {{at(2026, 7, 6, 6), at(2026, 7, 6, 6, 5)}}},
        {"they end on the hour, which is outside", {office}, {at(2026, 1, 5, 17), at(2026, 1, 5, 17, 10)}, 0, {}},
        {"a recording over days has a part a day",
         {office},
         {at(2026, 1, 5, 0), at(2026, 1, 7, 0)},
         0,
         {{at(2026, 1, 5, 7), at(2026, 1, 5, 17)}, {at(2026, 1, 6, 7), at(2026, 1, 6, 17)}}},
        {"a day that is not listed has none",
         {{monday, clock_of(8), clock_of(18)}},
         {at(2026, 1, 6, 10), at(2026, 1, 6, 11)},
         0,
         {}},
        {"Monday is 5 January 2026",
         {{monday, clock_of(8), clock_of(18)}},
         {at(2026, 1, 5, 10), at(2026, 1, 5, 11)},
         0,
         {{at(2026, 1, 5, 10), at(2026, 1, 5, 11)}}},
        {"over midnight they last into a day that is not listed",
         {{saturday, clock_of(22), clock_of(2)}},
         {at(2026, 1, 3, 20), at(2026, 1, 4, 4)},
         0,
         {{at(2026, 1, 3, 21), at(2026, 1, 4, 1)}}},
        {"a recording after midnight belongs to the evening before",
         {{saturday, clock_of(22), clock_of(2)}},
         {at(2026, 1, 4, 0), at(2026, 1, 4, 0, 10)},
         0,
         {{at(2026, 1, 4, 0), at(2026, 1, 4, 0, 10)}}},
        {"a whole day ends at 24:00",
         {{monday, 0, clock_of(24)}},
         {at(2026, 1, 4, 0), at(2026, 1, 7, 0)},
         0,
         {{at(2026, 1, 4, 23), at(2026, 1, 5, 23)}}},
        {"every whole day is always",
         {{every_day, 0, clock_of(24)}},
         {at(2026, 3, 28, 0), at(2026, 3, 31, 0)},
         0,
         {{at(2026, 3, 28, 0), at(2026, 3, 31, 0)}}},
        {"hours that touch are one",
         {{every_day, clock_of(8), clock_of(12)}, {every_day, clock_of(12), clock_of(18)}},
         {at(2026, 1, 5, 0), at(2026, 1, 6, 0)},
         0,
         {{at(2026, 1, 5, 7), at(2026, 1, 5, 17)}}},
        {"hours that overlap are one",
         {{every_day, clock_of(8), clock_of(13)}, {every_day, clock_of(12), clock_of(18)}},
         {at(2026, 1, 5, 0), at(2026, 1, 6, 0)},
         0,
         {{at(2026, 1, 5, 7), at(2026, 1, 5, 17)}}},
        {"an hour that the clocks skip does not exist",
         {{sunday, clock_of(2), clock_of(3)}},
         {at(2026, 3, 29, 0), at(2026, 3, 29, 6)},
         0,
         {}},
        {"hours around it are shorter in UTC",
         {{sunday, clock_of(1), clock_of(4)}},
         {at(2026, 3, 28, 22), at(2026, 3, 29, 6)},
         0,
         {{at(2026, 3, 29, 0), at(2026, 3, 29, 2)}}},
        {"an hour that the clocks repeat counts both times",
         {{sunday, clock_of(2), clock_of(3)}},
         {at(2026, 10, 24, 22), at(2026, 10, 25, 6)},
         0,
         {{at(2026, 10, 25, 0), at(2026, 10, 25, 2)}}},
        {"half of a repeated hour counts twice",
         {{sunday, clock_of(2, 15), clock_of(2, 30)}},
         {at(2026, 10, 24, 22), at(2026, 10, 25, 6)},
         0,
         {{at(2026, 10, 25, 0, 15), at(2026, 10, 25, 0, 30)}, {at(2026, 10, 25, 1, 15), at(2026, 10, 25, 1, 30)}}},
        {"a leap day is a day",
         {{every_day, clock_of(8), clock_of(9)}},
         {at(2028, 2, 28, 12), at(2028, 3, 1, 6)},
         0,
         {{at(2028, 2, 29, 7), at(2028, 2, 29, 8)}}},
        {"grace widens both sides",
         {office},
         {at(2026, 1, 5, 6), at(2026, 1, 5, 18)},
         5 * minute,
         {{at(2026, 1, 5, 6, 55), at(2026, 1, 5, 17, 5)}}},
        {"grace reaches a recording that ends just before",
         {office},
         {at(2026, 1, 5, 6, 50), at(2026, 1, 5, 6, 58)},
         5 * minute,
         {{at(2026, 1, 5, 6, 55), at(2026, 1, 5, 6, 58)}}},
        {"grace never reaches outside of the recording",
         {office},
         {at(2026, 1, 5, 6, 59), at(2026, 1, 5, 7, 1)},
         hour,
         {{at(2026, 1, 5, 6, 59), at(2026, 1, 5, 7, 1)}}},
        {"no hours: nothing", {}, {at(2026, 1, 5, 6), at(2026, 1, 5, 18)}, 0, {}},
        {"from and to alike are no hours",
         {{every_day, clock_of(8), clock_of(8)}},
         {at(2026, 1, 5), at(2026, 1, 6)},
         0,
         {}},
        {"a nanosecond before the hour stays outside",
         {office},
         {at(2026, 1, 5, 7) - 1, at(2026, 1, 5, 7) + 1},
         0,
         {{at(2026, 1, 5, 7), at(2026, 1, 5, 7) + 1}}},
    };
    const sdk::TimeZone zone = berlin();
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(documented_parts(row.hours, row.within, zone, row.grace) == row.parts);
        }
}

TEST_CASE("documented_parts shows what the local clock shows, second by second", "[AMG-3][property]") {
    const sdk::TimeZone zone = berlin();
    const Hours hours{saturday | sunday, clock_of(23, 30), clock_of(2, 45)};
    for (const int64_t from : {at(2026, 3, 27), at(2026, 10, 23)}) {
        const Interval within{from, from + 4 * day};
        const auto parts = documented_parts({hours}, within, zone, 0);
        size_t wrong = 0;
        for (int64_t instant = within.begin_utc_ns; instant < within.end_utc_ns; instant += 30 * second) {
            const int64_t local = instant / second + zone.span_at(instant / second).offset_s;
            const int64_t of_day = local % 86'400;
            const auto weekday_of = [](int64_t days) { return 1u << ((days + 3) % 7 + 1); };
            const bool expected = ((hours.days & weekday_of(local / 86'400)) && of_day >= hours.from_s) ||
                                  ((hours.days & weekday_of(local / 86'400 - 1)) && of_day < hours.to_s);
            bool inside = false;
            for (const Interval& part : parts)
                inside = inside || (instant >= part.begin_utc_ns && instant < part.end_utc_ns);
            wrong += inside != expected;
        }
        CHECK(wrong == 0);
    }
}

} // namespace ombud::audio_metadata
