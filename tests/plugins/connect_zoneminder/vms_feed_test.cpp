#include "vms.hpp"

#include "outbox.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

using namespace ombud::zoneminder;

namespace {

/// How often each recording was told as finished; of one camera, or of all.
std::map<std::string, int> finished(Attached& zm, const std::string& device = {}) {
    std::map<std::string, int> times;
    for (const auto* event : zm.host.of_type(zm.host.pushed, "recording.finished"))
        if (device.empty() || zm.host.text(*event, "device") == device)
            ++times[zm.host.text(*event, "recording")];
    return times;
}

/// Ids of recordings that ZoneMinder finished behind one.
std::set<std::string> finished_since(std::uint64_t id) {
    std::set<std::string> ids;
    for (const Row& row : sql("SELECT Id FROM Events WHERE EndDateTime IS NOT NULL AND MonitorId = " +
                              std::to_string(facts().monitor) + " AND Id > " + std::to_string(id)))
        ids.insert(row.text(0));
    return ids;
}

} // namespace

TEST_CASE("a recording that ZoneMinder finishes is told once, with file and tracks", "[vms]") {
    Attached zm;
    start_clean();
    REQUIRE(zm.open() == OMBUD_OK);

    REQUIRE(zm.poll_until([&] { return !zm.host.of_type(zm.host.pushed, "recording.finished").empty(); }));

    const auto& event = *zm.host.of_type(zm.host.pushed, "recording.finished").front();
    CHECK(std::filesystem::exists(zm.host.text(event, "path")));
    CHECK_THAT(zm.host.text(event, "tracks"), Catch::StartsWith("video/h264"));
    CHECK(zm.host.text(event, "device") == std::to_string(facts().monitor));
    CHECK(zm.host.i64(event, "end_utc_ns") > zm.host.i64(event, "begin_utc_ns"));
    CHECK(zm.host.i64(event, "locked") == 0);
    CHECK(zm.host.breaches.empty());
}

TEST_CASE("sound switched on and off again is told both times, with what it was then", "[vms]") {
    Attached zm;
    const std::string monitor = std::to_string(facts().monitor);
    sql("UPDATE Monitors SET RecordAudio = 0 WHERE Id = " + monitor);
    start_clean();
    REQUIRE(zm.open() == OMBUD_OK);

    sql("UPDATE Monitors SET RecordAudio = 1 WHERE Id = " + monitor);
    sql("UPDATE Monitors SET RecordAudio = 0 WHERE Id = " + monitor);
    REQUIRE(zm.poll_until([&] { return zm.told("device.changed", "device", monitor).size() >= 2; }));

    const auto told = zm.told("device.changed", "device", monitor);
    REQUIRE(told.size() == 2);
    CHECK(zm.host.i64(*told[0], "audio") == 1);
    CHECK(zm.host.text(*told[0], "detail") == "RecordAudio 0 -> 1");
    CHECK(zm.host.text(*told[0], "database_user") == "root@localhost");
    CHECK(zm.host.i64(*told[1], "audio") == 0);
    sql("UPDATE Monitors SET RecordAudio = 1 WHERE Id = " + monitor);
}

TEST_CASE("archiving, rights and filters are told without any secret", "[vms]") {
    Attached zm;
    const auto recording = std::to_string(finished_recording());
    start_clean();
    REQUIRE(zm.open() == OMBUD_OK);

    sql("UPDATE Events SET Archived = 1 WHERE Id = " + recording);
    sql("UPDATE Events SET Archived = 0 WHERE Id = " + recording);
    sql("UPDATE Config SET Value = CONCAT('very-secret-', UUID()) WHERE Name = 'ZM_UPLOAD_PASS'");
    sql("UPDATE Users SET Events = 'View' WHERE Username = 'admin'");
    sql("UPDATE Users SET Events = 'Edit' WHERE Username = 'admin'");
    REQUIRE(zm.poll_until([&] { return zm.host.of_type(zm.host.pushed, "config.changed").size() >= 3; }));

    const auto changes = zm.told("recording.changed", "recording", recording);
    REQUIRE(changes.size() == 2);
    CHECK(zm.host.text(*changes[0], "detail") == "archived");
    CHECK(zm.host.i64(*changes[0], "locked") == 1);
    CHECK(zm.host.text(*changes[1], "detail") == "unarchived");
    std::set<std::string> said;
    for (const auto* event : zm.host.of_type(zm.host.pushed, "config.changed"))
        said.insert(zm.host.text(*event, "detail"));
    CHECK(said.count("option ZM_UPLOAD_PASS") == 1);
    CHECK(said.count("user 1 changed, rights") == 1);
    for (const std::string& detail : said)
        CHECK_THAT(detail, !Catch::Contains("very-secret"));
}

