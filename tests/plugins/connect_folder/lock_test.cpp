#include "recordings.hpp"

#include <catch2/catch.hpp>
#include <connect_folder/evidence_lock.hpp>
#include <fcntl.h>
#include <filesystem>

using namespace ombud::testing;
using ombud::folder::locked_by;
using ombud::folder::parse_lock;
using ombud::sdk::TimeZone;

namespace {
const std::string recording = "gate/2025-06-01/12-00-00.mp4";
}

TEST_CASE("a lock tells reason, case, owner and the end of its review day") {
    const auto lock = parse_lock("# by the security desk\nreason = theft in hall 2\ncase=2025/17\r\nowner=Ada L.\n\n"
                                 "review=2025-12-31\nother=kept\n",
                                 *TimeZone::read("Europe/Berlin"));

    CHECK(lock.reason == "theft in hall 2");
    CHECK(lock.case_id == "2025/17");
    CHECK(lock.owner == "Ada L.");
    CHECK(lock.review_utc_ns == 1'767'222'000 * second_ns); // 2026-01-01 00:00 in Berlin
    CHECK(lock.problem.empty());
}

TEST_CASE("a lock that cannot be read whole says where, and keeps the rest") {
    struct Row {
        const char *behaviour, *text, *says;
    };
    const Row rows[] = {
        {"no equals sign", "reason=a\nhello\n", "line 2"},
        {"a review day that is none", "reason=a\nreview=2025-02-30", "line 2"},
        {"a review day of another form", "reason=a\nreview=31.12.2025", "YYYY-MM-DD"},
        {"not UTF-8", "reason=a\nowner=\xFF\xFE", "UTF-8"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto lock = parse_lock(row.text, TimeZone());

            CHECK(lock.reason == "a");
            CHECK_THAT(lock.problem, Catch::Contains(row.says));
            CHECK_FALSE(lock.review_utc_ns);
        }
    }
}

TEST_CASE("the first of two equal keys counts, so that a line added below changes nothing") {
    CHECK(parse_lock("case=1\ncase=2\nreview=2025-01-01\nreview=2035-01-01", TimeZone()).case_id == "1");
    CHECK(parse_lock("review=2025-01-01\nreview=2035-01-01", TimeZone()).review_utc_ns ==
          parse_lock("review=2025-01-01", TimeZone()).review_utc_ns);
}

TEST_CASE("a lock names its recording") {
    CHECK(locked_by("a/x.mp4.lock") == "a/x.mp4");
    CHECK_FALSE(locked_by("a/x.mp4"));
    CHECK_FALSE(locked_by("a/.lock"));
    CHECK_FALSE(locked_by(".lock"));
}

TEST_CASE("a locked recording is listed with what its lock says, the owner as personal") {
    Recordings folder;
    folder.write(recording);
    folder.write(recording + ".lock", "reason=theft\ncase=17\nowner=Ada\nreview=2025-12-31\n");
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    REQUIRE(folder.host.put.size() == 1); // the lock is no recording
    const auto* record = folder.record(recording);
    REQUIRE(record);
    CHECK(folder.host.i64(*record, OMBUD_KEY_LOCKED) == 1);
    CHECK(folder.host.text(*record, OMBUD_KEY_LOCK_REASON) == "theft");
    CHECK(folder.host.text(*record, OMBUD_KEY_LOCK_CASE) == "17");
    CHECK(folder.host.text(*record, OMBUD_KEY_LOCK_OWNER) == "Ada");
    CHECK(record->reader().find(folder.host.id(OMBUD_KEY_LOCK_OWNER))->is_personal());
    CHECK(folder.host.has(*record, OMBUD_KEY_LOCK_REVIEW));
    CHECK(folder.host.breaches.empty());
}

TEST_CASE("an empty lock locks, and a lock that is a symbolic link too") {
    Recordings folder;
    folder.write(recording);
    folder.write("gate/2025-06-01/13-00-00.mp4");
    folder.write(recording + ".lock", "");
    std::filesystem::create_symlink("/etc/hostname", folder.root / "gate/2025-06-01/13-00-00.mp4.lock");
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK(folder.host.i64(*folder.record(recording), OMBUD_KEY_LOCKED) == 1);
    CHECK(folder.host.i64(*folder.record("gate/2025-06-01/13-00-00.mp4"), OMBUD_KEY_LOCKED) == 1);
    CHECK_FALSE(folder.host.has(*folder.record(recording), OMBUD_KEY_LOCK_REASON));
}

TEST_CASE("locking and releasing a recording is told as its change") {
    Recordings folder;
    folder.write(recording);
    folder.attach();
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    folder.write(recording + ".lock", "reason=theft\n");
    REQUIRE(folder.plugin->poll(second_ns) == OMBUD_OK);
    const auto* locked = folder.event("recording.changed", recording);
    REQUIRE(locked);
    CHECK(folder.host.i64(*locked, OMBUD_KEY_LOCKED) == 1);
    folder.host.pushed.clear();

    std::filesystem::remove(folder.root / (recording + ".lock"));
    REQUIRE(folder.plugin->poll(second_ns) == OMBUD_OK);

    const auto* released = folder.event("recording.changed", recording);
    REQUIRE(released);
    CHECK(folder.host.i64(*released, OMBUD_KEY_LOCKED) == 0);
    CHECK(folder.host.pushed.size() == 1);
}
