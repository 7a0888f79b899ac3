#include "recordings.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

using namespace ombud::testing;
namespace fs = std::filesystem;

namespace {
const std::string recording = "gate/2025-06-01/12-00-00.mp4";
constexpr std::int64_t noon_in_berlin_s = 1'748'772'000; // 2025-06-01 10:00 UTC
} // namespace

TEST_CASE("a recording is listed with all that its file tells") {
    Recordings folder;
    folder.write(recording, "MEDIA video/h264 audio/aac|60|");
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    REQUIRE(folder.host.put.size() == 1);
    const auto& record = folder.host.put[0];
    CHECK(folder.host.name(record.reader().type()) == OMBUD_RECORD_RECORDING);
    CHECK(folder.host.text(record, OMBUD_KEY_RECORDING) == recording);
    CHECK(folder.host.text(record, OMBUD_KEY_DEVICE) == "gate");
    CHECK(folder.host.text(record, OMBUD_KEY_PATH) == folder.absolute(recording));
    CHECK(folder.host.text(record, OMBUD_KEY_TRACKS) == "video/h264 audio/aac");
    CHECK(folder.host.i64(record, OMBUD_KEY_SIZE) == 30);
    CHECK(folder.host.i64(record, OMBUD_KEY_BEGIN) == noon_in_berlin_s * second_ns);
    CHECK(folder.host.i64(record, OMBUD_KEY_END) == (noon_in_berlin_s + 60) * second_ns);
    CHECK(folder.host.text(record, OMBUD_KEY_TIME_SOURCE) == "name");
    CHECK(folder.host.i64(record, OMBUD_KEY_LOCKED) == 0);
    CHECK_FALSE(folder.host.has(record, OMBUD_KEY_UNREADABLE));
    CHECK_FALSE(folder.host.has(record, OMBUD_KEY_DETAIL));
    CHECK(folder.host.breaches.empty());
}

TEST_CASE("the time a recording begins comes from where the option says, as far as it is there") {
    struct Row {
        const char *behaviour, *option, *layout, *path, *creation, *source;
        std::int64_t begin_s;
    };
    const char* dated = "{camera}/{date}/{time}.mp4";
    const Row rows[] = {
        {"auto takes the container's", "auto", dated, "g/2025-06-01/12-00-00.mp4", "1748770000", "container",
         1'748'770'000},
        {"auto without a container's takes the name's", "auto", dated, "g/2025-06-01/12-00-00.mp4", "", "name",
         noon_in_berlin_s},
        {"a container's time of zero is none", "auto", dated, "g/2025-06-01/12-00-00.mp4", "0", "name",
         noon_in_berlin_s},
        {"a container's time after the file's end is none", "auto", dated, "g/2025-06-01/12-00-00.mp4", "4000000000",
         "name", noon_in_berlin_s},
        {"name passes over the container's", "name", dated, "g/2025-06-01/12-00-00.mp4", "1748770000", "name",
         noon_in_berlin_s},
        {"container passes over the name's", "container", dated, "g/2025-06-01/12-00-00.mp4", "", "file",
         1'749'996'400 - 60},
        {"neither leaves the last change", "auto", "{camera}/{seq}.mp4", "g/17.mp4", "", "file", 1'749'996'400 - 60},
        {"a Z in the name is UTC", "name", "{camera}/{datetime}.mp4", "g/20250601T120000Z.mp4", "", "name",
         noon_in_berlin_s + 7200},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Recordings folder;
            folder.host.settings["options/time-source"] = std::string(row.option);
            folder.host.settings["options/layout"] = std::string(row.layout);
            folder.write(row.path, "MEDIA video/h264|60|" + std::string(row.creation));
            folder.attach();

            REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

            const auto* record = folder.record(row.path);
            REQUIRE(record);
            CHECK(folder.host.text(*record, OMBUD_KEY_TIME_SOURCE) == row.source);
            CHECK(folder.host.i64(*record, OMBUD_KEY_BEGIN) == row.begin_s * second_ns);
        }
    }
}

TEST_CASE("in the hour that clocks repeat, the last change tells which one it was") {
    Recordings folder; // 2024-10-27 02:30 in Berlin is 00:30 and 01:30 UTC
    const std::string path = "gate/2024-10-27/02-30-00.mp4";
    for (const std::int64_t begin_s : {1'729'989'000, 1'729'992'600}) {
        folder.write(path, "MEDIA video/h264|60|", folder.host.utc_ns / second_ns - (begin_s + 60));
        folder.attach();

        REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

        CHECK(folder.host.i64(*folder.record(path), OMBUD_KEY_BEGIN) == begin_s * second_ns);
    }
}

TEST_CASE("names may be in an offset of their own") {
    Recordings folder;
    folder.host.settings["options/time-zone"] = std::string("-03:30");
    folder.write(recording);
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK(folder.host.i64(*folder.record(recording), OMBUD_KEY_BEGIN) == (1'748'779'200 + 12'600) * second_ns);
}

TEST_CASE("unchanged files are looked into once, changed ones again") {
    Recordings folder;
    folder.write(recording);
    folder.write("gate/2025-06-01/13-00-00.mp4");
    folder.write("gate/2025-06-01/14-00-00.mp4", "damaged");
    folder.attach();
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    REQUIRE(folder.host.probes == 3);

    folder.write("gate/2025-06-01/13-00-00.mp4", "MEDIA video/hevc|60|");
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK(folder.host.probes == 4);
    CHECK(folder.host.put.size() == 3);
    CHECK(folder.host.text(*folder.record("gate/2025-06-01/13-00-00.mp4"), OMBUD_KEY_TRACKS) == "video/hevc");
    CHECK(folder.host.has(*folder.record("gate/2025-06-01/14-00-00.mp4"), OMBUD_KEY_UNREADABLE));
}

TEST_CASE("a file that changed just now is listed as open, and not looked into") {
    Recordings folder;
    folder.write(recording, "half a file", 5);
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK_FALSE(folder.host.has(*folder.record(recording), OMBUD_KEY_END));
    CHECK_FALSE(folder.host.has(*folder.record(recording), OMBUD_KEY_UNREADABLE));
    CHECK(folder.host.probes == 0);
}

TEST_CASE("each camera is listed once, also without recordings") {
    Recordings folder;
    folder.write(recording);
    folder.write("gate/2025-06-02/12-00-00.mp4");
    fs::create_directories(folder.root / "yard");
    folder.write("stray.txt", "hello");
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_DEVICES) == OMBUD_OK);

    REQUIRE(folder.host.put.size() == 2);
    CHECK(folder.host.text(folder.host.put[0], OMBUD_KEY_DEVICE) == "gate");
    CHECK(folder.host.text(folder.host.put[1], OMBUD_KEY_NAME) == "yard");
    CHECK_FALSE(folder.host.has(folder.host.put[0], OMBUD_KEY_AUDIO));
}

