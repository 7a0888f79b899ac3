#include "site_of_tests.hpp"

#include "retention_auditor/storage.hpp"
#include "retention_auditor/wording.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace ombud::retention {

constexpr int64_t gigabyte = 1'000'000'000;

TEST_CASE("check_encryption grades what the storage tells", "[RET-7]") {
    StorageArea area{"files", "disk1", {}, {}};
    SECTION("none is a violation") {
        area.encrypted = 0;
        REQUIRE(check_encryption(area));
        CHECK(check_encryption(area)->severity == Severity::violation);
    }
    SECTION("partial is a warning") {
        area.encrypted = 1;
        REQUIRE(check_encryption(area));
        CHECK(check_encryption(area)->severity == Severity::warning);
    }
    SECTION("full is fine") {
        area.encrypted = 2;
        CHECK_FALSE(check_encryption(area));
    }
    SECTION("unknown is no finding: the coverage says that it is blind") {
        CHECK_FALSE(check_encryption(area));
    }
}

TEST_CASE("twice the space for 7 days means 7 more days", "[RET-6]") {
    const Demand demand = demand_of(70 * gigabyte, 0, now - 7 * day, 7 * day, now);
    const auto provisioning = judge_capacity({{"files", "disk1", 140 * gigabyte, {}}}, demand);

    REQUIRE(provisioning.known);
    CHECK(provisioning.percent == 200);
    CHECK(provisioning.extra_days == Approx(7.0));
    const auto finding = check_capacity("files", provisioning, Settings{});
    REQUIRE(finding);
    CHECK_THAT(finding->text, Catch::Contains("140.0 GB") && Catch::Contains("70.0 GB") && Catch::Contains("7.0 days"));
}

TEST_CASE("capacity is judged by what the periods need", "[RET-6]") {
    SECTION("two areas of one attachment count together") {
        const Demand demand = demand_of(70 * gigabyte, 0, now - 30 * day, 7 * day, now);
        CHECK(judge_capacity({{"files", "a", 50 * gigabyte, {}}, {"files", "b", 20 * gigabyte, {}}}, demand).percent ==
              100);
    }
    SECTION("a young camera's pace is taken from the days it has") {
        const Demand demand = demand_of(10 * gigabyte, 0, now - day, 7 * day, now);
        CHECK(demand.need_bytes == Approx(70e9));
    }
    SECTION("under a day nothing is extrapolated") {
        const Demand demand = demand_of(10 * gigabyte, 0, now - day + second, 7 * day, now);
        CHECK(demand.young_cameras == 1);
        CHECK_FALSE(judge_capacity({{"files", "a", gigabyte, {}}}, demand).known);
    }
    SECTION("what is locked beyond its period is needed too") {
        CHECK(demand_of(70 * gigabyte, 30 * gigabyte, now - 60 * day, 7 * day, now).need_bytes == Approx(100e9));
    }
    SECTION("exactly at the limit is no finding, one percent more is") {
        Demand demand;
        demand.need_bytes = 100e9;
        demand.bytes_per_day = 10e9;
        CHECK_FALSE(check_capacity("files", judge_capacity({{"files", "a", 150 * gigabyte, {}}}, demand), Settings{}));
        CHECK(check_capacity("files", judge_capacity({{"files", "a", 151 * gigabyte, {}}}, demand), Settings{}));
    }
    SECTION("less space than needed has no extra days") {
        Demand demand;
        demand.need_bytes = 100e9;
        demand.bytes_per_day = 10e9;
        CHECK(judge_capacity({{"files", "a", 50 * gigabyte, {}}}, demand).extra_days == 0);
    }
    SECTION("what cannot be known is said") {
        Demand demand;
        demand.need_bytes = 100e9;
        demand.bytes_per_day = 10e9;
        CHECK_THAT(judge_capacity({}, demand).text, Catch::Contains("no storage area"));
        CHECK_THAT(judge_capacity({{"files", "a", {}, {}}}, demand).text, Catch::Contains("capacity of storage 'a'"));
        CHECK_THAT(judge_capacity({{"files", "a", 1, {}}}, Demand{}).text, Catch::Contains("nothing is recorded"));
        demand.unsized_recordings = 3;
        CHECK_THAT(judge_capacity({{"files", "a", 1, {}}}, demand).text,
                   Catch::Contains("3 recordings of unknown size"));
    }
}

TEST_CASE("amounts are told in words", "[wording]") {
    CHECK(in_words(7 * day) == "7 days");
    CHECK(in_words(48 * hour) == "48 hours");
    CHECK(in_words(day) == "24 hours");
    CHECK(in_words(3 * day + hour) == "3 days 1 hour");
    CHECK(in_words(36 * hour + 5 * 60 * second) == "36 hours 5 minutes");
    CHECK(in_words(second) == "1 second");
    CHECK(in_words(0) == "0 seconds");
    CHECK(in_words(-2 * hour) == "2 hours");
    CHECK(in_words(std::numeric_limits<int64_t>::min()) == "106,751 days 23 hours");
    CHECK(date_of(now) == "2027-12-28 13:20 UTC");
    CHECK(date_of(1'709'164'800 * second) == "2024-02-29 00:00 UTC");
    CHECK(date_of(-1) == "1969-12-31 23:59 UTC");
    CHECK(size_in_words(-1) == "size unknown");
    CHECK(size_in_words(0) == "0 bytes");
    CHECK(size_in_words(2'100'000'000) == "2.1 GB");
    CHECK(count_of(1, "recording") == "1 recording");
    CHECK(count_of(2'000'000, "recording") == "2,000,000 recordings");
    CHECK(evidence({{"a", 1}, {"b", -2}}) == R"({"a":1,"b":-2})");
}

} // namespace ombud::retention
