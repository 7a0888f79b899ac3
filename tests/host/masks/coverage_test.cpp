#include <catch2/catch.hpp>

#include "media/masks/coverage.hpp"

namespace ombud::media::test {

namespace {

std::string drawn(const BlockMap& map) {
    std::string text;
    for (int row = 0; row < map.rows(); ++row) {
        for (int column = 0; column < map.columns(); ++column)
            text += map.covers(column, row) ? '#' : '.';
        text += '\n';
    }
    return text;
}

} // namespace

TEST_CASE("every block that a polygon touches is covered", "[masks]") {
    struct Row { const char* behaviour; int width, height; std::vector<PicturePoint> points; const char* map; };
    const Row rows[] = {
        {"a rectangle takes the blocks it cuts", 64, 64, {{0.3, 0.3}, {0.7, 0.3}, {0.7, 0.7}, {0.3, 0.7}}, "....\n.##.\n.##.\n....\n"},
        {"a speck takes its block", 64, 64, {{0.40, 0.40}, {0.41, 0.40}, {0.41, 0.41}}, "....\n.#..\n....\n....\n"},
        {"an edge on a block's edge takes both sides", 64, 64, {{0.5, 0.3}, {0.6, 0.3}, {0.6, 0.4}, {0.5, 0.4}}, "....\n.##.\n....\n....\n"},
        {"a triangle leaves what it does not touch", 64, 64, {{0, 0}, {0.99, 0}, {0, 0.99}}, "####\n###.\n##..\n#...\n"},
        {"blocks cut off at the right and below count", 50, 34, {{0.97, 0.97}, {1, 0.97}, {1, 1}}, "....\n....\n...#\n"},
        {"the whole picture", 33, 17, {{0, 0}, {1, 0}, {1, 1}, {0, 1}}, "###\n###\n"},
        {"what edges that cross enclose is covered on both sides", 80, 80, {{0, 0}, {1, 0}, {0, 1}, {1, 1}}, "#####\n#####\n.###.\n#####\n#####\n"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            BlockMap map(row.width, row.height, 16);

            cover_polygon(map, row.points);

            CHECK(drawn(map) == row.map);
        }
    }
}

TEST_CASE("a place that a viewer sees is found in a picture that is turned before it is shown", "[masks]") {
    constexpr std::int32_t one = 1 << 16;
    struct Row { const char* behaviour; std::int32_t a, b, c, d; PicturePoint coded; };
    // What a viewer sees near the upper left corner.
    const Row rows[] = {
        {"as it is", one, 0, 0, one, {0.1, 0.2}},
        {"a quarter to the right", 0, one, -one, 0, {0.2, 0.9}},
        {"upside down", -one, 0, 0, -one, {0.9, 0.8}},
        {"a quarter to the left", 0, -one, one, 0, {0.8, 0.1}},
        {"mirrored", -one, 0, 0, one, {0.9, 0.2}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto turning = Turning::from_matrix({row.a, row.b, 0, row.c, row.d, 0, 0, 0, 1 << 30});

            REQUIRE(turning);
            const PicturePoint coded = turning->to_coded({0.1, 0.2});
            CHECK(coded.x == Approx(row.coded.x));
            CHECK(coded.y == Approx(row.coded.y));
        }
    }
}

TEST_CASE("pictures turned by other than right angles are refused", "[masks]") {
    const auto turning = Turning::from_matrix({46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30});

    REQUIRE_FALSE(turning);
    CHECK(turning.error().code == ErrorCode::refused);
    CHECK_THAT(turning.error().message, Catch::Contains("right angles"));
}

} // namespace ombud::media::test
