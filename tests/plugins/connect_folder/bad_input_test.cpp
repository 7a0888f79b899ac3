#include "recordings.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace ombud::testing;
namespace fs = std::filesystem;

namespace {
const std::string recording = "gate/2025-06-01/12-00-00.mp4";

/// Without the rights of root while it lives, which would read everything.
class Unprivileged {
  public:
    explicit Unprivileged(const fs::path& root) : was_root_(geteuid() == 0) {
        if (!was_root_)
            return;
        REQUIRE(chown(root.c_str(), nobody, nobody) == 0);
        for (const auto& entry : fs::recursive_directory_iterator(root))
            REQUIRE(lchown(entry.path().c_str(), nobody, nobody) == 0);
        REQUIRE(setegid(nobody) == 0);
        REQUIRE(seteuid(nobody) == 0);
    }
    ~Unprivileged() {
        if (was_root_ && (seteuid(0) != 0 || setegid(0) != 0))
            abort();
    }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;

  private:
    static constexpr unsigned nobody = 65534;
    bool was_root_;
};
} // namespace

TEST_CASE("settings that cannot work are refused with their name and value") {
    struct Row {
        const char* name;
        Setting value;
        const char* says;
    };
    const Row rows[] = {
        {"options/root", std::string("recordings"), "\"recordings\" is no absolute path"},
        {"options/root", std::string(""), "no absolute path"},
        {"options/layout", std::string("{date}.mp4"), "options/layout: layout \"{date}.mp4\": no {camera}"},
        {"options/time-source", std::string("stars"), "\"stars\" is not auto, container or name"},
        {"options/time-zone", std::string("Mars/Olympus"), "options/time-zone"},
        {"options/time-zone", std::string("+99:00"), "options/time-zone"},
        {"options/settle", std::int64_t{0}, "options/settle: 0 s"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.name << row.says) {
            PluginHost host;
            host.settings = {{"options/root", std::string("/srv")}};
            host.settings[row.name] = row.value;

            CHECK(LoadedPlugin::try_create(CONNECT_FOLDER, host) != OMBUD_OK);

            CHECK_THAT(host.error, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a layout without times cannot be the source of times") {
    PluginHost host;
    host.settings = {{"options/root", std::string("/srv")},
                     {"options/layout", std::string("{camera}/{date}-{seq}.mp4")},
                     {"options/time-source", std::string("name")}};

    CHECK(LoadedPlugin::try_create(CONNECT_FOLDER, host) == OMBUD_INVALID_INPUT);
    CHECK_THAT(host.error, Catch::Contains("add {date} and {time}"));
}

TEST_CASE("a root that is not there is unavailable, and the message names it") {
    PluginHost host;
    host.settings = {{"options/root", std::string("/srv/no-such-recordings")}};
    LoadedPlugin plugin(CONNECT_FOLDER, host);
    REQUIRE(plugin.start() == OMBUD_OK);

    CHECK(plugin.open("") == OMBUD_UNAVAILABLE);

    CHECK_THAT(host.error, Catch::Contains("/srv/no-such-recordings: No such file or directory; is it mounted?"));
    CHECK(plugin.list(OMBUD_LIST_RECORDINGS) == OMBUD_UNAVAILABLE);
    CHECK(plugin.poll(0) == OMBUD_UNAVAILABLE);
}

TEST_CASE("a root that should be mounted and is not is unavailable, and not empty") {
    Recordings folder;
    folder.host.settings["options/own-mount"] = true;
    LoadedPlugin plugin(CONNECT_FOLDER, folder.host);
    REQUIRE(plugin.start() == OMBUD_OK);

    CHECK(plugin.open("") == OMBUD_UNAVAILABLE);
    CHECK_THAT(folder.host.error, Catch::Contains("no file system is mounted here"));
}

TEST_CASE("files of every sort are listed with what is wrong with them") {
    Recordings folder;
    folder.write("gate/2025-06-01/12-00-00.mp4", "");
    folder.write("gate/2025-06-01/13-00-00.mp4", "truncated");
    folder.write("gate/2025-06-01/notes.txt", "hello");
    folder.write("stray.mp4");
    folder.write("gate/2025-06-01/14-00-00.mp4", "MEDIA |60|");
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    REQUIRE(folder.host.put.size() == 5);
    CHECK(folder.host.text(*folder.record("gate/2025-06-01/12-00-00.mp4"), OMBUD_KEY_UNREADABLE) ==
          "the file is empty");
    CHECK(folder.host.has(*folder.record("gate/2025-06-01/13-00-00.mp4"), OMBUD_KEY_UNREADABLE));
    CHECK(folder.host.text(*folder.record("gate/2025-06-01/14-00-00.mp4"), OMBUD_KEY_UNREADABLE) ==
          "it holds no tracks");
    const auto* notes = folder.record("gate/2025-06-01/notes.txt");
    CHECK_THAT(folder.host.text(*notes, OMBUD_KEY_DETAIL), Catch::Contains("does not fit the layout"));
    CHECK(folder.host.text(*notes, OMBUD_KEY_DEVICE) == "gate");
    const auto* stray = folder.record("stray.mp4");
    CHECK_FALSE(folder.host.has(*stray, OMBUD_KEY_DEVICE));
    CHECK(folder.host.text(*stray, OMBUD_KEY_TRACKS) == "video/h264");
    CHECK(folder.host.text(*stray, OMBUD_KEY_TIME_SOURCE) == "file");
    CHECK(folder.host.breaches.empty());
}

TEST_CASE("names of any bytes are listed, told and deleted") {
    const std::string longest(255, 'x');
    struct Row {
        std::string name, id;
    };
    const Row rows[] = {
        {"two\nlines.mp4", "gate/two%0Alines.mp4"},
        {"latin\xE4.mp4", "gate/latin%E4.mp4"},
        {"100%.mp4", "gate/100%25.mp4"},
        {longest, "gate/" + longest},
        {" ", "gate/ "},
        {"-rf", "gate/-rf"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.id.substr(0, 30)) {
            Recordings folder;
            folder.write("gate/2025-06-01/12-00-00.mp4");
            folder.attach();
            folder.write("gate/" + row.name, "MEDIA video/h264|60|", 0);

            REQUIRE(folder.plugin->poll(second_ns) == OMBUD_OK);
            REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

            CHECK(folder.event("recording.finished", row.id));
            REQUIRE(folder.record(row.id));
            CHECK(folder.host.i64(*folder.record(row.id), OMBUD_KEY_LOCKED) == 0);
            CHECK(folder.plugin->act(OMBUD_ACTION_DELETE_RECORDING, row.id).outcome == OMBUD_OUTCOME_DONE);
            CHECK_FALSE(fs::exists(folder.root / "gate" / row.name));
            CHECK(folder.host.breaches.empty());
        }
    }
}

TEST_CASE("a path that is not UTF-8 is no path, and its media is not looked into") {
    Recordings folder;
    folder.write("gate/latin\xE4.mp4");
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK_FALSE(folder.host.has(folder.host.put.at(0), OMBUD_KEY_PATH));
    CHECK(folder.host.text(folder.host.put.at(0), OMBUD_KEY_UNREADABLE) == "its name is not UTF-8");
    CHECK(folder.host.probes == 0);
}

TEST_CASE("symbolic links are passed over, wherever they lead") {
    Recordings folder;
    folder.write(recording);
    fs::create_directory_symlink("/etc", folder.root / "etc");
    fs::create_directory_symlink("..", folder.root / "gate/loop");
    fs::create_symlink("/etc/hostname", folder.root / "gate/2025-06-01/13-00-00.mp4");
    REQUIRE(mkfifo((folder.root / "gate/2025-06-01/14-00-00.mp4").c_str(), 0600) == 0);
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK(folder.host.put.size() == 1);
    REQUIRE(folder.plugin->list(OMBUD_LIST_DEVICES) == OMBUD_OK);
    CHECK(folder.host.put.size() == 1);
}

TEST_CASE("a folder that cannot be read makes the listing incomplete, and says so") {
    Recordings folder;
    folder.write(recording);
    folder.write("yard/2025-06-01/12-00-00.mp4");
    const Unprivileged unprivileged(folder.root);
    folder.attach();
    fs::permissions(folder.root / "yard", fs::perms::none);

    CHECK(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_UNAVAILABLE);

    CHECK_THAT(folder.host.error, Catch::Contains("/yard: Permission denied") && Catch::Contains("incomplete"));
    CHECK(folder.plugin->open("") == OMBUD_UNAVAILABLE);
    fs::permissions(folder.root / "yard", fs::perms::owner_all);
    CHECK(folder.plugin->open("") == OMBUD_OK);
    CHECK(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    CHECK(folder.host.put.size() == 2);
}

TEST_CASE("a folder that cannot be read, and that no recording fits in, is passed over") {
    Recordings folder;
    folder.write(recording);
    fs::create_directories(folder.root / "gate/lost+found");
    const Unprivileged unprivileged(folder.root);
    fs::permissions(folder.root / "gate/lost+found", fs::perms::none);
    folder.attach();

    CHECK(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    CHECK(folder.host.put.size() == 1);
}

TEST_CASE("a file that cannot be read is listed as such, and looked into again when it can") {
    Recordings folder;
    folder.write(recording);
    const Unprivileged unprivileged(folder.root);
    fs::permissions(folder.root / recording, fs::perms::none);
    folder.attach();
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    CHECK(folder.host.text(*folder.record(recording), OMBUD_KEY_UNREADABLE) == "Permission denied");

    fs::permissions(folder.root / recording, fs::perms::owner_all); // changes neither its size nor its time
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK_FALSE(folder.host.has(*folder.record(recording), OMBUD_KEY_UNREADABLE));
}

TEST_CASE("a file that changes while it is looked into is open, and told when it settles") {
    Recordings folder;
    folder.write(recording);
    const auto look = folder.host.probe;
    folder.host.probe = [&](const std::string& path) {
        const auto reply = look(path);
        std::ofstream(path, std::ios::app) << "more";
        return reply;
    };
    folder.attach();
    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);
    CHECK_FALSE(folder.host.has(*folder.record(recording), OMBUD_KEY_END));

    folder.host.probe = look;
    REQUIRE(folder.plugin->poll(0) == OMBUD_OK);

    CHECK(folder.event("recording.finished", recording));
}

TEST_CASE("a hidden file is a writer's own for an hour, and listed from then on") {
    Recordings folder;
    folder.write("gate/2025-06-01/.part", "x", 3599);
    folder.write("gate/2025-06-01/.left-behind", "x", 3600);
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    REQUIRE(folder.host.put.size() == 1);
    CHECK(folder.record("gate/2025-06-01/.left-behind"));
}

TEST_CASE("a file of a time far ahead or before 1970 is listed") {
    Recordings folder;
    folder.write(recording, "MEDIA video/h264|60|", -1'000'000'000);
    folder.write("gate/2025-06-01/13-00-00.mp4", "MEDIA video/h264|60|", 1'800'000'000);
    folder.attach();

    REQUIRE(folder.plugin->list(OMBUD_LIST_RECORDINGS) == OMBUD_OK);

    CHECK(folder.host.put.size() == 2);
    CHECK(folder.host.has(*folder.record(recording), OMBUD_KEY_END));
}

TEST_CASE("a tree deeper than can be is refused, and not half listed") {
    Recordings folder;
    std::string deep = "gate";
    for (int i = 0; i < 40; ++i)
        deep += "/d";
    fs::create_directories(folder.root / deep);
    LoadedPlugin plugin(CONNECT_FOLDER, folder.host);
    REQUIRE(plugin.start() == OMBUD_OK);

    CHECK(plugin.open("") == OMBUD_UNAVAILABLE);
    CHECK_THAT(folder.host.error, Catch::Contains("deeper than 32 folders"));
}
