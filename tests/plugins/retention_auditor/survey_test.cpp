#include "site_of_tests.hpp"

#include "retention_auditor/survey.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

namespace ombud::retention {

namespace {

/// A VMS with `devices` cameras cam0, cam1, …, of which cam1 is documented as the entrance; recording N is called rN.
struct FakeDirectory final : Directory {
    uint32_t devices = 2;
    uint64_t names_asked = 0;

    std::optional<Device> device(uint32_t number) override {
        if (number >= devices)
            return std::nullopt;
        return Device{{"files", "cam" + std::to_string(number), ""}, number == 1 ? "entrance" : ""};
    }
    std::optional<RecordingName> recording(uint64_t id) override {
        ++names_asked;
        return RecordingName{"files", "r" + std::to_string(id)};
    }
};

ombud_recording row_of(uint64_t id, uint32_t device, int64_t age, uint32_t flags = 0) {
    return {id, device, flags, now - age - 60 * second, now - age, 1000, 0};
}

std::vector<Finding> of_control(const std::vector<Finding>& findings, const std::string& control) {
    std::vector<Finding> found;
    std::copy_if(findings.begin(), findings.end(), std::back_inserter(found),
                 [&](const Finding& finding) { return finding.control == control; });
    return found;
}

struct Surveyed {
    Site site;
    FakeDirectory directory;
    Settings settings;
    std::vector<ombud_recording> rows;

    Surveyed() { site.cameras = {entrance()}; }

