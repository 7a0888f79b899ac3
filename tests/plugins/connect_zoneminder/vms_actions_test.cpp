#include "vms.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace ombud::zoneminder;
namespace fs = std::filesystem;

namespace {

std::uint64_t rows_of(std::uint64_t recording) {
    return sql("SELECT COUNT(*) FROM Events WHERE Id = " + std::to_string(recording)).front().id(0);
}

} // namespace

TEST_CASE("recording.delete removes row and files, and sees both gone", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const auto recording = finished_recording();
    const fs::path folder = folder_of(recording);
    REQUIRE(fs::exists(folder));

    const auto result = zm.plugin->act(OMBUD_ACTION_DELETE_RECORDING, std::to_string(recording));

    CHECK(result.status == OMBUD_OK);
    CHECK(result.outcome == OMBUD_OUTCOME_DONE);
    CHECK_THAT(result.proof, Catch::Contains("row gone"));
    CHECK(rows_of(recording) == 0);
    CHECK_FALSE(fs::exists(folder));

    SECTION("a second time there is nothing to do") {
        const auto again = zm.plugin->act(OMBUD_ACTION_DELETE_RECORDING, std::to_string(recording));

        CHECK(again.outcome == OMBUD_OUTCOME_ALREADY);
    }
    SECTION("the feed tells it as gone, once") {
        zm.poll_until([&] { return !zm.told("recording.gone", "recording", std::to_string(recording)).empty(); });

        CHECK(zm.told("recording.gone", "recording", std::to_string(recording)).size() == 1);
    }
}

TEST_CASE("recording.delete refuses what is archived at that moment", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const auto recording = finished_recording();
    sql("UPDATE Events SET Archived = 1 WHERE Id = " + std::to_string(recording));

    const auto result = zm.plugin->act(OMBUD_ACTION_DELETE_RECORDING, std::to_string(recording));

    CHECK(result.outcome == OMBUD_OUTCOME_REFUSED);
    CHECK_THAT(result.proof, Catch::Contains("archived"));
    CHECK(rows_of(recording) == 1);
    CHECK(fs::exists(folder_of(recording)));
    sql("UPDATE Events SET Archived = 0 WHERE Id = " + std::to_string(recording));
}

TEST_CASE("recording.delete does not touch one that is still being written", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    // a row of our own, so that ZoneMinder does not close it meanwhile
    sql("INSERT INTO Events SET Id = 900001, MonitorId = 77, StorageId = 1, StateId = 1, StartDateTime = NOW(), "
        "DefaultVideo = '900001-video.mp4'");

    const auto result = zm.plugin->act(OMBUD_ACTION_DELETE_RECORDING, "900001");

    CHECK(result.outcome == OMBUD_OUTCOME_RETRY);
    CHECK(rows_of(900001) == 1);
    sql("DELETE FROM Events WHERE Id = 900001");
}

