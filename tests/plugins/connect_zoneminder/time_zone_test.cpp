#include "time_zone.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace ombud::zoneminder;

TEST_CASE("TimeZone turns local times into UTC", "[time_zone]") {
    struct Row {
        const char* behaviour;
        const char* zone;
        const char* local;
        std::int64_t utc_s; // by date --utc
    };
    const Row rows[] = {
        {"winter in Berlin", "Europe/Berlin", "2026-11-22 07:36:51", 1795329411},
        {"summer in Berlin", "Europe/Berlin", "2026-07-01 12:00:00", 1782900000},
        {"the last second before clocks go forward", "Europe/Berlin", "2026-03-29 01:59:59", 1774745999},
        {"the first second after", "Europe/Berlin", "2026-03-29 03:00:00", 1774746000},
        {"a time that comes twice is the first", "Europe/Berlin", "2026-10-25 02:30:00", 1792888200},
        {"after the repeated hour", "Europe/Berlin", "2026-10-25 03:00:00", 1792893600},
        {"west of Greenwich", "America/New_York", "2026-01-01 00:00:00", 1767243600},
        {"half an hour", "Asia/Kolkata", "2026-01-01 00:00:00", 1767205800},
        {"a leap day", "UTC", "2028-02-29 00:00:00", 1835395200},
        {"before 1970", "UTC", "1969-12-31 23:59:59", -1},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto zone = TimeZone::open(row.zone);
            REQUIRE(zone);

            CHECK(zone->to_utc_ns(row.local) == row.utc_s * 1'000'000'000);
        }
    }
}

TEST_CASE("TimeZone knows what is no time", "[time_zone]") {
    const TimeZone utc;
    for (const char* text : {"", "2026-11-22", "2026-11-22T07:36:51", "2026-13-01 00:00:00", "2026-11-22 24:00:00", "abcd-11-22 07:36:51", "2026-11-22 07:36:5x"})
        CHECK_FALSE(utc.to_utc_ns(text));
}

TEST_CASE("TimeZone refuses names that lead elsewhere, and files that are none", "[time_zone]") {
    CHECK(TimeZone::open("../../etc/passwd").error().code == ErrorCode::invalid_input);
    CHECK(TimeZone::open("/etc/passwd").error().code == ErrorCode::invalid_input);
    CHECK(TimeZone::open("Europe/Atlantis").error().code == ErrorCode::not_found);
    const auto folder = std::filesystem::temp_directory_path() / "ombud-time-zone-test";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "Short", std::ios::binary) << "TZif2" << std::string(60, '\xff');
    std::ofstream(folder / "Text") << "no zone";

    CHECK(TimeZone::open("Short", folder).error().code == ErrorCode::corrupt);
    CHECK(TimeZone::open("Text", folder).error().code == ErrorCode::corrupt);
    std::filesystem::remove_all(folder);
}
