#include <catch2/catch.hpp>

#include "config/day.hpp"

using namespace ombud::config;
using namespace std::chrono_literals;

TEST_CASE("a day begins at its first instant", "[config][day]") {
    struct Row {
        const char* behaviour;
        const char* zone;
        std::chrono::year_month_day day;
        std::int64_t utc_s;
    };
    using namespace std::chrono;
    const Row rows[] = {
        {"in winter", "Europe/Berlin", 2027y / 1 / 2, 1'798'844'400},
        {"in summer", "Europe/Berlin", 2027y / 7 / 1, 1'814'392'800},
        {"on the night that clocks go forward", "Europe/Berlin", 2027y / 3 / 28, 1'806'188'400},
        {"on the day after it", "Europe/Berlin", 2027y / 3 / 29, 1'806'271'200},
        {"where midnight is skipped", "Africa/Cairo", 2026y / 4 / 24, 1'776'981'600},
        {"where midnight comes twice, at the first", "America/Havana", 2026y / 11 / 1, 1'793'505'600},
        {"where clocks go back at midnight, at the second", "Asia/Beirut", 2026y / 10 / 25, 1'792'879'200},
        {"where a whole day was skipped", "Pacific/Apia", 2011y / 12 / 30, 1'325'239'200},
        {"on a leap day", "America/New_York", 2028y / 2 / 29, 1'835'413'200},
        {"beyond the file's table, by its rule", "Europe/Berlin", 2090y / 7 / 1, 3'802'543'200},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto zone = ombud::sdk::TimeZone::read(row.zone);
            REQUIRE(zone);

            const auto begin = start_of_day_utc_s(*zone, row.day);

            CHECK(begin == row.utc_s);
            const auto midnight = std::chrono::seconds(std::chrono::sys_days(row.day).time_since_epoch()).count();
            CHECK(begin + zone->span_at(begin).offset_s >= midnight);
            CHECK(begin - 1 + zone->span_at(begin - 1).offset_s < midnight);
        }
    }
}
