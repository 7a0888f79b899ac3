// The plugin as the host loads it, on a recording made by ffmpeg.
#include <fstream>

#include <catch2/catch.hpp>

#include "daemon/masking.hpp"
#include "events/clock.hpp"
#include "pictures.hpp"
#include "scene.hpp"

namespace pixelate_test {

using namespace ombud;
namespace fs = std::filesystem;
using media::test::Part;
using media::test::Raw;

namespace {

constexpr int rate = 10;
constexpr int enters = 8 * rate; // pictures
constexpr int stops = 14 * rate;
constexpr int ends = 48 * rate;

/// Walks in from the left and stands; from 34 s on it has stood for 20 s, at the end for 34 s.
Figure walker_at(int picture) { return {std::min(picture, stops) * 3 - enters * 3 - 10, 50, 32, 80}; }
/// Somebody else, who walks to and fro at the right.
Figure asker_at(int picture) { return {250 + picture % 30, 40, 24, 64}; }

/// 48 s at ten pictures a second.
fs::path yard() {
    static const media::test::TempDirectory folder;
    const fs::path raw = folder.path() / "yard.gray";
    const fs::path file = folder.path() / "yard.mkv";
    if (fs::exists(file))
        return file;
    Scene scene;
    std::ofstream samples(raw, std::ios::binary);
    for (int i = 0; i < ends; ++i) {
        std::vector<Figure> figures = {asker_at(i)};
        if (i >= enters)
            figures.push_back(walker_at(i));
        for (const std::uint8_t sample : scene.picture(figures))
            samples.put(static_cast<char>(sample));
    }
    REQUIRE(samples.flush());
    media::test::run("ffmpeg -v error -y -f rawvideo -pixel_format gray -video_size 320x176 -framerate 10 -i '" + raw.string() +
                     "' -vf scale=out_range=tv -pix_fmt yuv420p -c:v libx264 -crf 15 -preset veryfast '" + file.string() + "'");
    fs::remove(raw);
    return file;
}

struct Made {
    media::test::TempDirectory folder;
    media::PixelatedCopy copy;
    fs::path file;
};

/// A copy by the real plugin, which learns for 4 s.
std::unique_ptr<Made> pixelated(const std::vector<media::KeptRegion>& kept, const std::vector<media::MaskPolygon>& masks = {}) {
    auto made = std::make_unique<Made>();
    const fs::path plugins = made->folder.path() / "plugins";
    fs::create_directory(plugins);
    fs::copy_file(PIXELATE_FILE, plugins / "pixelate.so");
    fs::permissions(plugins / "pixelate.so", fs::perms(0755));
    const auto manifests = config::read_manifests(MANIFESTS);
    REQUIRE(manifests);
    const auto site = config::parse_site("<site xmlns='urn:ombud:site:1' id='s' timezone='UTC'><modules><module id='pixelate' mode='enforce'>"
                                         "<option name='learning'>4s</option></module></modules></site>",
                                         "site.xml", "/", *manifests);
    REQUIRE(site);
    const SystemClock clock;
    Names names;
    HostServices services;
    services.clock = &clock;
    services.names = &names;
    services.log = [](const std::string&, int, std::string_view) {};
    auto instance = daemon::make_pixelate_instance(*site, *manifests, plugins, made->folder.path() / "private", {}, true, services);
    INFO((instance ? "" : instance.error().message));
    REQUIRE(instance);
    made->file = made->folder.path() / "copy.mkv";
    media::PixelateOptions options;
    options.kept = kept;
    options.masks = masks;
    options.review = made->folder.path() / "review";
    options.review_every_ns = 1'000'000'000;
    auto copy = daemon::pixelate_with(*instance, yard(), made->file, options);
    (*instance)->stop();
    INFO((copy ? "" : copy.error().message));
    REQUIRE(copy);
    made->copy = std::move(*copy);
    return made;
}

/// The most texture that any whole square within the part shows, in one picture.
double most_texture(const Raw& raw, int picture, const Part& part) {
    double most = 0;
    for (int y = (part.y0 + 15) / 16 * 16; y + 16 <= part.y1; y += 16)
        for (int x = (part.x0 + 15) / 16 * 16; x + 16 <= part.x1; x += 16)
            most = std::max(most, media::test::texture(raw, static_cast<std::size_t>(picture), {x, y, x + 16, y + 16}));
    return most;
}

Part part_of(const Figure& figure) { return {figure.x, figure.y, figure.x + figure.width, figure.y + figure.height}; }

Raw pictures_from(const Raw& raw, int first) {
    return {raw.width, raw.height, {raw.pictures.begin() + first, raw.pictures.end()}};
}

} // namespace

TEST_CASE("in a copy for one person everybody else is a mosaic, walking or standing, and the background stays", "[pixelate]") {
    const media::KeptRegion right{0.75, 0, 0.25, 1, 0, INT64_MAX};
    const auto made = pixelated({right});
    const Raw before = media::test::decode(yard());
    const Raw after = media::test::decode(made->file);
    REQUIRE(after.pictures.size() == before.pictures.size());

    double shown = 100;  // of the walker in the recording, at the least
    double hidden = 0;   // in the copy, at the most
    for (int i = enters + 5; i < ends; ++i) {
        shown = std::min(shown, most_texture(before, i, part_of(walker_at(i))));
        hidden = std::max(hidden, most_texture(after, i, part_of(walker_at(i))));
    }
    double learning = 0;
    for (int i = 0; i < 4 * rate; ++i)
        learning = std::max(learning, most_texture(after, i, {0, 0, 240, 176}));
    const Part ground{0, 160, 100, 176}; // where nobody comes near
    const double still = media::test::psnr(pictures_from(before, 5 * rate), pictures_from(after, 5 * rate), ground, true);
    const double kept = media::test::psnr(before, after, {242, 0, 320, 176}, true);

    INFO("texture of the walker: at least " << shown << " in the recording, at most " << hidden << " in the copy; while learning at most "
                                            << learning << "; ground " << still << " dB, kept region " << kept << " dB; proof "
                                            << made->copy.copy.proof.worst_difference);
    CHECK(shown > 60);
    CHECK(hidden < 5);
    CHECK(learning < 5);
    CHECK(still > 36);
    CHECK(kept > 36);
    CHECK(made->copy.copy.proof.worst_difference <= made->copy.copy.proof.tolerance);
    CHECK(media::test::times_of(made->file) == media::test::times_of(yard()));
}

TEST_CASE("a region is kept while it is chosen, and a mask is black even there", "[pixelate]") {
    // Its left edge lies within a square, of which one part is coarse and the other is not.
    const auto made = pixelated({{0.77, 0.03, 0.22, 0.9, 20'000'000'000, 30'000'000'000}}, {{"door", {{0.9, 0}, {1, 0}, {1, 0.3}, {0.9, 0.3}}}});
    const Raw after = media::test::decode(made->file);

    const auto shows = [&](int picture) { return most_texture(after, picture, part_of(asker_at(picture))); };
    CHECK(shows(19 * rate + 9) < 5);
    CHECK(shows(20 * rate) > 60);
    CHECK(shows(29 * rate + 1) > 60);
    CHECK(shows(30 * rate) < 5);
    CHECK(made->copy.copy.proof.worst_difference < made->copy.copy.proof.tolerance);
    INFO("worst " << made->copy.copy.proof.worst_difference);
    CHECK(media::test::worst_from(after, {288, 0, 320, 52}, 16) <= 16);
}

TEST_CASE("what a person has to look through is written beside the copy, and nothing says that somebody did", "[pixelate]") {
    const auto made = pixelated({});
    const media::Review& review = made->copy.review;

    CHECK(review.pictures == 48);
    REQUIRE(review.sheets.size() == 2);
    for (const fs::path& sheet : review.sheets)
        CHECK(media::test::run("ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 '" + sheet.string() + "'") ==
              "mjpeg,1280,1056\n");
    std::ifstream stream(review.times);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    CHECK_THAT(text, Catch::Contains("a person must look through the sheets"));
    CHECK_THAT(text, Catch::Contains("0:00:47.0"));
    CHECK_THAT(text, Catch::Contains("was covered") && Catch::Contains("never\n"));
}

} // namespace pixelate_test
