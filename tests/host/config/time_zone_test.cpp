#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>

#include "config/time_zone.hpp"

using namespace ombud::config;
using namespace std::chrono_literals;

namespace {

std::string zone_bytes(const std::string& name) {
    std::ifstream file(time_zone_folder() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The C library's own answer; it keeps the zone for the whole process, which the library under test must not.
std::int64_t c_library_offset_s(const std::string& zone, std::int64_t utc_s) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    const std::time_t instant = utc_s;
    std::tm local{};
    ::localtime_r(&instant, &local);
    return local.tm_gmtoff;
}

} // namespace

TEST_CASE("offsets agree with the C library's in every kind of zone", "[config][time-zone]") {
    // Both hemispheres, none, half hours, negative summer time, Ramadan, switches at midnight and by the day before.
    for (const std::string zone :
         {"UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe",
          "Pacific/Chatham", "Africa/Casablanca", "America/Santiago", "Asia/Jerusalem", "America/Nuuk", "Asia/Kolkata",
          "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Etc/GMT+12"}) {
        DYNAMIC_SECTION(zone) {
            const auto found = TimeZone::find(zone);
            REQUIRE(found);
            std::size_t wrong = 0;
            for (std::int64_t utc_s = 0; utc_s < 4'102'444'800; utc_s += 6 * 3'600 + 1'777) // 1970 to 2100
                wrong += found->offset_s(utc_s) != c_library_offset_s(zone, utc_s) ? 1U : 0U;
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("a day begins at its first instant", "[config][time-zone]") {
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
            const auto zone = TimeZone::find(row.zone);
            REQUIRE(zone);

            const auto begin = zone->start_of_day_utc_s(std::chrono::sys_days(row.day));

            CHECK(begin == row.utc_s);
            const auto midnight = std::chrono::seconds(std::chrono::sys_days(row.day).time_since_epoch()).count();
            CHECK(begin + zone->offset_s(begin) >= midnight);
            CHECK(begin - 1 + zone->offset_s(begin - 1) < midnight);
        }
    }
}

TEST_CASE("a zone's name leads nowhere else", "[config][time-zone]") {
    for (const char* name : {"", "/etc/localtime", "../../../etc/passwd", "Europe", "Europe/", "europe/berlin ",
                             "right/UTC", "tzdata.zi", "Europe/Berlin\n"})
        CHECK_FALSE(TimeZone::find(name));
}

TEST_CASE("a damaged zone is refused, wherever it is cut", "[config][time-zone]") {
    const std::string whole = zone_bytes("Europe/Berlin");
    REQUIRE(TimeZone::parse(whole));

    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK_FALSE(TimeZone::parse(std::string_view(whole).substr(0, length)));
}

TEST_CASE("a zone with any byte changed is read or refused, and answers", "[config][time-zone]") {
    const std::string whole = zone_bytes("America/New_York");
    std::size_t readable = 0;

    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 0xFF);
        if (const auto zone = TimeZone::parse(damaged)) {
            ++readable;
            CHECK(std::llabs(zone->offset_s(1'800'000'000)) <= 172'800);
        }
    }

    CHECK(readable > 0);
}

TEST_CASE("a rule of POSIX is read with its signs turned", "[config][time-zone]") {
    REQUIRE(PosixRule::parse("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"));
    CHECK(PosixRule::parse("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")->standard_s == 37'800);
    CHECK(PosixRule::parse("EST5EDT,M3.2.0,M11.1.0")->summer_s == -14'400);
    CHECK(PosixRule::parse("XXX3YYY,J60/0,J300/25")->to_summer->day == 60);
    CHECK(PosixRule::parse("XXX3YYY,59/-1,299")->to_summer->time_s == -3'600);
    for (const char* bad : {"", "E5", "EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
                            "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J1", "EST5EDT,366,1",
                            "EST5EDT,M3.2.0,M11.1.0x", "<EST5EDT", "EST5:60", "EST168"})
        CHECK_FALSE(PosixRule::parse(bad));
}
