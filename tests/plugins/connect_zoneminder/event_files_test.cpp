#include "event_files.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace ombud::zoneminder;
namespace fs = std::filesystem;

namespace {

EventRow row(std::uint64_t id, Scheme scheme, const std::string& start = "2026-11-22 07:36:51") {
    EventRow event;
    event.id = id;
    event.monitor = 3;
    event.area = 1;
    event.scheme = scheme;
    event.start_local = start;
    return event;
}

struct Area : TempFolder {
    Area() { area = {1, "Default", path.string(), true}; }

    std::set<std::pair<std::uint64_t, std::string>> walk() const {
        std::set<std::pair<std::uint64_t, std::string>> found;
        const auto walked = walk_folders(area, [&](const std::vector<EventFolder>& folders) -> Result<> {
            for (const EventFolder& folder : folders)
                found.emplace(folder.id, folder.relative);
            return {};
        });
        REQUIRE(walked);
        return found;
    }

    AreaRow area;
};

} // namespace

TEST_CASE("relative_folder follows the three schemes", "[files]") {
    CHECK(relative_folder(row(17, Scheme::medium)) == "3/2026-11-22/17");
    CHECK(relative_folder(row(17, Scheme::deep)) == "3/26/11/22/07/36/51");
    CHECK(relative_folder(row(17, Scheme::shallow)) == "3/17");
    CHECK(relative_folder(row(17, Scheme::medium, "")).empty());
    CHECK(relative_folder(row(17, Scheme::medium, "../../../etc/passwd")).empty());
}

TEST_CASE("find_folder also finds what another zone's date named", "[files]") {
    const Area disk;
    disk.write("3/2026-11-21/17/17-video.mp4");
    disk.write("3/2027-01-01/18/18-video.mp4");

    CHECK(find_folder(disk.area, row(17, Scheme::medium)) == disk.path / "3/2026-11-21/17");
    CHECK(find_folder(disk.area, row(18, Scheme::medium, "2026-12-31 23:59:59")) == disk.path / "3/2027-01-01/18");
    CHECK(find_folder(disk.area, row(19, Scheme::medium)) == std::nullopt);
}

TEST_CASE("walk_folders and find_folders see every scheme, and nothing else", "[files]") {
    const Area disk;
    disk.write("3/2026-11-22/17/17-video.mp4");
    disk.write("3/18/18-video.mp4");
    disk.write("3/26/11/22/07/36/51/19-video.mp4");
    fs::create_directory_symlink("07/36/51", disk.path / "3/26/11/22/.19");
    disk.write("3/26/11/22/08/00/00/20-video.mp4"); // without its link
    disk.write("3/2026-11-22/lost+found/x");
    disk.write("lost+found/17/x");
    fs::create_directory_symlink("3", disk.path / "Front door"); // ZoneMinder links monitors by name

    const std::set<std::pair<std::uint64_t, std::string>> all = {
        {17, "3/2026-11-22/17"}, {18, "3/18"}, {19, "3/26/11/22/07/36/51"}, {20, "3/26/11/22/08/00/00"}};
    CHECK(disk.walk() == all);
    for (const auto& [id, relative] : all) {
        const auto found = find_folders(disk.area, id);
        REQUIRE(found);
        REQUIRE(found->size() == 1);
        CHECK(found->front().relative == relative);
    }
    CHECK(find_folders(disk.area, 21)->empty());
}

TEST_CASE("a link of the Deep scheme that leads out of its day is not followed", "[files]") {
    const Area disk;
    disk.write("3/26/11/22/07/36/51/19-video.mp4");
    disk.write("4/26/11/22/07/36/51/5-video.mp4");
    fs::create_directory_symlink("../../../../4/26/11/22/07/36/51", disk.path / "3/26/11/22/.30");
    fs::create_directory_symlink("/etc", disk.path / "3/26/11/22/.31");

    CHECK(find_folders(disk.area, 30)->empty());
    CHECK(find_folders(disk.area, 31)->empty());
}

TEST_CASE("remove_folder removes one recording, with its link, and nothing else", "[files]") {
    const Area disk;
    disk.write("3/26/11/22/07/36/51/19-video.mp4");
    disk.write("3/26/11/22/07/36/51/snapshot.jpg");
    fs::create_directory_symlink("07/36/51", disk.path / "3/26/11/22/.19");
    disk.write("3/26/11/22/07/36/52/20-video.mp4");

    const auto removed = remove_folder(disk.area, disk.path / "3/26/11/22/07/36/51", 19);

    REQUIRE(removed);
    CHECK(*removed == 2);
    CHECK_FALSE(fs::exists(disk.path / "3/26/11/22/07/36/51"));
    CHECK_FALSE(fs::is_symlink(disk.path / "3/26/11/22/.19"));
    CHECK(fs::exists(disk.path / "3/26/11/22/07/36/52/20-video.mp4"));
}

TEST_CASE("remove_folder refuses what is no recording's folder of the area", "[files]") {
    const Area disk;
    const TempFolder elsewhere;
    elsewhere.write("17/precious");
    disk.write("3/2026-11-22/17/17-video.mp4");
    fs::create_directory_symlink(elsewhere.path, disk.path / "4");

    CHECK(remove_folder(disk.area, disk.path, 17).error().code == ErrorCode::refused);
    CHECK(remove_folder(disk.area, disk.path / "3", 17).error().code == ErrorCode::refused);
    CHECK(remove_folder(disk.area, elsewhere.path / "17", 17).error().code == ErrorCode::refused);
    CHECK(remove_folder(disk.area, disk.path / "4/17", 17).error().code == ErrorCode::refused);
    CHECK(fs::exists(elsewhere.path / "17/precious"));
}

TEST_CASE("find_media names the recording's video before any other", "[files]") {
    const Area disk;
    disk.write("a/big.mp4", "xxxxxxxx");
    disk.write("a/17-video.mkv");
    disk.write("b/small.mp4");
    disk.write("b/large.mp4", "xxxxxxxx");
    disk.write("c/00001-capture.jpg");

    CHECK(find_media(disk.path / "a") == disk.path / "a/17-video.mkv");
    CHECK(find_media(disk.path / "b") == disk.path / "b/large.mp4");
    CHECK(find_media(disk.path / "c") == std::nullopt);
}