    std::vector<Finding> findings() {
        Survey survey(site, settings, now, directory);
        for (const ombud_recording& row : rows)
            survey.add(row);
        return survey.findings();
    }
    std::vector<std::string> corrections() {
        Survey survey(site, settings, now, directory);
        std::vector<std::string> names;
        for (const ombud_recording& row : rows)
            if (const auto correction = survey.correction(row))
                names.push_back(correction->control + " " + correction->recording);
        return names;
    }
};

} // namespace

TEST_CASE("a row of the inventory raises the findings it deserves", "[survey]") {
    struct Row {
        const char* behaviour;
        int64_t age;
        uint32_t flags;
        std::vector<std::string> keys; // after the control of cam1's findings, recording r1
        std::vector<std::string> corrections;
    };
    constexpr uint32_t locked = OMBUD_RECORDING_LOCKED;
    constexpr uint32_t documented = OMBUD_RECORDING_LOCKED | OMBUD_RECORDING_LOCK_DOCUMENTED;
    const Row rows[] = {
        {"a young recording is fine", day, 0, {}, {}},
        {"exactly at its period it is fine", 7 * day, 0, {}, {}},
        {"past its period it is over-retained", 7 * day + 1, 0, {"RET-3/over-retained"}, {"RET-3 r1"}},
        {"locked and documented without a review date is endless, and never deleted",
         8 * day,
         documented,
         {"RET-3/over-retained-lock", "RET-5/recording"},
         {}},
        {"an undocumented lock is a finding, and never deleted",
         8 * day,
         locked,
         {"RET-3/over-retained-lock", "RET-5/recording"},
         {}},
        {"an undocumented lock on a young recording is one finding", day, locked, {"RET-5/recording"}, {}},
        {"marked as being written for longer than its period", 8 * day, OMBUD_RECORDING_OPEN, {"RET-3/stuck-open"}, {}},
        {"being written now is fine", 0, OMBUD_RECORDING_OPEN, {}, {}},
        {"an unreadable one is deleted when due",
         8 * day,
         OMBUD_RECORDING_UNREADABLE,
         {"RET-3/over-retained"},
         {"RET-3 r1"}},
        {"a file without a row", day, OMBUD_RECORDING_NO_ROW, {"RET-9/file-without-row"}, {}},
        {"an old file without a row is deleted",
         8 * day,
         OMBUD_RECORDING_NO_ROW,
         {"RET-3/over-retained", "RET-9/file-without-row"},
         {"RET-9 r1"}},
        {"a row whose file is gone early is lost evidence",
         day,
         OMBUD_RECORDING_NO_FILE,
         {"RET-9/row-without-file"},
         {}},
        {"an old row whose file is gone is deleted",
         8 * day,
         OMBUD_RECORDING_NO_FILE,
         {"RET-9/row-without-file"},
         {"RET-9 r1"}},
        {"an old locked row whose file is gone stays",
         8 * day,
         locked | OMBUD_RECORDING_NO_FILE,
         {"RET-5/recording", "RET-9/row-without-file"},
         {}},
        {"gone before its period is lost evidence", day, OMBUD_RECORDING_GONE, {"RET-4/gone"}, {}},
        {"gone after its period is fine", 8 * day, OMBUD_RECORDING_GONE, {}, {}},
        {"gone under lock is a violation", 8 * day, OMBUD_RECORDING_GONE | locked, {"RET-5/gone"}, {}},
        {"gone early under lock is both", day, OMBUD_RECORDING_GONE | locked, {"RET-4/gone", "RET-5/gone"}, {}},
        {"a recording of the future cannot be judged", -day, 0, {"RET-3/future"}, {}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Surveyed surveyed;
            surveyed.site.cameras.push_back(entrance());
            surveyed.site.cameras[1].id = "cam0";
            surveyed.site.cameras[1].device = "cam0";
            surveyed.rows = {row_of(1, 1, row.age, row.flags)};

            std::vector<std::string> keys;
            for (const Finding& finding : surveyed.findings())
                if (finding.control != "RET-1") {
                    keys.push_back(finding.key);
                    CHECK(finding.recording == "r1");
                    CHECK(finding.device == "cam1");
                }

            std::vector<std::string> expected;
            for (const std::string& key : row.keys)
                expected.push_back(key + "/files/recording/r1");
            CHECK_THAT(keys, Catch::UnorderedEquals(expected));
            CHECK(surveyed.corrections() == row.corrections);
        }
    }
}

TEST_CASE("a valid lock justifies keeping a recording", "[survey][RET-5]") {
    Surveyed surveyed;
    surveyed.rows = {row_of(1, 1, 30 * day, OMBUD_RECORDING_LOCKED | OMBUD_RECORDING_LOCK_DOCUMENTED)};
    surveyed.rows[0].lock_review_utc_ns = now + day;

    CHECK(of_control(surveyed.findings(), "RET-3").empty());
    CHECK(of_control(surveyed.findings(), "RET-5").empty());
    CHECK(surveyed.corrections().empty());

    SECTION("after release it follows its period again") {
        surveyed.rows[0].flags = 0;
        CHECK(of_control(surveyed.findings(), "RET-3").size() == 1);
        CHECK(surveyed.corrections() == std::vector<std::string>{"RET-3 r1"});
    }
}

TEST_CASE("a lock of the site holds a recording that the VMS cannot lock", "[survey][RET-5]") {
    Surveyed surveyed;
    surveyed.site.locks = {good_lock()};
    surveyed.rows = {row_of(1, 1, 30 * day), row_of(2, 1, 30 * day)};

    const auto findings = of_control(surveyed.findings(), "RET-3");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].recording == "r2");
    CHECK(surveyed.corrections() == std::vector<std::string>{"RET-3 r2"});

    SECTION("past its review date it is over-retained, and still not deleted") {
        surveyed.site.locks[0].review_utc_ns = now - day;
        CHECK(of_control(surveyed.findings(), "RET-3").size() == 2);
        CHECK(surveyed.corrections() == std::vector<std::string>{"RET-3 r2"});
    }
    SECTION("it documents a lock that the VMS cannot describe") {
        surveyed.rows[0].flags = OMBUD_RECORDING_LOCKED;
        CHECK(of_control(surveyed.findings(), "RET-5").empty());
        CHECK(of_control(surveyed.findings(), "RET-3").size() == 1);
    }
}

TEST_CASE("names are looked up for locks only until all were met", "[survey]") {
    Surveyed surveyed;
    surveyed.settings.findings_per_camera_max = 0;
    for (uint64_t id = 1; id <= 1000; ++id)
        surveyed.rows.push_back(row_of(id, 1, 30 * day));

    SECTION("no lock: never") {
        surveyed.findings();
        CHECK(surveyed.directory.names_asked == 0);
    }
    SECTION("a lock on the third: three times") {
        surveyed.site.locks = {good_lock()};
        surveyed.site.locks[0].recording = "r3";
        surveyed.findings();
        CHECK(surveyed.directory.names_asked == 3);
    }
}