TEST_CASE("a folder that no row names is listed and can be deleted", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const auto recording = finished_recording();
    const fs::path folder = folder_of(recording);
    sql("DELETE FROM Events WHERE Id = " + std::to_string(recording)); // as ZM_OPT_FAST_DELETE does

    REQUIRE(
        zm.poll_until([&] { return !zm.told("recording.changed", "recording", std::to_string(recording)).empty(); }));
    const auto changes = zm.told("recording.changed", "recording", std::to_string(recording));
    CHECK(changes.size() == 1);
    CHECK(zm.host.i64(*changes.back(), "no_row") == 1);

    REQUIRE(zm.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    int listed = 0;
    for (const auto& record : zm.host.put)
        if (zm.host.text(record, "recording") == std::to_string(recording)) {
            ++listed;
            CHECK(zm.host.i64(record, "no_row") == 1);
            CHECK(fs::exists(zm.host.text(record, "path")));
        }
    CHECK(listed == 1);

    const auto result = zm.plugin->act(OMBUD_ACTION_DELETE_RECORDING, std::to_string(recording));
    CHECK(result.outcome == OMBUD_OUTCOME_DONE);
    CHECK_THAT(result.proof, Catch::Contains("no row") && Catch::Contains("1 folder"));
    CHECK_FALSE(fs::exists(folder));
    CHECK(zm.host.breaches.empty());
}

TEST_CASE("recording.archive sets the lock, and is no toggle", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const auto recording = finished_recording();

    const auto first = zm.plugin->act(OMBUD_ACTION_ARCHIVE_RECORDING, std::to_string(recording));
    const auto second = zm.plugin->act(OMBUD_ACTION_ARCHIVE_RECORDING, std::to_string(recording));

    CHECK(first.outcome == OMBUD_OUTCOME_DONE);
    CHECK(second.outcome == OMBUD_OUTCOME_ALREADY);
    CHECK(sql("SELECT Archived FROM Events WHERE Id = " + std::to_string(recording)).front().id(0) == 1);
    sql("UPDATE Events SET Archived = 0 WHERE Id = " + std::to_string(recording));
}

TEST_CASE("device.audio.off switches sound off, and sees it off", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const std::string monitor = std::to_string(facts().monitor);
    sql("UPDATE Monitors SET RecordAudio = 1 WHERE Id = " + monitor);

    const auto first = zm.plugin->act(OMBUD_ACTION_AUDIO_OFF, "", monitor);
    const auto second = zm.plugin->act(OMBUD_ACTION_AUDIO_OFF, "", monitor);

    CHECK(first.outcome == OMBUD_OUTCOME_DONE);
    CHECK(second.outcome == OMBUD_OUTCOME_ALREADY);
    CHECK(sql("SELECT RecordAudio FROM Monitors WHERE Id = " + monitor).front().id(0) == 0);
    sql("UPDATE Monitors SET RecordAudio = 1 WHERE Id = " + monitor);
}

TEST_CASE("while the web server is gone corrections wait, and the feed goes on", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    const auto recording = finished_recording();
    service("kill", "apache2");

    const auto result = zm.plugin->act(OMBUD_ACTION_DELETE_RECORDING, std::to_string(recording));
    const bool feed_goes_on =
        zm.poll_until([&] { return !zm.host.of_type(zm.host.pushed, "recording.finished").empty(); });
    service("start", "apache2");

    CHECK(result.outcome == OMBUD_OUTCOME_RETRY);
    CHECK(rows_of(recording) == 1);
    CHECK(feed_goes_on);
    CHECK(zm.plugin->act(OMBUD_ACTION_DELETE_RECORDING, std::to_string(recording)).outcome == OMBUD_OUTCOME_DONE);
}

TEST_CASE("neither password nor token shows anywhere", "[vms]") {
    start_clean();
    Attached zm;
    REQUIRE(zm.open() == OMBUD_OK);
    Attached refused;
    refused.plugin.reset();
    refused.host.settings["options/db-password"] = std::string("not-the-password");
    refused.plugin = std::make_unique<ombud::testing::LoadedPlugin>(CONNECT_ZONEMINDER, refused.host);
    REQUIRE(refused.plugin->start() == OMBUD_OK);

    CHECK(refused.open() == OMBUD_REFUSED);
    CHECK_THAT(refused.host.error, Catch::Contains("outbox.sql") && !Catch::Contains("not-the-password"));
    zm.plugin->act(OMBUD_ACTION_ARCHIVE_RECORDING, std::to_string(finished_recording()));
    sql("UPDATE Events SET Archived = 0");

    std::ifstream file(facts().access_log);
    std::size_t ours = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.find("\"Ombud\"") == std::string::npos)
            continue; // other tests' browsers do it as ZoneMinder's documentation has it
        ++ours;
        CHECK_THAT(line, !Catch::Contains("token=") && !Catch::Contains(facts().password));
    }
    CHECK(ours > 0);
    for (const auto& line : zm.host.log)
        CHECK_THAT(line.message, !Catch::Contains(facts().password) && !Catch::Contains(facts().db_password));
}
