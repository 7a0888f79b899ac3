#include "vms.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <sys/resource.h>

using namespace ombud::zoneminder;
namespace fs = std::filesystem;

TEST_CASE("list tells every recording as database and disk have it", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    finished_recording();
    const auto rows = sql("SELECT Id, UNIX_TIMESTAMP(StartDateTime), UNIX_TIMESTAMP(EndDateTime), UTC_TIMESTAMP() <> "
                          "NOW() FROM Events WHERE EndDateTime IS NOT NULL");
    REQUIRE(rows.front().id(3) == 1); // the bed's zone is not UTC, so that a mistake would show

    REQUIRE(zm.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    std::map<std::string, const ombud::sdk::Event*> listed;
    for (const auto& record : zm.host.put)
        CHECK(listed.emplace(zm.host.text(record, "recording"), &record).second);
    for (const Row& row : rows) {
        REQUIRE(listed.count(row.text(0)));
        const auto& record = *listed[row.text(0)];
        CHECK(zm.host.i64(record, "begin_utc_ns") == row.number(1).value() * 1'000'000'000);
        CHECK(zm.host.i64(record, "end_utc_ns") == row.number(2).value() * 1'000'000'000);
        if (zm.host.has(record, "no_file"))
            continue;
        const fs::path file = zm.host.text(record, "path");
        CHECK(static_cast<std::int64_t>(fs::file_size(file)) == zm.host.i64(record, "size_bytes"));
        CHECK_THAT(zm.host.text(record, "tracks"), Catch::Contains("video/h264"));
    }
    CHECK(zm.host.breaches.empty());
}

TEST_CASE("list tells a row whose file is gone", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const auto recording = finished_recording();
    fs::remove_all(folder_of(recording));

    REQUIRE(zm.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    int listed = 0;
    for (const auto& record : zm.host.put)
        if (zm.host.text(record, "recording") == std::to_string(recording)) {
            ++listed;
            CHECK(zm.host.i64(record, "no_file") == 1);
            CHECK_FALSE(zm.host.has(record, "path"));
        }
    CHECK(listed == 1);
    sql("DELETE FROM Events WHERE Id = " + std::to_string(recording));
}

TEST_CASE("list tells cameras with their sound, and storage areas with their space", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const auto audio = sql("SELECT RecordAudio, Name FROM Monitors WHERE Id = " + std::to_string(facts().monitor));

    REQUIRE(zm.plugin->list(OMBUD_LIST_DEVICES) == OMBUD_OK);
    REQUIRE(zm.host.put.size() == 1);
    CHECK(zm.host.text(zm.host.put[0], "device") == std::to_string(facts().monitor));
    CHECK(zm.host.text(zm.host.put[0], "name") == audio.front().text(1));
    CHECK(zm.host.i64(zm.host.put[0], "audio") == audio.front().number(0));

    REQUIRE(zm.plugin->list(OMBUD_LIST_STORAGE) == OMBUD_OK);
    REQUIRE(zm.host.put.size() == 1);
    CHECK(zm.host.text(zm.host.put[0], "storage") == "1");
    CHECK(zm.host.i64(zm.host.put[0], "capacity_bytes") ==
          static_cast<std::int64_t>(fs::space(facts().events_dir).capacity));
}

TEST_CASE("a storage area that is not mounted is an incomplete listing, not a loss of all files", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    finished_recording();
    sql("UPDATE Storage SET Path = '/nonexistent/events' WHERE Id = 1");

    const auto status = zm.plugin->list(OMBUD_LIST_RECORDINGS);
    sql("UPDATE Storage SET Path = '" + facts().events_dir + "' WHERE Id = 1");

    CHECK(status == OMBUD_UNAVAILABLE);
    CHECK_THAT(zm.host.error, Catch::Contains("/nonexistent/events"));
}

// Not run by ctest: connect_zoneminder_vms_test "[.figures]" prints what README.md tells of large sites.
TEST_CASE("100,000 recordings through feed and listing", "[.figures]") {
    constexpr int recordings = 100'000;
    const fs::path area = "/dev/shm/ombud-zm-figures";
    for (int id = 0; id < recordings; ++id) {
        const std::string name = std::to_string(5'000'000 + id);
        fs::create_directories(area / "77/2026-11-01" / name);
        std::ofstream(area / "77/2026-11-01" / name / (name + "-video.mp4")) << "x";
    }
    start_clean();
    sql("REPLACE INTO Storage SET Id = 7, Path = '" + area.string() + "', Name = 'figures', Scheme = 'Medium'");
    sql("DELETE FROM ombud.outbox");
    Attached zm;
    zm.host.settings["options/probe-tracks"] = false;
    zm.plugin = std::make_unique<ombud::testing::LoadedPlugin>(CONNECT_ZONEMINDER, zm.host);
    REQUIRE(zm.plugin->start() == OMBUD_OK);
    REQUIRE(zm.open() == OMBUD_OK);
    sql("INSERT INTO Events (Id, MonitorId, StorageId, StateId, StartDateTime, EndDateTime, DefaultVideo, Scheme) "
        "SELECT 5000000 + seq, 77, 7, 1,"
        " '2026-11-01 10:00:00', '2026-11-01 10:00:05', CONCAT(5000000 + seq, '-video.mp4'), 'Medium' FROM "
        "seq_0_to_99999");

    using Clock = std::chrono::steady_clock;
    const auto seconds = [](Clock::time_point since) {
        return std::chrono::duration<double>(Clock::now() - since).count();
    };
    auto begin = Clock::now();
    REQUIRE(zm.poll_until([&] { return zm.host.pushed.size() > recordings; }, 600));
    const double feed_s = seconds(begin);
    zm.host.pushed.clear();
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    begin = Clock::now();
    REQUIRE(zm.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    const double list_s = seconds(begin);
    rusage after{};
    getrusage(RUSAGE_SELF, &after);

    CHECK(zm.host.put.size() > recordings);
    const auto cpu = [](const rusage& usage) {
        return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    };
    std::cout << "feed: " << recordings / feed_s << " recordings/s; listing: " << recordings / list_s
              << " recordings/s, " << cpu(after) - cpu(before) << " s of processor\n";
    sql("DELETE FROM Events WHERE MonitorId = 77");
    sql("DELETE FROM Storage WHERE Id = 7");
    sql("DELETE FROM ombud.outbox");
    fs::remove_all(area);
}
