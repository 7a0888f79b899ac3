#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <ombud/time_zone.hpp>

using namespace ombud::sdk;

TEST_CASE("offsets and local times agree with the C library's, in zones of every habit") {
    // half-hour summer time, summer time paused for Ramadan, a skipped day, no summer time any more, odd offsets
    for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
                             "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"}) {
        DYNAMIC_SECTION(name) {
            const auto zone = TimeZone::read(name);
            REQUIRE(zone);
            setenv("TZ", name, 1);
            tzset();
            int wrong_offsets = 0, lost_instants = 0;
            for (std::int64_t utc_s = -1'000'000'000; utc_s < 4'000'000'000; utc_s += 40'127) {
                const std::time_t time = utc_s;
                std::tm local{};
                localtime_r(&time, &local);

                wrong_offsets += local.tm_gmtoff != zone->span_at(utc_s).offset_s;
                bool is_found = false;
                for (const std::int64_t instant : zone->instants({local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                                                                  local.tm_hour, local.tm_min, local.tm_sec}))
                    is_found |= instant == utc_s;
                lost_instants += !is_found;
            }
            CHECK(wrong_offsets == 0);
            CHECK(lost_instants == 0);
        }
    }
}

TEST_CASE("a local time that comes twice means two instants, an hour apart") {
    const auto instants = TimeZone::read("Europe/Berlin")->instants({2026, 10, 25, 2, 30, 0});

    REQUIRE(instants.size() == 2);
    CHECK(instants[0] == 1'792'888'200);
    CHECK(instants[1] == instants[0] + 3600);
}

TEST_CASE("a local time that the clocks skip means the instant of the unset clock") {
    const auto instants = TimeZone::read("Europe/Berlin")->instants({2026, 3, 29, 2, 30, 0});

    REQUIRE(instants.size() == 1);
    CHECK(instants[0] == 1'774'747'800); // 01:30 UTC, shown as 03:30
}

TEST_CASE("a fixed zone shifts by its offset alone") {
    CHECK(TimeZone::fixed(7200).instants({1970, 1, 1, 2, 0, 0}) == std::vector<std::int64_t>{0});
}

TEST_CASE("a day that no calendar has is no time") {
    CHECK(is_valid({2024, 2, 29, 23, 59, 59}));
    CHECK_FALSE(is_valid({2023, 2, 29, 0, 0, 0}));
    CHECK_FALSE(is_valid({1900, 2, 29, 0, 0, 0}));
    CHECK_FALSE(is_valid({2024, 13, 1, 0, 0, 0}));
    CHECK_FALSE(is_valid({2024, 0, 1, 0, 0, 0}));
    CHECK_FALSE(is_valid({2024, 4, 31, 0, 0, 0}));
    CHECK_FALSE(is_valid({2024, 1, 1, 24, 0, 0}));
}

TEST_CASE("a zone that cannot be read says why") {
    CHECK(TimeZone::read("Europe/Atlantis").error().code == ErrorCode::not_found);
    CHECK(TimeZone::read("../../etc/passwd").error().code == ErrorCode::invalid_input);
    CHECK(TimeZone::parse("TZif").error().code == ErrorCode::corrupt);
    CHECK(TimeZone::parse("").error().code == ErrorCode::corrupt);
}
