#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "media/quarantine.hpp"
#include "recordings.hpp"

namespace ombud::media::test {

namespace {

/// A damaged recording and two quarantines: on its own file system, and on another where there is one.
struct Ward {
    Scratch scratch{"mp4"};
    TempDirectory here;
    TempDirectory elsewhere{fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()};
    FakeClock clock{1'700'000'000'123'456'789};
};

} // namespace

TEST_CASE("a quarantined file has left its place and can be put back as it was", "[media]") {
    Ward ward;
    for (const bool is_near : {true, false}) {
        DYNAMIC_SECTION((is_near ? "same file system" : "another file system")) {
            const fs::path directory = is_near ? ward.here.path() : ward.elsewhere.path();
            REQUIRE(::chmod(ward.scratch.file().c_str(), 0640) == 0);
            const ByteString before = read_file(ward.scratch.file());

            const auto moved = quarantine(ward.scratch.file(), directory, "truncated at byte 7", ward.clock);

            REQUIRE(moved);
            CHECK(*moved == directory / ward.scratch.file().filename());
            CHECK_FALSE(fs::exists(ward.scratch.file()));
            CHECK(read_file(*moved) == before);
            const auto note = read_note(*moved);
            REQUIRE(note);
            CHECK(note->original_path == ward.scratch.file());
            CHECK(note->reason == "truncated at byte 7");
            CHECK(note->quarantined_utc_ns == 1'700'000'000'123'456'789);
            CHECK(note->size_bytes == before.size());
            CHECK(note->sha256 == signing::sha256(before));

            const auto back = restore(*moved);

            REQUIRE(back);
            CHECK(*back == ward.scratch.file());
            CHECK(read_file(*back) == before);
            struct stat status {};
            REQUIRE(::stat(back->c_str(), &status) == 0);
            CHECK((status.st_mode & 07777) == 0640);
            CHECK(fs::is_empty(directory));
        }
    }
}

TEST_CASE("a name that is taken in the quarantine gets a number", "[media]") {
    Ward ward;
    write_file(ward.here.path() / ward.scratch.file().filename(), {1, 2, 3});

    const auto moved = quarantine(ward.scratch.file(), ward.here.path(), "damaged", ward.clock);

    REQUIRE(moved);
    CHECK(moved->filename() == ward.scratch.file().filename().string() + ".1");
    CHECK(read_file(ward.here.path() / ward.scratch.file().filename()) == ByteString{1, 2, 3});
}

TEST_CASE("restoring never overwrites what has the name now", "[media]") {
    Ward ward;
    const auto moved = quarantine(ward.scratch.file(), ward.here.path(), "damaged", ward.clock);
    REQUIRE(moved);
    write_file(ward.scratch.file(), {9});

    const auto back = restore(*moved);

    REQUIRE_FALSE(back);
    CHECK(back.error().code == ErrorCode::refused);
    CHECK(read_file(ward.scratch.file()) == ByteString{9});
    CHECK(fs::exists(*moved));
}

TEST_CASE("a file that changed in quarantine stays there", "[media]") {
    Ward ward;
    const auto moved = quarantine(ward.scratch.file(), ward.here.path(), "damaged", ward.clock);
    REQUIRE(moved);
    ByteString bytes = read_file(*moved);
    bytes[100] ^= 1;
    write_file(*moved, bytes);

    const auto back = restore(*moved);

    REQUIRE_FALSE(back);
    CHECK(back.error().code == ErrorCode::corrupt);
    CHECK(fs::exists(*moved));
}

TEST_CASE("an empty file can be quarantined", "[media]") {
    Ward ward;
    write_file(ward.scratch.file(), {});

    const auto moved = quarantine(ward.scratch.file(), ward.here.path(), "is empty", ward.clock);

    REQUIRE(moved);
    CHECK(fs::file_size(*moved) == 0);
}

TEST_CASE("what cannot be quarantined stays where it is", "[media]") {
    Ward ward;

    SECTION("a symbolic link") {
        const fs::path link = ward.scratch.folder() / "link.mp4";
        fs::create_symlink(ward.scratch.file(), link);
        const auto moved = quarantine(link, ward.here.path(), "x", ward.clock);
        REQUIRE_FALSE(moved);
        CHECK(moved.error().code == ErrorCode::refused);
        CHECK(fs::is_symlink(link));
    }
    SECTION("a quarantine that is not there") {
        const auto moved = quarantine(ward.scratch.file(), ward.here.path() / "nowhere", "x", ward.clock);
        REQUIRE_FALSE(moved);
        CHECK(moved.error().code == ErrorCode::not_found);
        CHECK(fs::exists(ward.scratch.file()));
    }
    SECTION("a note that is not one") {
        write_file(ward.here.path() / "a.mp4", {1});
        write_file(ward.here.path() / "a.mp4.json", {'{', '}'});
        const auto back = restore(ward.here.path() / "a.mp4");
        REQUIRE_FALSE(back);
        CHECK(back.error().code == ErrorCode::invalid_input);
    }
}

} // namespace ombud::media::test
