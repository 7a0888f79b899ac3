// <mask> of a camera: read exactly, refused with the place and the reason, and in the site's difference.
#include <catch2/catch.hpp>

#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;
using Catch::Contains;

namespace {

constexpr auto camera = "id='a' attachment='files' device='d' area='private'";

std::string with_mask(const std::string& attributes, const std::vector<std::pair<const char*, const char*>>& points) {
    std::string xml = "\n<mask " + attributes + ">";
    for (const auto& [x, y] : points)
        xml += std::string("<point x='") + x + "' y='" + y + "'/>";
    return site_with_camera(camera, xml + "</mask>");
}

constexpr auto window = "id='window' reason='a neighbour lives there'";

} // namespace

TEST_CASE("a mask is read to the millionth, and is required unless it says otherwise", "[config]") {
    const auto site = parse(with_mask(window, {{"0", "0.1"}, {"1.000000", "0.123456"}, {"0.5", "1"}}));

    REQUIRE(site);
    REQUIRE(site->cameras[0].masks.size() == 1);
    const Mask& mask = site->cameras[0].masks[0];
    CHECK(mask.id == "window");
    CHECK(mask.reason == "a neighbour lives there");
    CHECK(mask.is_required_for_export);
    CHECK(mask.points == std::vector<MaskPoint>{{0, 100'000}, {1'000'000, 123'456}, {500'000, 1'000'000}});
    CHECK(points_text(mask.points) == "0,0.1 1,0.123456 0.5,1");
}

TEST_CASE("what is wrong with a mask is told with its line and its value", "[config]") {
    struct Row { const char* behaviour; std::string xml; const char* says; };
    const Row rows[] = {
        {"two points", with_mask(window, {{"0", "0"}, {"1", "1"}}), "site.xml:4: <mask>"},
        {"no reason", with_mask("id='window'", {{"0", "0"}, {"1", "0"}, {"1", "1"}}), "site.xml:4: <mask> lacks the attribute reason"},
        {"outside the picture", with_mask(window, {{"0", "0"}, {"1.1", "0"}, {"1", "1"}}), "<point> x '1.1' is not a part of the picture"},
        {"more than all of it", with_mask(window, {{"0", "0"}, {"1.000001", "0"}, {"1", "1"}}), "<point> x '1.000001' is not a part"},
        {"seven digits", with_mask(window, {{"0", "0"}, {"0.1234567", "0"}, {"1", "1"}}), "<point> x '0.1234567' is not a part"},
        {"a point twice", with_mask(window, {{"0", "0"}, {"1", "0"}, {"1", "0"}, {"1", "1"}}),
         "site.xml:4: <mask> 'window': points 2 and 3 are the same"},
        {"the last point as the first", with_mask(window, {{"0", "0"}, {"1", "0"}, {"1", "1"}, {"0", "0"}}),
         "'window': points 4 and 1 are the same"},
        {"edges that cross", with_mask(window, {{"0", "0"}, {"1", "1"}, {"1", "0"}, {"0", "1"}}),
         "'window': the edges from point 1 to 2 and from point 3 to 4 meet"},
        {"an edge that touches a corner", with_mask(window, {{"0", "0"}, {"1", "0"}, {"1", "1"}, {"0.5", "0"}, {"0", "1"}}), "meet"},
        {"a spike", with_mask(window, {{"0", "0"}, {"1", "0"}, {"0.5", "0"}, {"0.5", "1"}}), "goes back along the one before"},
        {"neither true nor false", with_mask(std::string(window) + " required-for-export='yes'", {{"0", "0"}, {"1", "0"}, {"1", "1"}}),
         "required-for-export 'yes' is not true or false"},
        {"an id twice",
         site_with_camera(camera, "<mask id='m' reason='x'><point x='0' y='0'/><point x='1' y='0'/><point x='1' y='1'/></mask>"
                                  "<mask id='m' reason='x'><point x='0' y='0'/><point x='1' y='0'/><point x='1' y='1'/></mask>"),
         "<mask> id 'm' is given twice"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto site = parse(row.xml);

            REQUIRE_FALSE(site);
            CHECK(site.error().problems.size() == 1);
            CHECK_THAT(site.error().error().message, Contains(row.says));
        }
    }
}

TEST_CASE("a polygon of any shape whose edges do not meet is taken", "[config]") {
    const auto u_shape = with_mask(window, {{"0", "0"}, {"0.2", "0"}, {"0.2", "0.8"}, {"0.8", "0.8"}, {"0.8", "0"}, {"1", "0"}, {"1", "1"}, {"0", "1"}});
    const auto straight_corner = with_mask(window, {{"0", "0"}, {"0.5", "0"}, {"1", "0"}, {"1", "1"}});

    CHECK(problems_of(u_shape).empty());
    CHECK(problems_of(straight_corner).empty());
}

TEST_CASE("a mask that moves shows in the difference of two sites, and the same mask written otherwise does not", "[config][diff]") {
    const auto was = parse(with_mask(window, {{"0", "0"}, {"1", "0"}, {"1", "1"}}));
    const auto same = parse(with_mask(std::string(window) + " required-for-export='true'", {{"0.0", "0"}, {"1.0", "0.000"}, {"1", "1"}}));
    const auto moved = parse(with_mask(std::string(window) + " required-for-export='false'", {{"0", "0"}, {"0.9", "0"}, {"1", "1"}}));
    REQUIRE(was);
    REQUIRE(same);
    REQUIRE(moved);

    const auto changes = diff(*was, *moved);

    CHECK(diff(*was, *same).empty());
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].path == "camera[a]/mask[window]/points");
    CHECK(changes[0].was == "0,0 1,0 1,1");
    CHECK(changes[0].becomes == "0,0 0.9,0 1,1");
    CHECK(changes[1].path == "camera[a]/mask[window]/required-for-export");
    CHECK_THAT(canonical_text(*was), Contains("camera[a]/mask[window]/reason=a neighbour lives there\n"));
}
