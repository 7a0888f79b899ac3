// What people say of an export.
#include "gates/export/description.hpp"

#include <catch2/catch.hpp>

namespace ombud::exports {
namespace {

using Catch::Contains;

constexpr std::int64_t second_ns = 1'000'000'000;

Options site() {
    Options options;
    options.cameras = {{"entrance", {"files", "e"}}, {"yard", {"files", "y"}}};
    options.destinations = {{"evidence", "folder", "/srv/evidence"}};
    options.recipients = {{"police", "Ada Apt", "Inspector", "Police", "other-institution", "", "/p.pem", {}},
                          {"abroad", "Bo", "Agent", "Agency", "third-country", "treaty 7", "/a.pem", {}}};
    options.destroy_by_ns = 30 * 86'400 * second_ns;
    options.zone = sdk::TimeZone::fixed(3600);
    return options;
}

TEST_CASE("a description is lines of key and value", "[export][description]") {
    const auto fields = parse_fields("# of the theft\n\n camera = entrance, yard\r\nreason=a theft = 17/2026\n");

    REQUIRE(fields);
    CHECK(fields->size() == 2);
    CHECK(fields->at("camera") == "entrance, yard");
    CHECK(fields->at("reason") == "a theft = 17/2026");
}

TEST_CASE("what is wrong with a line is said with its number", "[export][description]") {
    struct Row {
        const char* behaviour;
        std::string text;
        const char* says;
    };
    const Row rows[] = {
        {"no =", "camera = a\nreason\n", "line 2: 'reason' is not `key = value`"},
        {"no key", "= x\n", "line 1: there is no key"},
        {"twice", "camera=a\ncamera=b\n", "line 2: 'camera' is given twice"},
        {"too long", std::string(description_bytes_max + 1, '#'), "is longer than"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto fields = parse_fields(row.text);

            REQUIRE_FALSE(fields);
            CHECK_THAT(fields.error().message, Contains(row.says));
        }
    }
}

TEST_CASE("values are read against the site", "[export][description]") {
    struct Row {
        const char* behaviour;
        Fields fields;
        const char* says;
    };
    const Row rows[] = {
        {"a camera that is none", {{"camera", "entrance, cellar"}}, "camera 'cellar' is none of the site's; there are entrance, yard"},
        {"a recipient that is none", {{"recipient", "press"}}, "recipient 'press' is none of the site's; there are police, abroad"},
        {"a destination that is none", {{"destination", "desk"}}, "no absolute path; there are evidence"},
        {"a key that is none", {{"cam", "entrance"}}, "there is no 'cam'; there are camera, from"},
        {"a day that is none", {{"from", "2026-02-30"}}, "from '2026-02-30' is no time"},
        {"a time with more behind it", {{"from", "2026-02-03T10:00:00Zx"}}, "is no time"},
        {"a period that ends before it begins", {{"from", "2026-02-03T10:00"}, {"to", "2026-02-03T09:00"}}, "from is not before to"},
        {"control characters", {{"reason", "a\x1b[31mb"}}, "control characters"},
        {"no UTF-8", {{"reason", "a\xff"}}, "not UTF-8"},
        {"too long", {{"reason", std::string(1001, 'x')}}, "longer than 1000 bytes"},
        {"two mistakes are both told", {{"camera", "x"}, {"recipient", "y"}}, "; recipient 'y'"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto described = describe(row.fields, site());

            REQUIRE_FALSE(described);
            CHECK_THAT(described.error().message, Contains(row.says));
        }
    }
}

TEST_CASE("times are of the site's zone, or UTC, and a day alone is the whole of it", "[export][description]") {
    const auto described = describe({{"from", "2026-11-20"}, {"to", "2026-11-20"}, {"destroy-by", "2026-12-24T10:00Z"}}, site());

    REQUIRE(described);
    constexpr std::int64_t midnight_utc_s = 1'795'132'800; // 2026-11-20T00:00Z
    CHECK(described->begin_utc_ns == (midnight_utc_s - 3600) * second_ns);
    CHECK(described->end_utc_ns == (midnight_utc_s + 86'400 - 3600) * second_ns);
    CHECK(described->destroy_by_utc_ns == (midnight_utc_s + 34 * 86'400 + 36'000) * second_ns);
    CHECK(local_words(described->begin_utc_ns, site().zone) == "2026-11-20 00:00");
}

TEST_CASE("what is not said is filled in from site and files", "[export][description]") {
    Description described;
    described.cameras = {"entrance"};
    described.recipient = "abroad";
    HeldFile file;
    file.format = "mp4";
    file.created_utc_ns = 1000 * second_ns;
    file.duration_ns = 60 * second_ns;

    complete(described, site(), {file}, 5000 * second_ns);

    CHECK(described.begin_utc_ns == 1000 * second_ns);
    CHECK(described.end_utc_ns == 1060 * second_ns);
    CHECK(described.requester_name == "Bo");
    CHECK(described.legal_ground == "treaty 7");
    CHECK(described.summary == "1 file (mp4) of entrance");
    CHECK(described.destroy_by_utc_ns == (5000 + 30 * 86'400) * second_ns);
    CHECK(missing(described) == "reason (why it is asked for), destination (where it is put)");
}

TEST_CASE("what is said counts before what the site says", "[export][description]") {
    auto described = describe({{"recipient", "abroad"}, {"requester-name", "Cy"}, {"legal-ground", "order 9"}}, site());
    REQUIRE(described);

    complete(*described, site(), {}, 0);

    CHECK(described->requester_name == "Cy");
    CHECK(described->requester_title == "Agent");
    CHECK(described->legal_ground == "order 9");
}

} // namespace
} // namespace ombud::exports
