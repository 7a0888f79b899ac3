#include "export_watchdog/usual.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace ombud;
using namespace ombud::export_watchdog;
using Kind = Unusual::Kind;

namespace {

constexpr int64_t second_ns = 1'000'000'000, hour_ns = 3600 * second_ns, day_ns = 24 * hour_ns;
constexpr int64_t monday = 20'000 / 7 * 7 * day_ns + 4 * day_ns; // a Monday, 00:00 UTC
constexpr int64_t mega = 1'000'000;

PastExport one(int64_t utc_ns, int64_t size = 10 * mega, std::vector<std::string> cameras = {"gate"}) {
    return {0, utc_ns, size, "zm vms", "", std::move(cameras)};
}

/// Weeks of work: three exports on each weekday, at 9, 11 and 14 h.
std::vector<PastExport> weeks(int count, int64_t size = 10 * mega) {
    std::vector<PastExport> all;
    for (int day = 0; day < 7 * count; ++day)
        if (day % 7 < 5)
            for (const int hour : {9, 11, 14})
                all.push_back(one(monday + day * day_ns + hour * hour_ns, size));
    return all;
}

std::string kinds(const std::vector<PastExport>& exports, const Usual& usual = {}) {
    std::string all;
    for (const Unusual& found : judge_usual(exports, usual, sdk::TimeZone()))
        all += std::string(kind_name(found.kind)) + (found.notice ? "? " : " ");
    return all;
}

} // namespace

TEST_CASE("medians and deviations are those of the book", "[usual]") {
    CHECK(median({}) == 0);
    CHECK(median({3}) == 3);
    CHECK(median({4, 1, 3, 2}) == 2.5);
    CHECK(median_deviation({1, 1, 2, 2, 4, 6, 9}) == 1);
    CHECK(median_deviation({5, 5, 5}) == 0);
}

TEST_CASE("the day of an instant is that of the zone", "[usual]") {
    const auto berlin = *sdk::TimeZone::read("Europe/Berlin");
    CHECK(local_day(0, sdk::TimeZone()) == 0);
    CHECK(local_day(-1, sdk::TimeZone()) == -1);
    CHECK(local_day(23 * hour_ns, berlin) == 1);
}

TEST_CASE("work as on every day is not unusual", "[usual]") {
    auto exports = weeks(4);
    while (!exports.empty()) {
        INFO(exports.size());
        CHECK(kinds(exports).empty());
        exports.pop_back();
    }
    CHECK(judge_usual({}, {}, sdk::TimeZone()).empty());
}

