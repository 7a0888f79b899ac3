#include "vms.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace ombud::zoneminder;
namespace fs = std::filesystem;

TEST_CASE("list tells every recording as database and disk have it", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    finished_recording();
    const auto rows = sql("SELECT Id, UNIX_TIMESTAMP(StartDateTime), UNIX_TIMESTAMP(EndDateTime), UTC_TIMESTAMP() <> NOW() FROM Events WHERE EndDateTime IS NOT NULL");
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
    CHECK(zm.host.i64(zm.host.put[0], "capacity_bytes") == static_cast<std::int64_t>(fs::space(facts().events_dir).capacity));
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
