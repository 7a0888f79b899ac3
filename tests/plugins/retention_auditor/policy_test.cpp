#include "site_of_tests.hpp"

#include "retention_auditor/wording.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace ombud::retention {

TEST_CASE("age_of counts from the end of a recording", "[RET-3]") {
    struct Row {
        const char* behaviour;
        int64_t begin, end, period;
        Age age;
    };
    constexpr int64_t lowest = std::numeric_limits<int64_t>::min(), highest = std::numeric_limits<int64_t>::max();
    const Row rows[] = {
        {"one nanosecond before its period it is kept", now - 8 * day, now - 7 * day + 1, 7 * day, Age::kept},
        {"exactly at its period it is due, not overdue", now - 8 * day, now - 7 * day, 7 * day, Age::due},
        {"one nanosecond after its period it is overdue", now - 8 * day, now - 7 * day - 1, 7 * day, Age::overdue},
        {"a long recording that ended just now is kept", now - 30 * day, now, 7 * day, Age::kept},
        {"a zero-length recording is judged like any", now - 8 * day, now - 8 * day, 7 * day, Age::overdue},
        {"an end before the begin does not make it older", now - day, now - 9 * day, 7 * day, Age::kept},
        {"an end after now has no age", now - day, now + 1, 7 * day, Age::future},
        {"a recording that begins after now has no age", now + day, now + 2 * day, 7 * day, Age::future},
        {"a begin after now spoils the age even when the end is past", now + day, now - 9 * day, 7 * day, Age::future},
        {"times of zero are no times", 0, 0, 7 * day, Age::unknown},
        {"times before 1970 are no times", -5, -1, 7 * day, Age::unknown},
        {"the lowest times are no times", lowest, lowest, 7 * day, Age::unknown},
        {"the highest times are in the future", highest, highest, 7 * day, Age::future},
        {"a period of zero is due at once", now - 1, now, 0, Age::due},
        {"a period without end never ends", 1, 1, highest, Age::kept},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(age_of(row.begin, row.end, row.period, now) == row.age);
        }
}

TEST_CASE("a period of 7 days over a leap day ends after 7 times 24 hours", "[RET-3]") {
    constexpr int64_t february_29 = 1'835'395'200 * second; // 2028
    constexpr int64_t march_7 = february_29 + (1 + 6) * day;

    CHECK(age_of(february_29, february_29, 7 * day, march_7 - 1) == Age::kept);
    CHECK(age_of(february_29, february_29, 7 * day, march_7) == Age::due);
    CHECK(date_of(march_7) == "2028-03-07 00:00 UTC");
}

TEST_CASE("period_of takes what is documented with a purpose", "[RET-1]") {
    Camera camera = entrance();
    const Settings settings;

    SECTION("the documented period applies") {
        camera.retention_ns = 30 * day;
        CHECK(period_of(&camera, settings) == 30 * day);
    }
    SECTION("no record: 7 days apply") {
        CHECK(period_of(nullptr, settings) == 7 * day);
    }
    SECTION("no period: 7 days apply") {
        camera.retention_ns.reset();
        CHECK(period_of(&camera, settings) == 7 * day);
    }
    SECTION("a long period without a purpose is cut to 7 days") {
        camera.retention_ns = 30 * day;
        camera.purpose.clear();
        CHECK(period_of(&camera, settings) == 7 * day);
    }
    SECTION("a short period without a purpose stays") {
        camera.retention_ns = 2 * day;
        camera.purpose.clear();
        CHECK(period_of(&camera, settings) == 2 * day);
    }
    SECTION("the option sets what applies without a record") {
        Settings strict;
        strict.undocumented_ns = 3 * day;
        CHECK(period_of(nullptr, strict) == 3 * day);
    }
}

TEST_CASE("check_documented says what a camera's record lacks", "[RET-1]") {
    const DeviceName device{"files", "cam1", "Entrance"};
    Camera camera = entrance();

    SECTION("nothing, when period and purpose are there") {
        CHECK_FALSE(check_documented(device, &camera, Settings{}));
    }
    SECTION("a device without a record") {
        const auto finding = check_documented(device, nullptr, Settings{});

        REQUIRE(finding);
        CHECK(finding->control == "RET-1");
        CHECK(finding->device == "cam1");
        CHECK_THAT(finding->text, Catch::Contains("no camera record") && Catch::Contains("7 days"));
        CHECK(finding->evidence == R"({"applied_period_s":604800})");
    }
    SECTION("a missing period") {
        camera.retention_ns.reset();
        REQUIRE(check_documented(device, &camera, Settings{}));
        CHECK_THAT(check_documented(device, &camera, Settings{})->text, Catch::Contains("no documented retention"));
    }
    SECTION("a missing purpose") {
        camera.purpose.clear();
        REQUIRE(check_documented(device, &camera, Settings{}));
        CHECK_THAT(check_documented(device, &camera, Settings{})->text,
                   Catch::Contains("without a documented purpose"));
    }
    SECTION("the same matter has the same key, another camera another one") {
        const auto first = check_documented(device, nullptr, Settings{});
        camera.purpose.clear();
        CHECK(first->key == check_documented(device, &camera, Settings{})->key);
        CHECK(first->key != check_documented({"files", "cam2", "Yard"}, nullptr, Settings{})->key);
    }
}

