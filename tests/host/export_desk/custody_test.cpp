// Files are taken over so that nobody can change them.
#include "gates/export/custody.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "media/recording_file.hpp"
#include "temp_folder.hpp"

namespace ombud::exports {
namespace {

using Catch::Contains;

const auto go_on = [] { return true; };

struct Desk {
    TempFolder folder;
    std::filesystem::path source = folder / "recording.mp4", target = folder.path() / "hold" / "0";
    Giver me{::geteuid()};
    Desk() {
        std::ofstream(source) << "some video";
        REQUIRE(make_private_folder(folder / "hold"));
    }
    static std::string read(const std::filesystem::path& file) {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    HeldFile looked() {
        auto file = look_at(source, me);
        if (!file)
            FAIL(file.error().message);
        return *file;
    }
};

TEST_CASE("a file is moved, and is the host's alone", "[export][custody]") {
    Desk desk;

    REQUIRE(take_over(desk.looked(), desk.me, desk.target, {}, go_on));

    CHECK_FALSE(std::filesystem::exists(desk.source));
    CHECK(Desk::read(desk.target) == "some video");
    struct stat status {};
    REQUIRE(::stat(desk.target.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0400);
    CHECK(status.st_uid == ::geteuid());
    REQUIRE(::stat(desk.target.parent_path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("what could be changed behind the desk's back is refused", "[export][custody]") {
    Desk desk;
    struct Row {
        const char* behaviour;
        std::function<std::filesystem::path()> make;
        const char* says;
    };
    const Row rows[] = {
        {"a hard link", [&] { std::filesystem::create_hard_link(desk.source, desk.folder / "other"); return desk.source; }, "2 names (hard links)"},
        {"a symbolic link", [&] { std::filesystem::create_symlink(desk.source, desk.folder / "link"); return desk.folder / "link"; }, "link"},
        {"a folder", [&] { return desk.folder.path(); }, ""},
        {"a pipe", [&] { REQUIRE(::mkfifo((desk.folder / "pipe").c_str(), 0600) == 0); return desk.folder / "pipe"; }, "pipe"},
        {"nothing in it", [&] { std::ofstream give(desk.folder / "empty"); return desk.folder / "empty"; }, "empty"},
        {"a path that starts nowhere", [] { return std::filesystem::path("recording.mp4"); }, "no absolute path"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto file = look_at(row.make(), desk.me);

            REQUIRE_FALSE(file);
            CHECK(file.error().code == ErrorCode::refused);
            CHECK_THAT(file.error().message, Contains(row.says));
        }
    }
}

TEST_CASE("a file that is written to waits for its writer", "[export][custody]") {
    Desk desk;
    const HeldFile file = desk.looked();
    media::Fd writer(::open(desk.source.c_str(), O_WRONLY | O_CLOEXEC));

    const auto looked = look_at(desk.source, desk.me);
    const auto taken = take_over(file, desk.me, desk.target, {}, go_on);

    REQUIRE_FALSE(looked);
    CHECK(looked.error().code == ErrorCode::unavailable);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == ErrorCode::unavailable);
    CHECK(std::filesystem::exists(desk.source));
    CHECK_FALSE(std::filesystem::exists(desk.target));
}

TEST_CASE("a file that was written to after it was looked at is refused", "[export][custody]") {
    Desk desk;
    const HeldFile file = desk.looked();
    std::ofstream(desk.source, std::ios::app) << ", and more";

    const auto taken = take_over(file, desk.me, desk.target, {}, go_on);

    REQUIRE_FALSE(taken);
    CHECK_THAT(taken.error().message, Contains("was written to since"));
    CHECK(Desk::read(desk.source) == "some video, and more");
}

TEST_CASE("another's file is told like one that is not there", "[export][custody]") {
    if (::geteuid() != 0)
        return; // needs root, to make one
    Desk desk;
    REQUIRE(::chown(desk.source.c_str(), 65534, 65534) == 0);

    const auto theirs = look_at(desk.source, Giver{65534});
    const auto anothers = look_at(desk.source, Giver{65533});
    const auto folder = look_at(desk.folder.path(), Giver{65533});
    std::filesystem::remove(desk.source);
    const auto none = look_at(desk.source, Giver{65533});

    CHECK(theirs);
    REQUIRE_FALSE(anothers);
    REQUIRE_FALSE(folder);
    REQUIRE_FALSE(none);
    CHECK(anothers.error().code == ErrorCode::not_found);
    CHECK(none.error().code == anothers.error().code);
    CHECK(none.error().message == anothers.error().message);
    CHECK_THAT(folder.error().message, Contains("there is no file of this account here"));
}

TEST_CASE("what is wrong with one's own file is told to its owner", "[export][custody]") {
    if (::geteuid() != 0)
        return;
    Desk desk;
    const auto own = desk.folder.path() / "own";
    const char* says = "";
    SECTION("a link") {
        std::filesystem::create_symlink("/etc/passwd", own);
        says = "symbolic link";
    }
    SECTION("a folder") {
        std::filesystem::create_directory(own);
        says = "no plain file";
    }
    SECTION("nothing in it") {
        std::ofstream(own).flush();
        says = "empty";
    }
    REQUIRE(::lchown(own.c_str(), 65534, 65534) == 0);

    const auto looked = look_at(own, Giver{65534});

    REQUIRE_FALSE(looked);
    CHECK_THAT(looked.error().message, Contains(says));
}

TEST_CASE("a descriptor from before writes nowhere", "[export][custody]") {
    if (::geteuid() != 0)
        return;
    Desk desk;
    REQUIRE(::chown(desk.source.c_str(), 65534, 65534) == 0);
    REQUIRE(::chmod(desk.folder.path().c_str(), 0755) == 0);
    const media::Fd before(::open(desk.source.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(take_over(*look_at(desk.source, Giver{65534}), Giver{65534}, desk.target, {}, go_on));

    // As its former owner, through what is open already.
    REQUIRE(::seteuid(65534) == 0);
    const int again = ::open(("/proc/self/fd/" + std::to_string(before.get())).c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::seteuid(0) == 0);

    CHECK(again < 0);
}

TEST_CASE("a move that was interrupted is brought to its end", "[export][custody]") {
    Desk desk;
    const HeldFile file = desk.looked();
    SECTION("after the rename") {
        std::filesystem::rename(desk.source, desk.target);
        REQUIRE(take_over(file, desk.me, desk.target, {}, go_on));
    }
    SECTION("after a copy, before the original went") {
        std::filesystem::copy_file(desk.source, desk.target);
        REQUIRE(take_over(file, desk.me, desk.target, {}, go_on));
    }
    SECTION("after the rename, and somebody writes to it still") {
        const media::Fd writer(::open(desk.source.c_str(), O_WRONLY | O_CLOEXEC));
        std::filesystem::rename(desk.source, desk.target);
        REQUIRE(take_over(file, desk.me, desk.target, {}, go_on));
        CHECK(::pwrite(writer.get(), "OTHER", 5, 0) == 5);
    }
    CHECK_FALSE(std::filesystem::exists(desk.source));
    CHECK(Desk::read(desk.target) == "some video");
}

TEST_CASE("from another file system it is copied, and the original removed", "[export][custody]") {
    if (::access("/dev/shm", W_OK) != 0)
        return;
    Desk desk;
    const std::filesystem::path shm = "/dev/shm/ombud-custody-" + std::to_string(::getpid());
    std::filesystem::create_directory(shm);
    desk.source = shm / "recording.mp4";
    std::ofstream(desk.source) << "from memory";
    struct stat here {}, there {};
    REQUIRE((::stat(shm.c_str(), &here) == 0 && ::stat(desk.folder.path().c_str(), &there) == 0));
    if (here.st_dev != there.st_dev) {
        SECTION("to its end") {
            REQUIRE(take_over(desk.looked(), desk.me, desk.target, {}, go_on));
            CHECK(Desk::read(desk.target) == "from memory");
            CHECK_FALSE(std::filesystem::exists(desk.source));
        }
        SECTION("stopped, it is as it was") {
            const auto taken = take_over(desk.looked(), desk.me, desk.target, {}, [] { return false; });
            REQUIRE_FALSE(taken);
            CHECK(taken.error().code == ErrorCode::cancelled);
            CHECK(Desk::read(desk.source) == "from memory");
            CHECK(std::filesystem::is_empty(desk.target.parent_path()));
        }
    }
    std::filesystem::remove_all(shm);
}

} // namespace
} // namespace ombud::exports