TEST_CASE("each limit is told from its first step beyond on", "[usual]") {
    Usual small;
    small.size_floor = 120 * mega;
    small.count_floor = 4;
    const int64_t today = monday + 28 * day_ns;
    auto exports = weeks(4);

    SECTION("volume: up to the floor nothing") {
        exports.push_back(one(today + 9 * hour_ns, 120 * mega));
        CHECK(kinds(exports, small).empty());
        exports.back().size_bytes += 1;
        CHECK(kinds(exports, small) == "volume ");
    }
    SECTION("volume: above the floor 3.5 times the median of 20 days") {
        exports = weeks(4, 50 * mega); // 150 MB a day
        exports.push_back(one(today + 9 * hour_ns, 525 * mega));
        CHECK(kinds(exports, small).empty());
        exports.back().size_bytes += 1;
        CHECK(kinds(exports, small) == "volume week "); // such a day makes a week
    }
    SECTION("volume: a day of the past that was far out does not raise the limit") {
        exports[10].size_bytes = 100'000 * mega;
        exports.push_back(one(today + 9 * hour_ns, 121 * mega));
        CHECK(kinds(exports, small) == "volume ");
    }
    SECTION("burst: more than the floor within an hour") {
        for (int i = 0; i < 4; ++i)
            exports.push_back(one(today + 9 * hour_ns + i * 20 * 60 * second_ns));
        CHECK(kinds(exports, small).empty());
        exports.insert(exports.end() - 1, one(exports.back().utc_ns - 1)); // the fifth of the day, the fourth within an hour
        CHECK(kinds(exports, small).empty());
        exports.insert(exports.end() - 1, one(exports.back().utc_ns - 1));
        CHECK_THAT(kinds(exports, small), Catch::Contains("burst"));
    }
    SECTION("many: 3.5 times as many as usual, spread over the day") {
        for (int i = 0; i < 10; ++i)
            exports.push_back(one(today + (8 + i) * hour_ns));
        CHECK(kinds(exports, small).empty());
        exports.push_back(one(today + 17 * hour_ns + 1));
        CHECK(kinds(exports, small) == "many week "); // such a day makes a week
    }
    SECTION("hour: four hours from any earlier one") {
        exports.push_back(one(today + 17 * hour_ns));
        CHECK(kinds(exports, small).empty());
        exports.back().utc_ns = today + 18 * hour_ns;
        CHECK(kinds(exports, small) == "hour ");
        exports.back().utc_ns = today + 6 * hour_ns;
        CHECK(kinds(exports, small).empty());
        exports.back().utc_ns = today + 5 * hour_ns;
        CHECK(kinds(exports, small) == "hour ");
    }
    SECTION("day off: a Saturday, or a holiday in the week") {
        exports.push_back(one(today + 9 * hour_ns));
        CHECK(kinds(exports, small).empty());
        small.holidays = {today / day_ns};
        CHECK(kinds(exports, small) == "day-off ");
        exports.back().utc_ns = today + (5 * 24 + 9) * hour_ns;
        CHECK(kinds(exports, small) == "day-off ");
    }
    SECTION("week: days that stay below every day's limit") {
        exports = weeks(4, 100 * mega); // 300 MB a day, 1500 a week
        for (int day = 0; day < 4; ++day)
            exports.push_back(one(today + day * day_ns + 9 * hour_ns, 475 * mega));
        CHECK(kinds(exports, small).empty()); // with the Friday before 2200 in seven days, and 2250 may be
        exports.push_back(one(today + 3 * day_ns + 11 * hour_ns, 150 * mega));
        CHECK(kinds(exports, small) == "week ");
    }
    SECTION("cameras: one is a notice, a second one within a week is more") {
        exports.push_back(one(today + 9 * hour_ns, 10 * mega, {"gate", "safe"}));
        CHECK(kinds(exports, small) == "cameras? ");
        exports.push_back(one(today + 33 * hour_ns, 10 * mega, {"yard"}));
        CHECK(kinds(exports, small) == "cameras ");
        exports.push_back(one(today + 34 * hour_ns, 10 * mega, {"gate"}));
        CHECK(kinds(exports, small).empty());
        exports.push_back(one(today + 9 * day_ns + 9 * hour_ns, 10 * mega, {"safe"}));
        CHECK(kinds(exports, small).empty());
    }
    SECTION("newcomer: the floors alone") {
        exports = {one(today + 9 * hour_ns, 120 * mega)};
        CHECK(kinds(exports, small).empty());
        exports.push_back(one(today + 10 * hour_ns, 1));
        CHECK(kinds(exports, small) == "newcomer ");
        small.learning_until_utc_ns = today + 2 * day_ns;
        CHECK(kinds(exports, small).empty());
    }
}

TEST_CASE("a finding is one sentence with its numbers", "[usual]") {
    auto exports = weeks(4);
    exports.push_back(one(monday + 28 * day_ns + 9 * hour_ns, 9'000 * mega));
    const auto found = judge_usual(exports, {}, sdk::TimeZone());
    REQUIRE(found.size() == 2); // the day makes the week
    CHECK(found[0].text == "9.0 GB were exported in a day, 300 times the usual 30.0 MB (median of 20 days; limit 2.1 GB)");
    CHECK(found[0].evidence == R"({"value":9000000000,"usual":30000000,"limit":2147483648})");
    CHECK(found[0].day == monday / day_ns + 28);
}