TEST_CASE("check_range compares a period with the reference of its area", "[RET-2]") {
    struct Row {
        const char* behaviour;
        Area area;
        int64_t period;
        const char* justification;
        std::optional<int64_t> until;
        const char* says; // empty: no finding
    };
    const Row rows[] = {
        {"7 days are within security", Area::private_ground, 7 * day, "", {}, ""},
        {"30 days are within security", Area::private_ground, 30 * day, "", {}, ""},
        {"30 days and a second are longer",
         Area::private_ground,
         30 * day + second,
         "",
         {},
         "longer than the 7 days to 30 days"},
        {"6 days are shorter", Area::private_ground, 6 * day, "", {}, "shorter"},
        {"an unstated area is judged as security", Area::unstated, 31 * day, "", {}, "longer"},
        {"48 hours at a public border", Area::public_border, 48 * hour, "", {}, ""},
        {"49 hours at a public border are longer", Area::public_border, 49 * hour, "", {}, "longer than the 48 hours"},
        {"24 hours at a public border are shorter", Area::public_border, 24 * hour, "", {}, "shorter"},
        {"72 hours of access control", Area::access_control, 72 * hour, "", {}, ""},
        {"4 days of access control are longer", Area::access_control, 4 * day, "", {}, "48 hours to 3 days"},
        {"a justification that still runs covers it", Area::private_ground, 60 * day, "trial", now + 1, ""},
        {"a justification that ends now has ended", Area::private_ground, 60 * day, "trial", now,
         "ended on 2027-12-28"},
        {"a justification without an end does not cover it",
         Area::private_ground,
         60 * day,
         "trial",
         {},
         "without an end date"},
        {"an end date without a justification does not cover it", Area::private_ground, 60 * day, "", now + day,
         "no written justification"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Camera camera = entrance();
            camera.area = row.area;
            camera.retention_ns = row.period;
            camera.justification = row.justification;
            camera.justified_until_utc_ns = row.until;

            const auto finding = check_range(camera, now);

            REQUIRE(finding.has_value() == (*row.says != '\0'));
            if (finding)
                CHECK_THAT(finding->text, Catch::Contains(row.says));
        }
    }
    SECTION("longer is a violation, shorter for information") {
        Camera camera = entrance();
        camera.retention_ns = 31 * day;
        CHECK(check_range(camera, now)->severity == Severity::violation);
        camera.retention_ns = day;
        CHECK(check_range(camera, now)->severity == Severity::info);
    }
    SECTION("a camera without a period is RET-1's matter") {
        Camera camera = entrance();
        camera.retention_ns.reset();
        CHECK_FALSE(check_range(camera, now));
    }
}

TEST_CASE("judge_lock knows a valid lock from a deficient one", "[RET-5]") {
    Lock lock = good_lock();
    SECTION("all four and a review to come: valid") {
        CHECK(judge_lock(lock, now) == LockState::valid);
    }
    SECTION("at its review date it is still valid") {
        lock.review_utc_ns = now;
        CHECK(judge_lock(lock, now) == LockState::valid);
    }
    SECTION("after its review date it is not") {
        lock.review_utc_ns = now - 1;
        CHECK(judge_lock(lock, now) == LockState::review_passed);
    }
    SECTION("without a review date it is endless") {
        lock.review_utc_ns.reset();
        CHECK(judge_lock(lock, now) == LockState::endless);
    }
    SECTION("without a reason, a case or an owner it is undocumented") {
        std::string Lock::*const member = GENERATE(&Lock::reason, &Lock::case_id, &Lock::owner);
        (lock.*member).clear();
        CHECK(judge_lock(lock, now) == LockState::undocumented);
    }
    SECTION("rows say the same by their flags") {
        constexpr uint32_t locked = 1, documented = 256;
        CHECK(judge_lock(0, 0, now) == LockState::none);
        CHECK(judge_lock(documented, now + 1, now) == LockState::none);
        CHECK(judge_lock(locked, now + 1, now) == LockState::undocumented);
        CHECK(judge_lock(locked | documented, 0, now) == LockState::endless);
        CHECK(judge_lock(locked | documented, now - 1, now) == LockState::review_passed);
        CHECK(judge_lock(locked | documented, now, now) == LockState::valid);
    }
    SECTION("of overlapping locks a valid one counts, in any order") {
        CHECK(both(LockState::review_passed, LockState::valid) == LockState::valid);
        CHECK(both(LockState::valid, LockState::review_passed) == LockState::valid);
        CHECK(both(LockState::none, LockState::endless) == LockState::endless);
        CHECK(both(LockState::endless, LockState::none) == LockState::endless);
    }
}

