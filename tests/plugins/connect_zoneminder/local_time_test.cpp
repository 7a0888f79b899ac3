#include "local_time.hpp"

#include <catch2/catch.hpp>

using namespace ombud::zoneminder;

TEST_CASE("parse_local reads ZoneMinder's times", "[time]") {
    const auto berlin = ombud::sdk::TimeZone::read("Europe/Berlin");
    REQUIRE(berlin);

    CHECK(parse_local("2026-11-22 07:36:51", *berlin) == 1795329411'000'000'000);
    CHECK(parse_local("2026-07-01 12:00:00", *berlin) == 1782900000'000'000'000);
    CHECK(parse_local("2026-10-25 02:30:00", *berlin) == 1792888200'000'000'000); // comes twice: the first
}

TEST_CASE("parse_local knows what is no time", "[time]") {
    for (const char* text :
         {"", "2026-11-22", "2026-11-22T07:36:51", "2026-13-01 00:00:00", "2026-02-29 00:00:00", "2026-11-22 24:00:00",
          "abcd-11-22 07:36:51", "2026-11-22 07:36:5x", "2026-11-22 07:36:-1"}) {
        INFO(text);
        CHECK_FALSE(parse_local(text, {}));
    }
}
