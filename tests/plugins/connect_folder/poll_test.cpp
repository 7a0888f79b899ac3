#include "recordings.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace ombud::testing;
namespace fs = std::filesystem;

namespace {
const std::string recording = "gate/2025-06-01/12-00-00.mp4";

/// Attached and listed, with one recording of yesterday's.
struct Attached : Recordings {
    Attached() {
        write("gate/2025-05-31/12-00-00.mp4");
        fs::create_directories(root / "gate/2025-06-01");
        attach();
        REQUIRE(plugin->list(OMBUD_LIST_DEVICES) == OMBUD_OK);
        REQUIRE(plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    }
    ~Attached() { CHECK(host.breaches.empty()); }
    /// Until nothing more comes.
    void poll_all() {
        for (std::size_t before = SIZE_MAX; before != host.pushed.size();) {
            before = host.pushed.size();
            REQUIRE(plugin->poll(0) == OMBUD_OK);
        }
    }
};
} // namespace

TEST_CASE("a file that is closed after writing is told as finished, at once") {
    Attached folder;
    folder.write(recording, "MEDIA video/h264 audio/aac|60|", 0);

    REQUIRE(folder.plugin->poll(second_ns) == OMBUD_OK);

    const auto* event = folder.event("recording.finished", recording);
    REQUIRE(event);
    CHECK(folder.host.text(*event, OMBUD_KEY_TRACKS) == "video/h264 audio/aac");
    CHECK(folder.host.has(*event, OMBUD_KEY_END));
    CHECK(folder.host.pushed.size() == 1);
}

TEST_CASE("a file that is still written is not told until it is closed") {
    Attached folder;
    std::ofstream writer(folder.root / recording);
    for (int i = 0; i < 4; ++i) {
        writer << "MEDIA video/h264|60|" << std::flush;
        folder.poll_all();
        folder.host.mono_ns += settle_ns; // the file has changed since, each time
    }
    CHECK(folder.host.pushed.empty());

    writer.close();
    folder.poll_all();

    CHECK(folder.event("recording.finished", recording));
    CHECK(folder.host.pushed.size() == 1);
}

TEST_CASE("a file that nobody was seen to close is finished when it stays unchanged") {
    Attached folder;
    // a hard link makes a file without opening it
    fs::create_hard_link(folder.root / "gate/2025-05-31/12-00-00.mp4", folder.root / recording);
    folder.poll_all();
    CHECK(folder.host.pushed.empty());

    folder.host.mono_ns += settle_ns - 1;
    folder.poll_all();
    CHECK(folder.host.pushed.empty());
    folder.host.mono_ns += 1;
    folder.poll_all();

    CHECK(folder.event("recording.finished", recording));
    CHECK(folder.host.pushed.size() == 1);
}

TEST_CASE("a file that was open when it was listed is told as finished later") {
    Attached folder;
    folder.write(recording, "MEDIA video/h264|60|", 1);
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    REQUIRE_FALSE(folder.host.has(*folder.record(recording), OMBUD_KEY_END));

    folder.poll_all(); // it was closed, which inotify told

    CHECK(folder.event("recording.finished", recording));
}

TEST_CASE("a file that is moved into the tree is told as finished") {
    Attached folder;
    folder.write("../" + folder.root.filename().string() + "-outside.mp4", "MEDIA video/h264|60|", 0);
    const fs::path outside = folder.root.string() + "-outside.mp4";

    fs::rename(outside, folder.root / recording);
    folder.poll_all();

    CHECK(folder.event("recording.finished", recording));
}

TEST_CASE("a finished file that is replaced is told as changed") {
    Attached folder;
    const std::string old = "gate/2025-05-31/12-00-00.mp4";
    folder.write("gate/2025-05-31/.12-00-00.part", "MEDIA video/h264|59|", 0);
    fs::rename(folder.root / "gate/2025-05-31/.12-00-00.part", folder.root / old);

    folder.poll_all();

    CHECK(folder.event("recording.changed", old));
    CHECK(folder.host.pushed.size() == 1); // nothing about the hidden file
}

TEST_CASE("a file that is closed without having changed is not told again") {
    Attached folder;
    std::ofstream(folder.root / "gate/2025-05-31/12-00-00.mp4", std::ios::app); // opened for writing, nothing written

    folder.poll_all();

    CHECK(folder.host.pushed.empty());
}

TEST_CASE("a file that is deleted or moved away is told as gone") {
    Attached folder;
    folder.write(recording, "MEDIA video/h264|60|", 0);
    folder.poll_all();
    folder.host.pushed.clear();

    fs::remove(folder.root / "gate/2025-05-31/12-00-00.mp4");
    fs::rename(folder.root / recording, folder.root.string() + "-outside.mp4");
    folder.poll_all();

    const auto* gone = folder.event("recording.gone", "gate/2025-05-31/12-00-00.mp4");
    REQUIRE(gone);
    CHECK(folder.host.text(*gone, OMBUD_KEY_DEVICE) == "gate");
    CHECK(folder.event("recording.gone", recording));
    fs::remove(folder.root.string() + "-outside.mp4");
}

TEST_CASE("a file that comes and goes before it was told is never told") {
    Attached folder;
    std::ofstream(folder.root / recording) << "MEDIA video/h264|60|";
    fs::remove(folder.root / recording);

    folder.poll_all();

    CHECK(folder.host.pushed.empty());
}

TEST_CASE("what is made in a new folder before it can be watched is found") {
    Attached folder;
    for (int i = 0; i < 50; ++i) // all in one go: inotify tells of the outermost folders only
        folder.write("new" + std::to_string(i) + "/2025-06-01/12-00-00.mp4");

    folder.poll_all();
    folder.host.mono_ns += settle_ns;
    folder.poll_all();

    CHECK(folder.count("device.changed") == 50);
    CHECK(folder.count("recording.finished") == 50);
    folder.host.pushed.clear();
    folder.write("new7/2025-06-01/13-00-00.mp4", "MEDIA video/h264|60|", 0);
    folder.poll_all();
    CHECK(folder.count("recording.finished") == 1); // the new folders are watched
}

TEST_CASE("a camera's folder that goes is told, a day's is not") {
    Attached folder;
    fs::create_directories(folder.root / "yard/2025-06-01");
    folder.poll_all();
    folder.host.pushed.clear();

    fs::remove(folder.root / "yard/2025-06-01");
    folder.poll_all();
    CHECK(folder.host.pushed.empty());
    fs::remove(folder.root / "yard");
    folder.poll_all();

    REQUIRE(folder.count("device.gone") == 1);
    CHECK(folder.host.text(folder.host.pushed[0], OMBUD_KEY_DEVICE) == "yard");
}

TEST_CASE("a folder that is moved makes the connector ask to be opened and listed again") {
    Attached folder;
    fs::rename(folder.root / "gate/2025-05-31", folder.root / "gate/2025-05-30");

    CHECK(folder.plugin->poll(second_ns) == OMBUD_UNAVAILABLE);
    CHECK_THAT(folder.host.error, Catch::Contains("2025-05-31") && Catch::Contains("listed again"));

    REQUIRE(folder.plugin->open("") == OMBUD_OK);
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    CHECK(folder.record("gate/2025-05-30/12-00-00.mp4"));
    CHECK_FALSE(folder.record("gate/2025-05-31/12-00-00.mp4"));
}

TEST_CASE("more than inotify can hold makes the connector ask to be opened and listed again") {
    Attached folder;
    std::size_t queue = 16'384;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
    if (queue > 100'000)
        return;                                    // would only show how long this machine takes
    for (std::size_t i = 0; i <= queue / 2; ++i) { // made and removed: two or more events, of changing names
        const fs::path file = folder.root / "gate/2025-06-01" / std::to_string(i);
        std::ofstream(file.string());
        fs::remove(file);
    }

    ombud_status status = OMBUD_OK;
    for (std::size_t i = 0; i < queue && status == OMBUD_OK; ++i)
        status = folder.plugin->poll(0);

    CHECK(status == OMBUD_UNAVAILABLE);
    CHECK_THAT(folder.host.error, Catch::Contains("listed again"));
    CHECK(folder.plugin->open("") == OMBUD_OK);
}

TEST_CASE("a root that goes away is told as unavailable, and found again when it is back") {
    Attached folder;
    const fs::path away = folder.root.string() + "-away";
    fs::rename(folder.root, away);

    CHECK(folder.plugin->poll(second_ns) == OMBUD_UNAVAILABLE);
    CHECK(folder.plugin->open("") == OMBUD_UNAVAILABLE);
    CHECK_THAT(folder.host.error, Catch::Contains(folder.root.string()));

    fs::rename(away, folder.root);
    CHECK(folder.plugin->open("") == OMBUD_OK);
}

TEST_CASE("a host that takes no events now is told again by the listing after it") {
    Attached folder;
    folder.write(recording, "MEDIA video/h264|60|", 0);
    folder.host.push_status = OMBUD_UNAVAILABLE;

    CHECK(folder.plugin->poll(second_ns) == OMBUD_UNAVAILABLE);

    folder.host.push_status = OMBUD_OK;
    REQUIRE(folder.plugin->open("") == OMBUD_OK);
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    CHECK(folder.host.has(*folder.record(recording), OMBUD_KEY_END));
}
