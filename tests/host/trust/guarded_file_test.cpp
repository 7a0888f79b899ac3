#include "plugin_runtime/guarded_file.hpp"

#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <unistd.h>

namespace ombud {
namespace {

namespace fs = std::filesystem;

struct Place {
    TempFolder top;
    fs::path middle = top / "middle", folder = middle / "folder", file = folder / "file";

    Place() {
        fs::create_directories(folder);
        std::ofstream(file) << "content";
    }
    Result<std::string> read() const { return read_guarded_text(file, 100, "a test's file"); }
};

TEST_CASE("a file that nobody else could change is read whole", "[guarded_file]") {
    const Place place;

    CHECK(place.read() == "content");
}

TEST_CASE("each folder on the way to a file keeps others out", "[guarded_file]") {
    const Place place;
    SECTION("its own") { fs::permissions(place.folder, fs::perms(0770)); }
    SECTION("one above") { fs::permissions(place.middle, fs::perms(0707)); }

    const auto read = place.read();

    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::refused);
    CHECK_THAT(read.error().message, Catch::Contains("writable by group or others"));
}

TEST_CASE("a link among the folders is followed when its target keeps others out, too", "[guarded_file]") {
    const Place place;
    fs::create_symlink("middle/folder", place.top / "link");

    CHECK(read_guarded_text(place.top / "link" / "file", 100, "a test's file") == "content");
    fs::permissions(place.middle, fs::perms(0777));
    CHECK_FALSE(read_guarded_text(place.top / "link" / "file", 100, "a test's file"));
}

TEST_CASE("links that lead in a circle are refused", "[guarded_file]") {
    const TempFolder top;
    fs::create_symlink("b", top / "a");
    fs::create_symlink("a", top / "b");

    CHECK_FALSE(check_guarded_folder(top / "a", "a test's folder"));
}

TEST_CASE("a link of somebody else among the folders is refused", "[guarded_file]") {
    if (::geteuid() != 0) {
        WARN("only root can give links away: not tried");
        return;
    }
    const Place place;
    fs::create_symlink("middle", place.top / "link");
    REQUIRE(::lchown((place.top / "link").c_str(), 12'345, 0) == 0);

    const auto read = read_guarded_text(place.top / "link" / "folder" / "file", 100, "a test's file");

    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, Catch::Contains("belongs to user 12345"));
}

TEST_CASE("a file that is empty or too large is refused with its size", "[guarded_file]") {
    const Place place;
    SECTION("empty") { std::ofstream(place.file) << ""; }
    SECTION("too large") { std::ofstream(place.file) << std::string(101, 'x'); }

    const auto read = place.read();

    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::invalid_input);
    CHECK_THAT(read.error().message, Catch::Contains("a test's file has 1 to 100"));
}

} // namespace
} // namespace ombud