TEST_CASE("too many findings of one camera become one with counts", "[survey][RET-3]") {
    Surveyed surveyed;
    surveyed.settings.findings_per_camera_max = 3;
    for (uint64_t id = 1; id <= 3; ++id)
        surveyed.rows.push_back(row_of(id, 1, 8 * day + static_cast<int64_t>(id)));

    SECTION("at the limit each has its own") {
        CHECK(of_control(surveyed.findings(), "RET-3").size() == 3);
    }
    SECTION("beyond it there is one, and it tells all") {
        surveyed.rows.push_back(row_of(4, 1, 20 * day));
        const auto findings = of_control(surveyed.findings(), "RET-3");

        REQUIRE(findings.size() == 1);
        CHECK(findings[0].recording.empty());
        CHECK(findings[0].device == "cam1");
        CHECK_THAT(findings[0].text, Catch::Contains("4 recordings of camera 'Entrance'") &&
                                         Catch::Contains("7 days") && Catch::Contains("20 days ago") &&
                                         Catch::Contains("4.0 kB together"));
        CHECK_THAT(findings[0].evidence, Catch::Contains(R"("count":4)") && Catch::Contains(R"("size_bytes":4000)"));
        CHECK(surveyed.corrections().size() == 4);
    }
}

TEST_CASE("every camera without a record is told, also without recordings", "[survey][RET-1]") {
    Surveyed surveyed;
    const auto findings = surveyed.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].control == "RET-1");
    CHECK(findings[0].device == "cam0");
}

TEST_CASE("a row of a camera that the inventory does not know is judged by the period of undocumented ones",
          "[survey]") {
    Surveyed surveyed;
    surveyed.rows = {row_of(1, 4'000'000'000u, 7 * day + 1)};
    REQUIRE(of_control(surveyed.findings(), "RET-3").size() == 1);
    CHECK(surveyed.corrections() == std::vector<std::string>{"RET-3 r1"});
}

TEST_CASE("findings do not depend on the order of rows", "[survey][property]") {
    std::mt19937_64 random(Catch::rngSeed());
    Surveyed surveyed;
    surveyed.directory.devices = 5;
    surveyed.settings.findings_per_camera_max = 4;
    surveyed.site.locks = {good_lock(), good_lock()};
    surveyed.site.locks[1].recording = "r17";
    for (uint64_t id = 1; id <= 400; ++id) {
        auto row = row_of(id, static_cast<uint32_t>(random() % 6), static_cast<int64_t>(random() % 16) * day,
                          static_cast<uint32_t>(random() % 1024));
        row.lock_review_utc_ns = random() % 2 ? now + day : 0;
        surveyed.rows.push_back(row);
    }
    const auto keys = [&] {
        std::vector<std::string> told;
        for (const Finding& finding : surveyed.findings())
            told.push_back(finding.key + " " + finding.text);
        std::sort(told.begin(), told.end());
        return told;
    };
    const auto in_order = keys();
    std::shuffle(surveyed.rows.begin(), surveyed.rows.end(), random);

    CHECK(keys() == in_order);
}

TEST_CASE("what recordings need is summed by attachment", "[survey][RET-6]") {
    Surveyed surveyed;
    for (uint64_t id = 1; id <= 7; ++id)
        surveyed.rows.push_back(row_of(id, 1, static_cast<int64_t>(id) * day));
    surveyed.rows.push_back(row_of(8, 1, 20 * day)); // overdue: not needed
    FakeDirectory directory;
    Survey survey(surveyed.site, surveyed.settings, now, directory);
    for (const ombud_recording& row : surveyed.rows)
        survey.add(row);

    const auto demands = survey.demands();

    REQUIRE(demands.count("files") == 1);
    CHECK(demands.at("files").need_bytes == Approx(7000.0));
    CHECK(demands.at("files").bytes_per_day == Approx(1000.0));
}

} // namespace ombud::retention
