#include "cli/fields.hpp"
#include "cli/wording.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace ombud;
using namespace ombud::cli;

TEST_CASE("a span is told in its largest unit, rounded down", "[cli]") {
    constexpr std::int64_t second = 1'000'000'000;
    const std::pair<std::int64_t, const char*> rows[] = {{-5 * second, "0 s"},
                                                         {0, "0 s"},
                                                         {59 * second, "59 s"},
                                                         {60 * second, "1 min"},
                                                         {3'599 * second, "59 min"},
                                                         {3'600 * second, "1 h"},
                                                         {47 * 3'600 * second, "47 h"},
                                                         {2 * 86'400 * second, "2 d"},
                                                         {400LL * 86'400 * second, "400 d"}};
    for (const auto& [span, words] : rows)
        CHECK(span_words(span) == words);
}

TEST_CASE("a time is told in UTC, before 1970 too, and 0 is never", "[cli]") {
    CHECK(utc_words(0) == "-");
    CHECK(utc_words(1'769'860'800'999'999'999) == "2026-01-31 12:00:00Z");
    CHECK(utc_words(-1) == "1969-12-31 23:59:59Z");
}

TEST_CASE("fields are texts or integers", "[cli]") {
    const auto fields = parse_fields({"a=1", "b:=1", "c=x:=y", "d=", "e.f_2:=-9223372036854775808"});

    REQUIRE(fields);
    CHECK(boost::json::serialize(*fields) == R"({"a":"1","b":1,"c":"x:=y","d":"","e.f_2":-9223372036854775808})");
}

TEST_CASE("what is no field is said to be none", "[cli]") {
    const std::pair<const char*, const char*> rows[] = {{"a", "'a' is not a field"},
                                                        {"=1", "'=1' is not a field"},
                                                        {"A=1", "'A=1' is not a field"},
                                                        {":=1", "':=1' is not a field"},
                                                        {"a:=", "'' is not a 64-bit integer"},
                                                        {"a:=1x", "'1x' is not a 64-bit integer"},
                                                        {"a:=9223372036854775808", "is not a 64-bit integer"}};
    for (const auto& [argument, says] : rows) {
        DYNAMIC_SECTION(argument) {
            const auto fields = parse_fields({argument});

            REQUIRE_FALSE(fields);
            CHECK_THAT(fields.error().message, Catch::Contains(says));
        }
    }
    CHECK_FALSE(parse_fields({"a=1", "a:=2"}));
}