TEST_CASE("transactions that commit out of order are told without gap and without duplicate", "[vms]") {
    Attached zm;
    start_clean();
    REQUIRE(zm.open() == OMBUD_OK);
    constexpr int writers = 6;
    constexpr int rounds = 25;
    std::mutex guard;
    std::set<std::string> committed;
    std::atomic<int> running = writers;
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] {
            std::mt19937 random(static_cast<unsigned>(writer));
            const auto database = root();
            for (int round = 0; round < rounds; ++round) {
                std::vector<std::string> mine;
                bool is_fine = database->query("START TRANSACTION").has_value();
                for (unsigned i = 0; i <= random() % 3; ++i) {
                    const std::string id = std::to_string(1'000'000 + writer * 1000 + round * 10 + static_cast<int>(i));
                    is_fine = is_fine &&
                              database->query(
                                  "INSERT INTO Events SET Id=" + id +
                                  ", MonitorId=77, StorageId=9, StateId=1, StartDateTime=NOW(), EndDateTime=NOW()");
                    mine.push_back(id);
                }
                // others take higher ids and commit first
                is_fine = is_fine && database->query("SELECT SLEEP(" + std::to_string(random() % 40) + " / 1000)");
                const bool keeps = random() % 4 != 0;
                is_fine = is_fine && database->query(keeps ? "COMMIT" : "ROLLBACK").has_value();
                if (!is_fine) // or the next START TRANSACTION commits what is left of this one
                    (void)database->query("ROLLBACK");
                const std::lock_guard lock(guard);
                if (keeps && is_fine)
                    committed.insert(mine.begin(), mine.end());
            }
            --running;
        });

    const auto reads_all = [&] {
        const std::lock_guard lock(guard);
        const auto times = finished(zm, "77");
        return running == 0 && std::all_of(committed.begin(), committed.end(),
                                           [&](const std::string& id) { return times.count(id) != 0; });
    };
    const bool is_complete = zm.poll_until(reads_all, 60);
    for (std::thread& thread : threads)
        thread.join();
    sql("DELETE FROM Events WHERE MonitorId = 77");

    CHECK(is_complete);
    CHECK(committed.size() > 100);
    for (const auto& [id, times] : finished(zm, "77")) {
        INFO("recording " << id);
        CHECK(times == 1);
        CHECK(committed.count(id) == 1); // nothing that was rolled back
    }
}

TEST_CASE("rows that were handed over before a crash are not told again", "[vms]") {
    std::string position;
    std::vector<Row> rows;
    {
        Attached zm;
        start_clean();
        REQUIRE(zm.open() == OMBUD_OK);
        sql("INSERT INTO Events SET Id = 900100, MonitorId = 77, StorageId = 9, StateId = 1, StartDateTime = NOW(), "
            "EndDateTime = NOW()");
        rows = sql("SELECT Id, At, Kind, RowId, Detail FROM ombud.outbox WHERE RowId = 900100");
        REQUIRE(rows.size() == 1);
        REQUIRE(zm.poll_until([&] { return finished(zm)["900100"] == 1; }));
        position = zm.host.position;
    }
    // as if the crash had come between push() and the deletion
    sql("REPLACE INTO ombud.outbox (Id, At, Kind, RowId, Detail, DbUser, Connection) VALUES (" + rows[0].text(0) +
        ", '" + rows[0].text(1) + "', '" + rows[0].text(2) + "', " + rows[0].text(3) + ", '" + rows[0].text(4) +
        "', 'x', 1)");

    Attached again;
    REQUIRE(again.open(position) == OMBUD_OK);
    sql("INSERT INTO Events SET Id = 900101, MonitorId = 77, StorageId = 9, StateId = 1, StartDateTime = NOW(), "
        "EndDateTime = NOW()");
    REQUIRE(again.poll_until([&] { return finished(again)["900101"] == 1; }));

    CHECK(finished(again)["900100"] == 0);
    sql("DELETE FROM Events WHERE MonitorId = 77");
}

TEST_CASE("what was not taken comes again", "[vms]") {
    Attached zm;
    start_clean();
    REQUIRE(zm.open() == OMBUD_OK);
    sql("INSERT INTO Events SET Id = 900200, MonitorId = 77, StorageId = 9, StateId = 1, StartDateTime = NOW(), "
        "EndDateTime = NOW()");
    zm.host.push_status = OMBUD_UNAVAILABLE;
    const auto status = zm.plugin->poll(0);
    zm.host.push_status = OMBUD_OK;
    REQUIRE(zm.open(zm.host.position) == OMBUD_OK);

    const bool came = zm.poll_until([&] { return finished(zm)["900200"] > 0; });

    CHECK(status == OMBUD_UNAVAILABLE);
    CHECK(came);
    CHECK(finished(zm)["900200"] == 1);
    sql("DELETE FROM Events WHERE MonitorId = 77");
}

