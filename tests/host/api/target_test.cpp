#include "api/target.hpp"

#include <catch2/catch.hpp>

using namespace ombud;
using namespace ombud::api;

TEST_CASE("parse_target splits first and decodes then", "[api]") {
    const auto target = parse_target("/v1/modules/a%2Fb%20c/mode?state=open%26x&after=a+b%2B&empty=&alone");

    REQUIRE(target);
    CHECK(target->path == "/v1/modules/a%2Fb%20c/mode");
    CHECK(target->segments == std::vector<std::string>{"v1", "modules", "a/b c", "mode"});
    CHECK(target->query ==
          std::map<std::string, std::string>{{"state", "open&x"}, {"after", "a b+"}, {"empty", ""}, {"alone", ""}});
}

TEST_CASE("parse_target takes the root as a path without segments", "[api]") {
    const auto target = parse_target("/?a=1");

    REQUIRE(target);
    CHECK(target->segments.empty());
}

TEST_CASE("parse_target refuses what has no one meaning", "[api]") {
    struct Row {
        const char* behaviour;
        std::string target;
        const char* says;
    };
    const Row rows[] = {
        {"nothing", "", "begin with"},
        {"an absolute form", "http://ombud/v1", "begin with"},
        {"an empty segment", "/v1//status", "segment"},
        {"a slash at the end", "/v1/", "segment"},
        {"a step up", "/v1/../status", "segment"},
        {"an encoded step up", "/v1/%2e%2E/status", "segment"},
        {"a percent code cut short", "/v1/%4", "hexadecimal"},
        {"a percent code of other letters", "/v1/%zz", "hexadecimal"},
        {"a NUL in the path", "/v1/%00", "control"},
        {"a line feed in a value", "/v1?a=%0a", "control"},
        {"a raw control character", "/v1/a\x01", "control"},
        {"bytes that are not UTF-8", "/v1/%ff", "UTF-8"},
        {"raw bytes that are not UTF-8", "/v1/\xff", "UTF-8"},
        {"a surrogate", "/v1/%ED%A0%80", "UTF-8"},
        {"a name given twice", "/v1?a=1&a=2", "'a' is given twice"},
        {"a value without a name", "/v1?=1", "no name"},
        {"more than 8 KiB", "/" + std::string(8192, 'a'), "at most 8192"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto target = parse_target(row.target);

            REQUIRE_FALSE(target);
            CHECK(target.error().code == ErrorCode::invalid_input);
            CHECK_THAT(target.error().message, Catch::Contains(row.says));
        }
    }
}