TEST_CASE("check_site_locks raises one finding for each deficient lock", "[RET-5]") {
    Site site;
    site.locks = {good_lock(), good_lock(), good_lock()};
    site.locks[1].review_utc_ns = now - day;
    site.locks[2].recording = "r2";
    site.locks[2].owner.clear();

    const auto findings = check_site_locks(site, now);

    REQUIRE(findings.size() == 2);
    CHECK(findings[0].recording == "r1");
    CHECK_THAT(findings[0].text, Catch::Contains("was to be reviewed by 2027-12-27"));
    CHECK(findings[1].recording == "r2");
    CHECK_THAT(findings[1].text, Catch::Contains("an owner"));
}

TEST_CASE("judge_deletion allows only what is due and unlocked", "[RET-3][RET-4][RET-5]") {
    struct Row {
        const char* behaviour;
        std::optional<int64_t> begin, end;
        bool locked, site_locked, allow;
        const char* rule;
        const char* says;
    };
    const Row rows[] = {
        {"an overdue recording may go", now - 9 * day, now - 8 * day, false, false, true, "RET-3", "has ended"},
        {"exactly at its period it may go", now - 9 * day, now - 7 * day, false, false, true, "RET-3", "has ended"},
        {"just before its period it may not", now - 9 * day, now - 7 * day + 1, false, false, false, "RET-4",
         "period is 7 days"},
        {"a lock of the VMS forbids it", now - 9 * day, now - 8 * day, true, false, false, "RET-5", "evidence lock"},
        {"a lock of the site forbids it", now - 9 * day, now - 8 * day, false, true, false, "RET-5", "evidence lock"},
        {"an open recording may not go", now - 9 * day, {}, false, false, false, "RET-4", "still being written"},
        {"a recording of the future may not go", now, now + day, false, false, false, "RET-4", "future"},
        {"a recording without a time may not go", 0, 0, false, false, false, "RET-4", "nothing tells when"},
        {"an end alone is enough", {}, now - 8 * day, false, false, true, "RET-3", "has ended"},
        {"an end before its begin does not age it", now - day, now - 8 * day, false, false, false, "RET-4",
         "24 hours old"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Site site;
            site.cameras = {entrance()};
            if (row.site_locked)
                site.locks = {good_lock()};
            const RecordingFacts facts{{"files", "cam1", "Entrance"}, "r1", row.begin, row.end, row.locked, false, ""};

            const Decision decision = judge_deletion(facts, site, 7 * day, now);

            CHECK(decision.allow == row.allow);
            CHECK(decision.rule == row.rule);
            CHECK_THAT(decision.reason, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a deficient lock of the site forbids deletion too", "[RET-5]") {
    Site site;
    site.locks = {good_lock()};
    site.locks[0].review_utc_ns = now - day;
    const RecordingFacts facts{{"files", "cam1", ""}, "r1", now - 9 * day, now - 8 * day, false, false, ""};

    CHECK_FALSE(judge_deletion(facts, site, 7 * day, now).allow);
}

TEST_CASE("a lock of another attachment does not hold this recording", "[RET-5]") {
    Site site;
    site.locks = {good_lock()};
    const RecordingFacts facts{{"zm", "cam1", ""}, "r1", now - 9 * day, now - 8 * day, false, false, ""};

    CHECK(judge_deletion(facts, site, 7 * day, now).allow);
}

TEST_CASE("judge_loss tells lost evidence from a due deletion", "[RET-4][RET-5]") {
    struct Row {
        const char* behaviour;
        std::optional<int64_t> begin, end;
        bool locked;
        std::vector<std::string> controls;
    };
    const Row rows[] = {
        {"gone before its period is lost evidence", now - 2 * day, now - day, false, {"RET-4"}},
        {"gone at its period is fine", now - 8 * day, now - 7 * day, false, {}},
        {"gone after its period is fine", now - 9 * day, now - 8 * day, false, {}},
        {"gone while locked is a violation, also when old", now - 9 * day, now - 8 * day, true, {"RET-5"}},
        {"gone early while locked is both", now - 2 * day, now - day, true, {"RET-5", "RET-4"}},
        {"gone while being written is lost evidence", now - day, {}, false, {"RET-4"}},
        {"gone without a time may be lost evidence", {}, {}, false, {"RET-4"}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const RecordingFacts facts{
                {"files", "cam1", "Entrance"}, "r1", row.begin, row.end, row.locked, false, "guard07"};

            const auto findings = judge_loss(facts, Site{}, 7 * day, now);

            std::vector<std::string> controls;
            for (const Finding& finding : findings) {
                controls.push_back(finding.control);
                CHECK(finding.person == "guard07");
                CHECK_THAT(finding.text, !Catch::Contains("guard07"));
            }
            CHECK(controls == row.controls);
        }
    }
    SECTION("without a time it is a warning, not a violation") {
        const RecordingFacts facts{{"files", "cam1", ""}, "r1", {}, {}, false, false, ""};
        CHECK(judge_loss(facts, Site{}, 7 * day, now)[0].severity == Severity::warning);
    }
    SECTION("gone by an action of ours it was approved, but never under lock") {
        RecordingFacts facts{{"files", "cam1", ""}, "r1", now - 2 * day, now - day, false, true, ""};
        CHECK(judge_loss(facts, Site{}, 7 * day, now).empty());
        facts.locked = true;
        REQUIRE(judge_loss(facts, Site{}, 7 * day, now).size() == 1);
        CHECK(judge_loss(facts, Site{}, 7 * day, now)[0].control == "RET-5");
    }
    SECTION("a lock of the site counts") {
        Site site;
        site.locks = {good_lock()};
        const RecordingFacts facts{{"files", "cam1", ""}, "r1", now - 9 * day, now - 8 * day, false, false, ""};
        REQUIRE(judge_loss(facts, site, 7 * day, now).size() == 1);
        CHECK(judge_loss(facts, site, 7 * day, now)[0].control == "RET-5");
    }
}

TEST_CASE("check_records wants every sort of record documented", "[RET-8]") {
    Site site;
    site.cameras = {entrance()};
    site.records = {{"audit-log", 30 * day, ""},
                    {"alarm", 10 * day, ""},
                    {"mailbox", 10 * day, ""},
                    {"mobile", {}, "no mobile clients"},
                    {"backup", 7 * day, ""}};

    SECTION("all documented: nothing") {
        CHECK(check_records(site, Settings{}).empty());
    }
    SECTION("a missing one is named") {
        site.records.pop_back();
        REQUIRE(check_records(site, Settings{}).size() == 1);
        CHECK(check_records(site, Settings{})[0].key == "RET-8/backup");
    }
    SECTION("neither a period nor a note is not documented") {
        site.records[3].note.clear();
        REQUIRE(check_records(site, Settings{}).size() == 1);
        CHECK(check_records(site, Settings{})[0].key == "RET-8/mobile");
    }
    SECTION("none at all are five findings") {
        CHECK(check_records(Site{}, Settings{}).size() == 5);
    }
    SECTION("a mailbox kept as long as alarms follows them") {
        CHECK(check_records(site, Settings{}).empty());
        site.records[2].retention_ns = 10 * day + 1;
        REQUIRE(check_records(site, Settings{}).size() == 1);
        CHECK(check_records(site, Settings{})[0].severity == Severity::violation);
    }
    SECTION("a mailbox may follow the recordings where these are kept for longer") {
        site.cameras[0].retention_ns = 20 * day;
        site.records[2].retention_ns = 20 * day;
        CHECK(check_records(site, Settings{}).empty());
    }
}

TEST_CASE("find_camera never guesses", "[RET-1]") {
    Site site;
    site.cameras = {entrance(), entrance()};
    site.cameras[1].id = "yard";
    site.cameras[1].attachment = "zm";

    CHECK(site.find_camera("yard", "files", "cam1") == &site.cameras[1]);
    CHECK(site.find_camera("", "zm", "cam1") == &site.cameras[1]);
    CHECK(site.find_camera("", "", "cam1") == nullptr); // two attachments have a cam1
    CHECK(site.find_camera("", "files", "cam2") == nullptr);
    CHECK(site.find_camera("gone", "files", "cam1") == nullptr); // the host knows better which record it is
}

} // namespace ombud::retention
