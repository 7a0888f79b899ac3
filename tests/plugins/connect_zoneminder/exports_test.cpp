#include "access_log.hpp"
#include "coverage.hpp"
#include "exports.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>

namespace ombud::zoneminder {
namespace {
namespace fs = std::filesystem;

using Sessions = std::optional<std::vector<WebSession>>;

void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::app) << text;
}

/// A folder as ZoneMinder leaves it.
struct Exported {
    TempFolder folder;
    fs::path exports = folder.path / "exports";
    fs::path recordings = folder.path / "events";

    Exported() {
        fs::create_directories(exports);
        fs::create_directories(recordings / "5");
        write(recordings / "5/5-video.mp4", "evidence");
    }
    void make(const std::string& root, const std::string& format = "zip") {
        fs::create_directories(exports / root / "5");
        fs::create_symlink(recordings / "5/5-video.mp4", exports / root / "5/5-video.mp4");
        write(exports / root / "zmFileList.txt", "list");
        write(exports / root / "zmEventImagesMaster.html", "page");
        write(exports / (root + "." + format), "copy");
    }
    ExportsFolder open() {
        auto opened = ExportsFolder::open(exports);
        REQUIRE(opened);
        return std::move(*opened);
    }
};

std::uint64_t names_removed(ExportsFolder& folder, const std::string& name) {
    const auto removed = folder.remove(name);
    REQUIRE(removed);
    return *removed;
}

std::vector<std::string> read(AccessLog& log) {
    auto lines = log.read();
    REQUIRE(lines);
    return *lines;
}
using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("an act is laid to somebody only when nobody else can have done it", "[exports]") {
    LoggedAct by_token, by_session, by_download, by_hash;
    by_token.who = LoggedAct::Who::named;
    by_token.user = "anna";
    by_download.by_download = true;
    by_hash.who = LoggedAct::Who::unknown;
    struct Case {
        const char* behaviour;
        const LoggedAct* line;
        Sessions sessions;
        std::string user;
    };
    const Case cases[] = {
        {"a token's user, whoever else was there", &by_token, {{{"ben", true}, {"carla", true}}}, "anna"},
        {"the one session there was", nullptr, {{{"ben", false}}}, "ben"},
        {"two sessions of one person", nullptr, {{{"ben", false}, {"ben", true}}}, "ben"},
        {"two persons without a line", nullptr, {{{"ben", true}, {"carla", false}}}, ""},
        {"of two, the one whose session ever exported", &by_session, {{{"ben", true}, {"carla", false}}}, "ben"},
        {"of two, both exported before", &by_session, {{{"ben", true}, {"carla", true}}}, ""},
        {"a download leaves no mark in the session", &by_download, {{{"ben", true}, {"carla", false}}}, ""},
        {"a session of nobody may be a token's", nullptr, {{{"ben", false}, {"", false}}}, ""},
        {"a session of nobody alone", nullptr, {{{"", false}}}, ""},
        {"no session", nullptr, std::vector<WebSession>{}, ""},
        {"a hash in the address, one session", &by_hash, {{{"ben", true}}}, ""},
        {"sessions that could not be read", nullptr, std::nullopt, ""},
    };
    for (const Case& row : cases) {
        DYNAMIC_SECTION(row.behaviour) {
            const Doer doer = doer_of({row.line, &row.sessions, "not looked at"});

            CHECK(doer.user == row.user);
            CHECK(doer.detail.empty() == !row.user.empty());
        }
    }
}

TEST_CASE("the folder tells what begins, is written, read and gone", "[exports]") {
    Exported stage;
    ExportsFolder folder = stage.open();
    stage.make("zmExport_1");
    std::ifstream(stage.exports / "zmExport_1.zip").get();
    write(stage.exports / "ziAbCdEf", "x");
    fs::rename(stage.exports / "ziAbCdEf", stage.exports / "zmExport_2.zip");
    fs::remove(stage.exports / "zmExport_2.zip");

    auto notices = folder.notices();

    REQUIRE(notices);
    const auto has = [&](ExportNotice::Kind kind, const std::string& name) {
        return std::any_of(notices->begin(), notices->end(),
                           [&](const ExportNotice& notice) { return notice.kind == kind && notice.name == name; });
    };
    CHECK(has(ExportNotice::Kind::begun, "zmExport_1"));
    CHECK(has(ExportNotice::Kind::written, "zmExport_1.zip"));
    CHECK(has(ExportNotice::Kind::read, "zmExport_1.zip"));
    CHECK(has(ExportNotice::Kind::written, "zmExport_2.zip"));
    CHECK(has(ExportNotice::Kind::gone, "zmExport_2.zip"));
    fs::remove_all(stage.exports);
    CHECK(folder.notices().error().code == ErrorCode::not_found);
}