TEST_CASE("cameras are found below their days and in file names, too") {
    for (const char* layout : {"{date}/{camera}/{time}.mp4", "{date}/{camera}_{time}.mp4"}) {
        Recordings folder;
        folder.host.settings["options/layout"] = std::string(layout);
        const std::string between(std::string(layout).find('_') == std::string::npos ? "/" : "_");
        folder.write("2025-06-01/gate" + between + "12-00-00.mp4");
        folder.write("2025-06-02/gate" + between + "12-00-00.mp4");
        folder.write("2025-06-02/yard" + between + "12-00-00.mp4");
        folder.attach();

        REQUIRE(folder.plugin->list(OMBUD_LIST_DEVICES) == OMBUD_OK);

        CHECK(folder.host.put.size() == 2);
    }
}

TEST_CASE("the storage area is listed with its capacity") {
    Recordings folder;
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_STORAGE) == OMBUD_OK);

    REQUIRE(folder.host.put.size() == 1);
    const auto space = fs::space(folder.root);
    CHECK(folder.host.i64(folder.host.put[0], OMBUD_KEY_CAPACITY) == static_cast<std::int64_t>(space.capacity));
    CHECK(folder.host.i64(folder.host.put[0], OMBUD_KEY_FREE) > 0);
    CHECK(folder.host.text(folder.host.put[0], OMBUD_KEY_NAME) == folder.root.string());
}

TEST_CASE("opening declares coverage, and what cannot be seen as blind") {
    Recordings folder;
    folder.attach();

    CHECK(folder.host.coverage.at("RET-3").level == OMBUD_COVERAGE_CORRECTABLE);
    CHECK(folder.host.coverage.at("RET-9").level == OMBUD_COVERAGE_OBSERVABLE);
    CHECK(folder.host.coverage.at("AMG-4").level == OMBUD_COVERAGE_BLIND);
    CHECK(folder.host.coverage.at("ACC-4").level == OMBUD_COVERAGE_BLIND);
    for (const auto& [control, declared] : folder.host.coverage)
        CHECK(declared.level != OMBUD_COVERAGE_PREVENTABLE); // a folder stops nobody
    CHECK(folder.host.breaches.empty());
}

TEST_CASE("many recordings are handed over in parts, none lost") {
    Recordings folder;
    for (int minute = 0; minute < 60; ++minute)
        for (int second = 0; second < 20; ++second)
            folder.write("gate/2025-06-01/00-" + std::to_string(100 + minute).substr(1) + "-" +
                         std::to_string(100 + second).substr(1) + ".mp4");
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    std::set<std::string> ids;
    for (const auto& record : folder.host.put)
        ids.insert(folder.host.text(record, OMBUD_KEY_RECORDING));
    CHECK(folder.host.put.size() == 1200);
    CHECK(ids.size() == 1200);
}
