#include "recordings.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

using namespace ombud::testing;
namespace fs = std::filesystem;

namespace {
const std::string recording = "gate/2025-06-01/12-00-00.mp4";
const char* const erase = OMBUD_ACTION_DELETE_RECORDING;
} // namespace

TEST_CASE("a deleted recording is gone, and so is the folder of its day when it is empty") {
    Recordings folder;
    folder.write(recording);
    folder.attach();

    const auto given = folder.plugin->act(erase, recording);

    CHECK(given.outcome == OMBUD_OUTCOME_DONE);
    CHECK_THAT(given.proof, Catch::Contains("20 bytes gone"));
    CHECK_FALSE(fs::exists(folder.root / "gate/2025-06-01"));
    CHECK(fs::exists(folder.root / "gate"));
}

TEST_CASE("a folder that still holds something stays") {
    Recordings folder;
    folder.write(recording);
    folder.write("gate/2025-06-01/13-00-00.mp4");
    folder.attach();

    CHECK(folder.plugin->act(erase, recording).outcome == OMBUD_OUTCOME_DONE);

    CHECK(fs::exists(folder.root / "gate/2025-06-01/13-00-00.mp4"));
}

TEST_CASE("deleting twice is the same as deleting once") {
    Recordings folder;
    folder.write(recording);
    folder.attach();

    CHECK(folder.plugin->act(erase, recording).outcome == OMBUD_OUTCOME_DONE);
    CHECK(folder.plugin->act(erase, recording).outcome == OMBUD_OUTCOME_ALREADY);
}

TEST_CASE("a recording that was locked after it was listed is not deleted") {
    for (const bool as_link : {false, true}) {
        Recordings folder;
        folder.write(recording);
        folder.attach();
        REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
        if (as_link)
            fs::create_symlink("nowhere", folder.root / (recording + ".lock"));
        else
            folder.write(recording + ".lock", "");

        const auto given = folder.plugin->act(erase, recording);

        CHECK(given.outcome == OMBUD_OUTCOME_REFUSED);
        CHECK_THAT(given.proof, Catch::Contains("evidence lock"));
        CHECK(fs::exists(folder.root / recording));
    }
}

TEST_CASE("a recording is deleted once its lock is released") {
    Recordings folder;
    folder.write(recording);
    folder.write(recording + ".lock", "");
    folder.attach();
    REQUIRE(folder.plugin->act(erase, recording).outcome == OMBUD_OUTCOME_REFUSED);

    fs::remove(folder.root / (recording + ".lock"));

    CHECK(folder.plugin->act(erase, recording).outcome == OMBUD_OUTCOME_DONE);
}

TEST_CASE("nothing but a recording below the root is ever deleted") {
    Recordings folder;
    folder.write(recording);
    folder.write(recording + ".lock", "");
    const fs::path outside = folder.root.string() + "-outside";
    fs::create_directories(outside / "2025-06-01");
    folder.write("../" + outside.filename().string() + "/2025-06-01/12-00-00.mp4");
    fs::create_directory_symlink(outside, folder.root / "linked");
    fs::create_symlink(outside / "2025-06-01/12-00-00.mp4", folder.root / "gate/link.mp4");
    folder.attach();
    struct Row {
        std::string id;
        std::uint32_t outcome;
    };
    const Row rows[] = {
        {"../" + outside.filename().string() + "/2025-06-01/12-00-00.mp4", OMBUD_OUTCOME_FAILED},
        {outside.string() + "/2025-06-01/12-00-00.mp4", OMBUD_OUTCOME_FAILED},
        {"gate/../../" + outside.filename().string() + "/2025-06-01/12-00-00.mp4", OMBUD_OUTCOME_FAILED},
        {"%2E%2E/x", OMBUD_OUTCOME_FAILED},
        {"", OMBUD_OUTCOME_FAILED},
        {"linked/2025-06-01/12-00-00.mp4", OMBUD_OUTCOME_ALREADY}, // no such folder, as far as we go
        {"gate/link.mp4", OMBUD_OUTCOME_FAILED},
        {"gate/2025-06-01", OMBUD_OUTCOME_FAILED},
        {recording + ".lock", OMBUD_OUTCOME_REFUSED},
    };
    for (const Row& row : rows) {
        INFO(row.id);
        CHECK(folder.plugin->act(erase, row.id).outcome == row.outcome);
    }
    CHECK(fs::exists(outside / "2025-06-01/12-00-00.mp4"));
    CHECK(fs::is_symlink(folder.root / "gate/link.mp4"));
    CHECK(fs::exists(folder.root / recording));
    fs::remove_all(outside);
}

TEST_CASE("content that another hard link keeps is said to be still there") {
    Recordings folder;
    folder.write(recording);
    fs::create_hard_link(folder.root / recording, folder.root / "gate/copy.mp4");
    folder.attach();

    const auto given = folder.plugin->act(erase, recording);

    CHECK(given.outcome == OMBUD_OUTCOME_DONE);
    CHECK_THAT(given.proof, Catch::Contains("still reachable by 1 other"));
}

TEST_CASE("our own deletion is told as gone, like any") {
    Recordings folder;
    folder.write(recording);
    folder.attach();
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    REQUIRE(folder.plugin->act(erase, recording).outcome == OMBUD_OUTCOME_DONE);

    REQUIRE(folder.plugin->poll(second_ns) == OMBUD_OK);

    CHECK(folder.event("recording.gone", recording));
}

TEST_CASE("what a folder cannot do is said to be impossible, so that nobody tries again") {
    Recordings folder;
    folder.write(recording);
    folder.attach();
    for (const char* kind : {OMBUD_ACTION_AUDIO_OFF, OMBUD_ACTION_METADATA_OFF, OMBUD_ACTION_ARCHIVE_RECORDING,
                             OMBUD_ACTION_CLEAN_RECORDING, "unheard.of"}) {
        const auto given = folder.plugin->act(kind, recording, "gate");

        CHECK(given.outcome == OMBUD_OUTCOME_FAILED);
        CHECK_THAT(given.proof, Catch::Contains(kind));
    }
}