TEST_CASE("an export's links tell its recordings and what they hold", "[exports]") {
    Exported stage;
    stage.make("zmExport_1", "tar.gz");
    fs::create_directories(stage.exports / "zmExport_1/17");
    write(stage.exports / "zmExport_1/17/00001-capture.jpg", "");
    fs::create_directories(stage.exports / "zmExport_1/not a number");
    fs::create_directories(stage.exports / "elsewhere/99");
    fs::create_symlink(stage.exports / "elsewhere", stage.exports / "linked");
    const ExportsFolder folder = stage.open();

    const ExportContent content = folder.content("zmExport_1");

    CHECK(content.recordings == std::vector<std::uint64_t>{5, 17});
    CHECK((content.has_mp4 && content.has_jpeg && !content.has_avi));
    CHECK(folder.content("linked").recordings.empty());
    CHECK(folder.content("../exports/zmExport_1").recordings.empty());
    CHECK(folder.entries()->found.size() == 3); // archive, its links, and the folder elsewhere; no link
}

TEST_CASE("an archive goes with its links, dangling ones too, and no recording", "[exports]") {
    Exported stage;
    stage.make("zmExport_1");
    stage.make("zmExport_2", "tar");
    fs::create_symlink(stage.recordings / "gone.mp4", stage.exports / "zmExport_1/5/6-video.mp4");
    fs::create_directory_symlink(stage.recordings / "5", stage.exports / "zmExport_1/linked");
    ExportsFolder folder = stage.open();

    CHECK(names_removed(folder, "zmExport_1.zip") == 8);
    CHECK(names_removed(folder, "zmExport_1.zip") == 0);

    CHECK_FALSE(fs::exists(stage.exports / "zmExport_1.zip"));
    CHECK_FALSE(fs::exists(stage.exports / "zmExport_1"));
    CHECK(fs::exists(stage.exports / "zmExport_2.tar"));
    CHECK(fs::exists(stage.recordings / "5/5-video.mp4"));
}

TEST_CASE("nothing is removed outside of the folder, through a link, or that is no link", "[exports]") {
    Exported stage;
    stage.make("zmExport_1");
    fs::create_directory_symlink(stage.recordings, stage.exports / "zmExport_3");
    write(stage.exports / "zmExport_3.zip", "copy");
    write(stage.exports / "zmExport_1/5/only-copy.mp4", "evidence");
    ExportsFolder folder = stage.open();

    for (const char* name : {"..", ".", "", "../events", "zmExport_1/5", "zmExport_1.zip", "zmExport_1", "zmExport_3"}) {
        CAPTURE(name);
        const auto removed = folder.remove(name);
        REQUIRE_FALSE(removed);
        CHECK(removed.error().code == ErrorCode::refused);
    }
    CHECK(names_removed(folder, "zmExport_3.zip") == 1); // the archive, and not what a link leads to

    CHECK(fs::exists(stage.exports / "zmExport_1.zip"));
    CHECK(fs::exists(stage.exports / "zmExport_1/5/5-video.mp4"));
    CHECK(fs::exists(stage.recordings / "5/5-video.mp4"));
}

TEST_CASE("an export's id is plain text for any name, and leads back to that name alone", "[exports]") {
    CHECK(export_id_of("zmExport_1.tar.gz") == "zmExport_1.tar.gz");
    CHECK(export_id_of("a b\n\xFF%.zip") == "a%20b%0A%FF%25.zip");
    for (const std::string& name : {std::string("zmExport_1.zip"), std::string("a b\n\xFF%.zip"), std::string("..zip")})
        CHECK(name_of_export(export_id_of(name)) == name);
    for (const char* id : {"", ".", "..", "a%2Fb.zip", "%2E%2E", "a/b", "%4", "%zz", "a b", "%41", "%-1", "a%00b"}) {
        CAPTURE(id);
        CHECK(name_of_export(id).empty());
    }
    for (const std::string& path : {std::string("../events/x_1.zip"), std::string("video/17/a b.mp4")}) {
        CHECK(path_of_elsewhere(export_id_of(path)) == path);
        CHECK(name_of_export(export_id_of(path)).empty());
    }
    for (const char* id : {"", "zmExport_1.zip", "a/b", "..", "a%2fb", "a%2Fb%00"}) {
        CAPTURE(id);
        CHECK_FALSE(is_elsewhere(id));
    }
    CHECK(root_of("zmExport_1.tar.gz") == "zmExport_1");
    CHECK(root_of("zmExport_1.tar") == "zmExport_1");
    CHECK(root_of(".zip").empty());
    CHECK(root_of("zmExport_1").empty());
}

TEST_CASE("ZoneMinder's log tells which video of which recording is encoded, and nothing else", "[exports]") {
    const auto video = encoded_video_of("Creating video file Event-17-r1-s1.mp4 for event 17");
    REQUIRE(video);
    CHECK(video->recording == 17);
    CHECK(video->file == "Event-17-r1-s1.mp4");
    const auto named = encoded_video_of("Creating video file a_for event 3-r1-s1.avi for event 18");
    REQUIRE(named);
    CHECK(named->recording == 18);
    CHECK(named->file == "a_for event 3-r1-s1.avi");
    for (const char* message : {"", "Creating video file ", "Creating video file  for event 17", "Creating video file a.mp4 for event ",
                                "Creating video file a.mp4 for event 0", "Creating video file a.mp4 for event 17x",
                                "Creating video file a.mp4 for event -1", "Creating video file a.mp4 for event 99999999999999999999",
                                "Creating video file ../../etc/a.mp4 for event 17", " Creating video file a.mp4 for event 17"}) {
        CAPTURE(message);
        CHECK_FALSE(encoded_video_of(message));
    }
    CHECK_FALSE(encoded_video_of(std::string("Creating video file a\0b for event 17", 37)));
}

