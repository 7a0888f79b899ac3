#include <catch2/catch.hpp>
#include <connect_folder/layout.hpp>

using ombud::folder::Layout;
using ombud::sdk::ErrorCode;

TEST_CASE("a layout reads camera and time out of names") {
    struct Row {
        const char *layout, *path, *camera;
        int year, month, day, hour, minute, second;
    };
    const Row rows[] = {
        {"{camera}/{date}/{time}.mp4", "gate/2025-06-01/12-30-05.mp4", "gate", 2025, 6, 1, 12, 30, 5},
        {"{camera}/{year}/{month}/{day}/{hour}{minute}.{any}", "a b/2024/02/29/2359.mkv", "a b", 2024, 2, 29, 23, 59,
         0},
        {"{date}/{camera}_{time}_{seq}.mp4", "2025-06-01/gate_2_01-02-03_17.mp4", "gate_2", 2025, 6, 1, 1, 2, 3},
        {"{camera}-{datetime}.ts", "x-y-20250601T040506.ts", "x-y", 2025, 6, 1, 4, 5, 6},
        {"site/{camera}/{any}{datetime}{any}", "site/c/clip-20250601-040506Z.mp4", "c", 2025, 6, 1, 4, 5, 6},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.layout) {
            const auto layout = Layout::parse(row.layout);
            REQUIRE(layout);

            const auto facts = layout->match(row.path);

            REQUIRE(facts);
            CHECK(facts->camera == row.camera);
            REQUIRE(facts->begin);
            CHECK(facts->begin->year == row.year);
            CHECK(facts->begin->month == row.month);
            CHECK(facts->begin->day == row.day);
            CHECK(facts->begin->hour == row.hour);
            CHECK(facts->begin->minute == row.minute);
            CHECK(facts->begin->second == row.second);
        }
    }
}

TEST_CASE("a name that differs from the layout does not fit") {
    const auto layout = Layout::parse("{camera}/{date}/{time}.mp4");
    REQUIRE(layout);
    for (const char* path :
         {"gate/2025-06-01/12-30-05.mkv", "gate/2025-06-01/12-30-05.mp4x", "gate/2025-06-01",
          "gate/2025-06-01/x/12-30-05.mp4", "gate/2025-13-01/12-30-05.mp4", "gate/2025-02-29/12-30-05.mp4",
          "gate/2025-06-01/24-00-00.mp4", "gate/2025-6-1/12-30-05.mp4", "/2025-06-01/12-30-05.mp4", ""})
        CHECK_FALSE(layout->match(path));
}

TEST_CASE("a time that ends in Z is UTC, and one without is local") {
    const auto layout = Layout::parse("{camera}_{datetime}{any}");

    CHECK(layout->match("a_20250601T120000Z.mp4")->is_utc);
    CHECK_FALSE(layout->match("a_20250601T120000.mp4")->is_utc);
}

TEST_CASE("a layout that cannot work is refused, and the message says why") {
    struct Row {
        const char *layout, *says;
    };
    const Row rows[] = {
        {"{date}/{time}.mp4", "no {camera}"},
        {"{camera}/{camera}.mp4", "{camera} is there twice"},
        {"{camera}/{datum}.mp4", "\"{datum}\" is no token"},
        {"{camera}/{date", "\"{date\" is no token"},
        {"{camera}/a}.mp4", "is no token"},
        {"/{camera}/x", "empty"},
        {"{camera}//x", "empty"},
        {"{camera}/../x", ".."},
        {"", "empty"},
        {"{camera}/{date}/{year}.mp4", "two ways"},
        {"{camera}/{datetime}/{time}.mp4", "two ways"},
        {"{any}{any}{camera}{seq}", "more than three"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.layout) {
            const auto layout = Layout::parse(row.layout);

            REQUIRE_FALSE(layout);
            CHECK(layout.error().code == ErrorCode::invalid_input);
            CHECK_THAT(layout.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a name made to be hard to match is answered, too") {
    const auto layout = Layout::parse("{any}a{camera}a{any}b");

    CHECK_FALSE(layout->match(std::string(255, 'a'))); // 255 choose 2 ways, and none fits
}

TEST_CASE("the camera is known from its folder, also when the rest does not fit") {
    const auto layout = Layout::parse("{camera}/{date}/{time}.mp4");

    CHECK(layout->camera_of("gate/2025-06-01/notes.txt") == "gate");
    CHECK(layout->camera_of("gate/x.mp4") == "gate");
    CHECK_FALSE(layout->camera_of("x.mp4"));
    CHECK(layout->camera_of_folder("gate") == "gate");
    CHECK_FALSE(layout->camera_of_folder("gate/2025-06-01"));
}

TEST_CASE("folders that no recording fits in are told from those it may") {
    const auto layout = Layout::parse("{camera}/{date}/{time}.mp4");

    CHECK(layout->may_hold(""));
    CHECK(layout->may_hold("gate"));
    CHECK(layout->may_hold("gate/2025-06-01"));
    CHECK_FALSE(layout->may_hold("gate/thumbnails"));
    CHECK_FALSE(layout->may_hold("gate/2025-06-01/x"));
}

TEST_CASE("folders of a day may go when they are empty, those of a camera stay") {
    CHECK(Layout::parse("{camera}/{date}/{time}.mp4")->lasting_depth() == 1);
    CHECK(Layout::parse("all/{camera}/{year}/{month}/{day}.{any}")->lasting_depth() == 2);
    CHECK(Layout::parse("{date}/{camera}/{time}.mp4")->lasting_depth() == 0);
}