TEST_CASE("one outbox has one reader", "[vms]") {
    start_clean();
    Attached first;
    REQUIRE(first.open() == OMBUD_OK);
    Attached second;

    CHECK(second.open() == OMBUD_UNAVAILABLE);
    CHECK_THAT(second.host.error, Catch::Contains("another connection"));
}

TEST_CASE("a restart of the database is told, and costs no recording", "[vms]") {
    Attached zm;
    const auto before = finished_recording();
    start_clean();
    const auto from = sql("SELECT COALESCE(MAX(Id), 0) FROM Events WHERE EndDateTime IS NOT NULL").front().id(0);
    REQUIRE(zm.open() == OMBUD_OK);
    REQUIRE(zm.poll_until([&] { return !finished(zm).empty(); }));

    service("kill", "mariadbd");
    ombud_status lost = OMBUD_OK;
    for (int polls = 0; polls < 20 && lost == OMBUD_OK; ++polls)
        lost = zm.plugin->poll(100'000'000);
    const auto while_away = zm.open(zm.host.position);
    service("start", "mariadbd");
    REQUIRE(zm.open(zm.host.position) == OMBUD_OK);
    // ZoneMinder's own capture needs the database back, too, before it goes on
    const auto target = finished(zm).size() + 2;
    REQUIRE(zm.poll_until([&] { return finished(zm).size() >= target; }, 60));
    // and once more by a connector that starts anew
    const std::string position = zm.host.position;
    const auto told_before = finished(zm);
    zm.plugin.reset();
    Attached after;
    REQUIRE(after.open(position) == OMBUD_OK);
    REQUIRE(after.poll_until([&] { return finished(after).size() >= 1; }, 30));

    CHECK(before > 0);
    CHECK(lost == OMBUD_UNAVAILABLE);
    CHECK(while_away == OMBUD_UNAVAILABLE);
    auto all = told_before;
    for (const auto& [id, times] : finished(after))
        all[id] += times;
    for (const auto& [id, times] : all) {
        INFO("recording " << id);
        CHECK(times == 1);
    }
    const auto last = std::stoull(finished(after).rbegin()->first);
    for (const std::string& id : finished_since(from)) {
        INFO("recording " << id);
        if (std::stoull(id) <= last)
            CHECK(all.count(id) == 1);
    }
    CHECK(zm.told("connector.connection", "state", "down").size() == 1);
}

TEST_CASE("feed poll tells recordings and sound by the REST interface alone", "[vms]") {
    start_clean();
    Attached zm("poll");
    const std::string monitor = std::to_string(facts().monitor);
    sql("UPDATE Monitors SET RecordAudio = 0 WHERE Id = " + monitor);
    sql("UPDATE Users SET `System` = 'View' WHERE Username = 'ombud'");
    REQUIRE(zm.open() == OMBUD_OK);
    REQUIRE(zm.poll_until([&] { return zm.told("device.changed", "device", monitor).size() == 1; }));

    sql("UPDATE Monitors SET RecordAudio = 1 WHERE Id = " + monitor);
    REQUIRE(zm.poll_until([&] { return zm.told("device.changed", "device", monitor).size() == 2; }));
    CHECK(zm.host.i64(*zm.told("device.changed", "device", monitor).back(), "audio") == 1);
    REQUIRE(zm.poll_until([&] { return finished(zm).size() >= 2; }, 30));

    const auto& event = *zm.host.of_type(zm.host.pushed, "recording.finished").front();
    const auto row =
        sql("SELECT UNIX_TIMESTAMP(StartDateTime) FROM Events WHERE Id = " + zm.host.text(event, "recording"));
    CHECK(zm.host.i64(event, "begin_utc_ns") == row.front().number(0).value() * 1'000'000'000);
    CHECK(std::filesystem::exists(zm.host.text(event, "path")));

    SECTION("after a restart it goes on where it was") {
        const std::string position = zm.host.position;
        const auto told = finished(zm);
        Attached again("poll");
        REQUIRE(again.open(position) == OMBUD_OK);
        REQUIRE(again.poll_until([&] { return finished(again).size() >= 1; }, 30));

        for (const auto& [id, times] : finished(again)) {
            CHECK(times == 1);
            CHECK(told.count(id) == 0);
        }
    }
    sql("UPDATE Users SET `System` = 'None' WHERE Username = 'ombud'");
}
