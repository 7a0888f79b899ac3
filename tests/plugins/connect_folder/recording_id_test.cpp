#include <catch2/catch.hpp>
#include <connect_folder/recording_id.hpp>
#include <ombud/view.hpp>
#include <random>
#include <string>

using ombud::folder::to_id;
using ombud::folder::to_path;

TEST_CASE("an id is the path, where the path is plain") {
    CHECK(to_id("gate/2025-06-01/12-00-00.mp4") == "gate/2025-06-01/12-00-00.mp4");
    CHECK(to_id("häuser/日本.mp4") == "häuser/日本.mp4");
}

TEST_CASE("an id is one line of UTF-8, and leads back to the same bytes") {
    struct Row {
        std::string path, id;
    };
    const Row rows[] = {
        {"100%.mp4", "100%25.mp4"},
        {"two\nlines", "two%0Alines"},
        {"latin\xE4.mp4", "latin%E4.mp4"},
        {"cut \xE2\x82", "cut %E2%82"},
        {"\x7F", "%7F"},
        {"\xC0\xAF", "%C0%AF"},
    };
    for (const Row& row : rows) {
        CHECK(to_id(row.path) == row.id);
        CHECK(to_path(row.id) == row.path);
    }
}

TEST_CASE("any bytes that a file may be named by survive the way there and back") {
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string path;
        for (std::size_t length = 1 + random() % 12; path.size() < length;)
            if (const char byte = static_cast<char>(random() % 256); byte != '\0' && byte != '/' && byte != '.')
                path += byte;

        const std::string id = to_id(path);

        CHECK(ombud::sdk::is_utf8(id));
        REQUIRE(to_path(id) == path);
    }
}

TEST_CASE("what is no id of ours leads nowhere") {
    for (const char* id : {"", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", ".", "%2E%2E/x", "a%2Fb", "%00",
                           "%0a", "%4", "100%.mp4"})
        CHECK_FALSE(to_path(id));
}
