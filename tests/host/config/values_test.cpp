#include <catch2/catch.hpp>

#include "config/values.hpp"

using namespace ombud::config;

TEST_CASE("durations are read to the second", "[config][values]") {
    CHECK(parse_duration_s("0s") == 0);
    CHECK(parse_duration_s("30s") == 30);
    CHECK(parse_duration_s("10m") == 600);
    CHECK(parse_duration_s("48h") == 172'800);
    CHECK(parse_duration_s("999999d") == 86'399'913'600);
    for (const char* bad : {"", "s", "7", "7 d", " 7d", "7d ", "7w", "07s", "-1s", "1000000s", "7ms"})
        CHECK_FALSE(parse_duration_s(bad));
}

TEST_CASE("a duration's text is the shortest that reads back", "[config][values]") {
    CHECK(duration_text(0) == "0s");
    CHECK(duration_text(59) == "59s");
    CHECK(duration_text(5'400) == "90m");
    CHECK(duration_text(86'400) == "1d");
    for (std::int64_t s = 0; s < 1'000'000; s += 977)
        CHECK(parse_duration_s(duration_text(s)) == s);
}

TEST_CASE("sizes are read to the byte", "[config][values]") {
    CHECK(parse_size_bytes("512B") == 512);
    CHECK(parse_size_bytes("64KiB") == 65'536);
    CHECK(parse_size_bytes("999999TiB") == 999'999LL << 40);
    CHECK(size_text(65'536) == "64KiB");
    CHECK(size_text(0) == "0B");
    for (const char* bad : {"64", "64K", "64KB", "64kib", "64 KiB", "-1B", "1.5GiB"})
        CHECK_FALSE(parse_size_bytes(bad));
}

TEST_CASE("deadlines are read to the millisecond and are never zero", "[config][values]") {
    CHECK(parse_deadline_ms("500ms") == 500);
    CHECK(parse_deadline_ms("2s") == 2'000);
    for (const char* bad : {"0s", "0ms", "2m", "2", "100000ms"})
        CHECK_FALSE(parse_deadline_ms(bad));
}

TEST_CASE("times of day go from 00:00 to 24:00", "[config][values]") {
    CHECK(parse_time_of_day_s("00:00") == 0);
    CHECK(parse_time_of_day_s("23:59") == 86'340);
    CHECK(parse_time_of_day_s("24:00") == 86'400);
    CHECK(time_of_day_text(86'400) == "24:00");
    CHECK(time_of_day_text(34'200) == "09:30");
    for (const char* bad : {"24:01", "8:00", "08:60", "0800", "08:0", "-1:00", "08:00:00"})
        CHECK_FALSE(parse_time_of_day_s(bad));
}

TEST_CASE("dates are days of the calendar", "[config][values]") {
    REQUIRE(parse_date("2028-02-29"));
    CHECK(date_text(*parse_date("2028-02-29")) == "2028-02-29");
    CHECK(parse_date("2199-12-31"));
    for (const char* bad : {"2027-02-29", "2100-02-29", "2027-13-01", "2027-00-10", "2027-01-00", "2027-1-01",
                            "27-01-01", "2200-01-01", "1969-12-31", "2027/01/01"})
        CHECK_FALSE(parse_date(bad));
}

TEST_CASE("whole numbers fill 64 bits and no more", "[config][values]") {
    CHECK(parse_integer("-9223372036854775808") == INT64_MIN);
    CHECK(parse_integer("9223372036854775807") == INT64_MAX);
    for (const char* bad : {"", "9223372036854775808", "+1", "1 ", "0x1", "1.0", "-"})
        CHECK_FALSE(parse_integer(bad));
}

TEST_CASE("a quoted value is short and printable", "[config][values]") {
    CHECK(in_quotes("a\x1B[2J\n") == "'a\\x1B[2J\\x0A'");
    CHECK(in_quotes(std::string(100, 'a')) == "'" + std::string(60, 'a') + "…'");
    CHECK(in_quotes(std::string(59, 'a') + "üü") == "'" + std::string(59, 'a') + "…'");
}
