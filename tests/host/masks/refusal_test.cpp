#include <cmath>
#include <fstream>

#include <catch2/catch.hpp>

#include "media/masks/masked_copy.hpp"
#include "pictures.hpp"

namespace ombud::media::test {

namespace {

const MaskPolygon window{"window", {{0.2, 0.2}, {0.6, 0.2}, {0.6, 0.6}}};

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        names.push_back(entry.path().filename().string());
    return names;
}

} // namespace

TEST_CASE("burn_masks says why it makes no copy, and leaves none", "[masks]") {
    const std::string small = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=1 -c:v libx264 ";
    const fs::path other = make("other-size.mkv", "-f lavfi -i testsrc2=size=320x240:rate=25:duration=1 -c:v libx264 -bsf:v dump_extra");
    const fs::path first = make("first-size.mkv", small + "-bsf:v dump_extra");
    std::ofstream(other.parent_path() / "sizes.txt") << "file '" << first.string() << "'\nfile '" << other.string() << "'\n";
    const std::string both = "-f concat -safe 0 -i '" + (other.parent_path() / "sizes.txt").string() + "' -c copy";
    struct Row { const char* behaviour; fs::path file; ErrorCode code; const char* says; };
    const Row rows[] = {
        {"MPEG-TS", make_recording("ts"), ErrorCode::refused, "make an MP4 of it first"},
        {"VP9", make("vp9.mkv", "-f lavfi -i testsrc2=size=160x120:rate=5:duration=1 -c:v libvpx-vp9 -deadline realtime"), ErrorCode::refused, "pictures in vp9"},
        {"RGB", make("rgb.mkv", "-f lavfi -i testsrc2=size=160x120:rate=5:duration=1 -c:v libx264rgb"), ErrorCode::refused, "form gbrp"},
        {"sound alone", make("sound.mp4", "-f lavfi -i anoisesrc=duration=1 -c:a aac"), ErrorCode::refused, "no track of pictures"},
        {"a size that changes", make("sizes.mkv", both), ErrorCode::refused, "picture 26 is 320x240"},
        {"no recording", "/etc/passwd", ErrorCode::invalid_input, "/etc/passwd"},
        {"nothing there", "/nonexistent.mp4", ErrorCode::not_found, "/nonexistent.mp4"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const TempDirectory folder;

            const auto made = burn_masks(row.file, folder.path() / "copy.mkv", {window}, {});

            REQUIRE_FALSE(made);
            CHECK_THAT(made.error().message, Catch::Contains(row.says));
            CHECK(made.error().code == row.code);
            CHECK(names_in(folder.path()).empty());
        }
    }
}

TEST_CASE("burn_masks names what is wrong with its masks", "[masks]") {
    struct Row { const char* behaviour; std::vector<MaskPolygon> masks; int quality; const char* says; };
    const Row rows[] = {
        {"none", {}, 18, "nothing to cover"},
        {"two points", {{"door", {{0, 0}, {1, 1}}}}, 18, "mask 'door' has 2 points"},
        {"outside the picture", {{"door", {{0, 0}, {1.5, 0}, {1, 1}}}}, 18, "1.500000, 0.000000, outside 0..1"},
        {"no number", {{"door", {{0, 0}, {std::nan(""), 0}, {1, 1}}}}, 18, "outside 0..1"},
        {"a quality that is none", {window}, 51, "quality 51"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const TempDirectory folder;
            CopyOptions options;
            options.quality = row.quality;

            const auto made = burn_masks(make_recording("mp4"), folder.path() / "copy.mp4", row.masks, options);

            REQUIRE_FALSE(made);
            CHECK(made.error().code == ErrorCode::invalid_input);
            CHECK_THAT(made.error().message, Catch::Contains(row.says));
            CHECK(names_in(folder.path()).empty());
        }
    }
}

TEST_CASE("a file that is there is never replaced by a copy", "[masks]") {
    const TempDirectory folder;
    const fs::path copy = folder.path() / "copy.mp4";
    std::ofstream(copy) << "mine";

    const auto made = burn_masks(make_recording("mp4"), copy, {window}, {});

    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::invalid_input);
    CHECK_THAT(made.error().message, Catch::Contains("exists already"));
    CHECK(read_file(copy).size() == 4);
}

TEST_CASE("a copy can be stopped at any moment, and then there is none", "[masks]") {
    for (const double at : {0.0, 0.3, 0.9}) {
        DYNAMIC_SECTION(at) {
            const TempDirectory folder;
            CopyOptions options;
            options.progress = [at](double share) { return share < at; };

            const auto made = burn_masks(make_recording("mp4"), folder.path() / "copy.mp4", {window}, options);

            REQUIRE_FALSE(made);
            CHECK(made.error().code == ErrorCode::cancelled);
            CHECK(names_in(folder.path()).empty());
        }
    }
}

TEST_CASE("damaged recordings end in a copy that is proven, or in an error, and never in anything else", "[masks]") {
    const ByteString whole = read_file(make("damage-source.mkv", "-f lavfi -i testsrc2=size=160x120:rate=25:duration=1 -c:v libx264"));
    std::uint32_t state = 4711;
    const auto next = [&] { return state = state * 1664525U + 1013904223U; };
    int copies = 0;
    int errors = 0;
    for (int round = 0; round < 60; ++round) {
        ByteString damaged = whole;
        for (int i = 0; i < 1 + round; ++i)
            damaged[next() % damaged.size()] = static_cast<std::uint8_t>(next() >> 24);
        const TempDirectory folder;
        write_file(folder.path() / "damaged.mkv", damaged);

        const auto made = burn_masks(folder.path() / "damaged.mkv", folder.path() / "copy.mkv", {window}, {});

        CHECK(fs::exists(folder.path() / "copy.mkv") == made.has_value());
        if (made)
            CHECK(made->proof.worst_difference <= made->proof.tolerance);
        ++(made ? copies : errors);
    }
    INFO(copies << " copies, " << errors << " errors");
    CHECK(copies > 0);
    CHECK(errors > 0);
}

} // namespace ombud::media::test