TEST_CASE("the log is followed through rotation, truncation and an absence", "[access-log]") {
    const TempFolder folder;
    const fs::path file = folder.path / "access.log";
    AccessLog missing(file, std::nullopt);
    CHECK(missing.read().error().code == ErrorCode::not_found);
    write(file, "old\n");
    AccessLog log(file, std::nullopt);
    CHECK(read(log).empty());

    SECTION("a line comes when it is whole") {
        write(file, "on");
        CHECK(read(log).empty());
        write(file, "e\ntwo\nthr");
        CHECK(read(log) == Lines{"one", "two"});
    }
    SECTION("rotated: both files are read, also what comes late in the first") {
        write(file, "one\n");
        fs::rename(file, folder.path / "access.log.1");
        write(file, "three\n");
        CHECK(read(log) == Lines{"one"});
        CHECK(read(log).empty()); // goes over to the other
        write(folder.path / "access.log.1", "two\n");
        CHECK(read(log) == Lines{"two", "three"});
    }
    SECTION("emptied in place") {
        write(file, "a longer line\n");
        CHECK(read(log) == Lines{"a longer line"});
        fs::resize_file(file, 0);
        write(file, "one\n");
        CHECK(read(log) == Lines{"one"});
    }
    SECTION("away, and nothing was rotated") {
        const auto place = log.place();
        write(file, "one\n");
        AccessLog again(file, place);
        CHECK(read(again) == Lines{"one"});
        CHECK_FALSE(again.take_gap());
    }
    SECTION("away, and rotated once") {
        const auto place = log.place();
        write(file, "one\n");
        fs::rename(file, folder.path / "access.log.1");
        write(file, "two\n");
        AccessLog again(file, place);
        CHECK(read(again) == Lines{"one"});
        CHECK(read(again).empty());
        CHECK(read(again) == Lines{"two"});
        CHECK_FALSE(again.take_gap());
    }
    SECTION("away, and rotated out of reach: a gap") {
        auto place = log.place();
        ++place.inode;
        AccessLog again(file, place);
        CHECK(read(again) == Lines{"old"});
        CHECK(again.take_gap());
        CHECK_FALSE(again.take_gap());
    }
    SECTION("a line without an end takes no memory, and the next one is read") {
        for (int i = 0; i < 40; ++i) {
            write(file, std::string(line_bytes_max / 2, 'x'));
            CHECK(read(log).empty());
        }
        write(file, "\none\n");
        CHECK(read(log) == Lines{"one"});
    }
}

TEST_CASE("coverage of exports says what is set, and what cannot be read", "[exports]") {
    const auto of = [](const ExportReach& exports, const std::string& control) {
        for (const Reach& reach : reach_of(FeedKind::outbox, true, exports, false))
            if (reach.control == control)
                return reach;
        return Reach{};
    };
    CHECK(of({}, "EXP-1").level == sdk::Coverage::blind);
    CHECK_THAT(of({}, "EXP-1").note, Catch::Contains("exports-dir is not set"));
    CHECK(of({true, true, "no such folder", "", "", ""}, "EXP-11").level == sdk::Coverage::blind);
    CHECK_THAT(of({true, true, "no such folder", "", "", ""}, "ACC-4").note, Catch::Contains("no such folder"));
    CHECK(of({true, false, "", "", "", ""}, "EXP-1").level == sdk::Coverage::observable);
    CHECK_THAT(of({true, false, "", "", "", ""}, "EXP-1").note, Catch::Contains("access-log is not set"));
    CHECK_THAT(of({true, true, "", "denied", "", ""}, "EXP-9").note, Catch::Contains("denied"));
    CHECK(of({true, true, "", "", "", ""}, "EXP-11").level == sdk::Coverage::correctable);
    CHECK_THAT(of({true, true, "", "", "", ""}, "EXP-1").note,
               Catch::Contains("outside of it when a GET made them") && Catch::Contains("storage areas") && Catch::Contains("encoded videos when") &&
                   Catch::Contains("a crafted POST makes anywhere else"));
    CHECK_THAT(of({true, true, "", "denied", "run it anew", ""}, "EXP-1").note,
               Catch::Contains("crafted request makes anywhere else") && Catch::Contains("nor encoded videos: run it anew"));
    CHECK_THAT(of({true, true, "", "", "", "/var/zm: denied"}, "EXP-1").note, Catch::Contains("nor all that lie nearby: /var/zm: denied"));
    for (const char* control : {"EXP-1", "EXP-2", "EXP-9", "EXP-11", "ACC-4", "PUSH-5"}) {
        const auto reach = reach_of(FeedKind::outbox, true, {}, true);
        CHECK(std::count_if(reach.begin(), reach.end(), [&](const Reach& one) { return one.control == std::string(control); }) == 1);
    }
}

} // namespace ombud::zoneminder
