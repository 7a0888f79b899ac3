#include "export_watchdog/copies.hpp"

#include <catch2/catch.hpp>

using namespace ombud::export_watchdog;

namespace {
std::string keys(const std::vector<Finding>& findings) {
    std::string all;
    for (const Finding& one : findings)
        all += one.control + " " + one.key + "\n";
    return all;
}
} // namespace

TEST_CASE("copies and media are told before and after their day, until they ended", "[export]") {
    struct Row {
        const char* behaviour;
        Copy copy;
        Ended ended;
        const char* keys;
    };
    const Row rows[] = {
        {"long before", {true, "1", 131, true, ""}, {}, ""},
        {"from the first day of the reminder", {true, "1", 114, true, ""}, {}, "EXP-11 due/medium/1\n"},
        {"a day before that", {true, "1", 115, true, ""}, {}, ""},
        {"on the day itself", {false, "7", 100, false, ""}, {}, "EXP-11 due/disclosure/7\n"},
        {"the day after", {false, "7", 99, false, ""}, {}, "EXP-11 overdue/disclosure/7\n"},
        {"destroyed", {false, "7", 99, false, ""}, {{}, {"7"}}, ""},
        {"another one destroyed", {false, "7", 99, false, ""}, {{"7"}, {"8"}}, "EXP-11 overdue/disclosure/7\n"},
        {"on a medium that was destroyed", {false, "7", 99, false, "3"}, {{"3"}, {}}, ""},
        {"a copy without a day", {false, "7", std::nullopt, false, ""}, {}, "EXP-11 no-day/disclosure/7\n"},
        {"a medium whose recipient was not told", {true, "1", 131, false, ""}, {}, "EXP-5 not-told/medium/1\n"},
        {"an end of what is not there ends nothing", {true, "1", 114, true, ""}, {{}, {}, {{"5", "medium 9"}}}, "EXP-11 astray/5\nEXP-11 due/medium/1\n"},
        {"both at once", {true, "1", 99, false, ""}, {}, "EXP-5 not-told/medium/1\nEXP-11 overdue/medium/1\n"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) { CHECK(keys(judge_copies({row.copy}, row.ended, 100, 14)) == row.keys); }
    }
}

TEST_CASE("an overdue copy is told with its day and how long ago that was", "[export]") {
    const auto found = judge_copies({{true, "1", 20'000, true, ""}}, {}, 20'003, 14);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Finding::Severity::violation);
    CHECK_THAT(found[0].text, Catch::Contains("2024-10-04, 3 days ago") && Catch::Contains("ombud destruction add medium 1"));
}

TEST_CASE("days are those of the calendar", "[export]") {
    CHECK(day_words(0) == "1970-01-01");
    CHECK(day_words(-1) == "1969-12-31");
    CHECK(day_words(11'016) == "2000-02-29");
    CHECK(day_words(11'017) == "2000-03-01");
    CHECK(day_words(20'779) == "2026-11-22");
}
