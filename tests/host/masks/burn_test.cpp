#include <cmath>
#include <regex>

#include <catch2/catch.hpp>

#include "media/masks/masked_copy.hpp"
#include "pictures.hpp"

namespace ombud::media::test {

namespace {

/// From a fifth to three fifths of the width, from a fifth to two thirds of the height.
const MaskPolygon window{"window", {{0.2, 0.2}, {0.6, 0.2}, {0.6, 0.66}, {0.2, 0.66}}};

/// What its blocks of 16 samples cover, in samples.
Part covered_part(const Raw& raw, int edge = 16) {
    // A block whose edge the mask's edge lies on is touched by it, so it is covered, too.
    const auto down = [&](double at) { return (static_cast<int>(std::ceil(at)) - 1) / edge * edge; };
    const auto up = [&](double at, int end) { return std::min((static_cast<int>(at) / edge + 1) * edge, end); };
    return {down(0.2 * raw.width), down(0.2 * raw.height), up(0.6 * raw.width, raw.width), up(0.66 * raw.height, raw.height)};
}

MaskedCopy burn(const fs::path& from, const fs::path& to, const std::vector<MaskPolygon>& masks = {window}, int quality = 18) {
    CopyOptions options;
    options.quality = quality;
    auto made = burn_masks(from, to, masks, options);
    INFO((made ? "" : made.error().message));
    REQUIRE(made);
    return *made;
}

const std::string noisy = "-f lavfi -i testsrc2=size=320x240:rate=25:duration=2,noise=alls=20:allf=t "
                          "-f lavfi -i anoisesrc=seed=7:sample_rate=44100:duration=2 -c:a aac -b:a 64k -c:v libx264 ";

} // namespace

TEST_CASE("under a mask a copy is black in every picture, and outside it looks as the recording", "[masks]") {
    struct Row { const char* name; std::string arguments; int black; int edge; };
    const std::string video = "-f lavfi -i testsrc2=size=";
    const Row rows[] = {
        {"plain.mp4", noisy + "-preset veryfast", 16, 16},
        {"plain.mkv", noisy + "-preset veryfast", 16, 16},
        {"b-frames.mp4", noisy + "-preset medium -bf 3", 16, 16},
        {"b-frames.mkv", noisy + "-preset medium -bf 3", 16, 16},
        {"fragmented.mp4", noisy + "-preset veryfast -movflags frag_keyframe+empty_moov", 16, 16},
        {"full-range.mp4", video + "320x240:rate=25:duration=2 -vf scale=out_range=full -pix_fmt yuvj420p -c:v libx264", 0, 16},
        {"4-2-2.mkv", video + "320x240:rate=25:duration=2 -pix_fmt yuv422p -c:v libx264", 16, 16},
        {"4-4-4.mp4", video + "320x240:rate=25:duration=2 -pix_fmt yuv444p -c:v libx264", 16, 16},
        {"grey.mp4", video + "320x240:rate=25:duration=2 -pix_fmt gray -c:v libx264", 0, 16},
        {"odd.mkv", video + "321x243:rate=25:duration=2 -pix_fmt yuv444p -c:v libx264", 16, 16},
        {"narrow.mp4", video + "322x242:rate=25:duration=2 -pix_fmt yuv420p -c:v libx264", 16, 16},
        {"motion-jpeg.mkv", video + "320x240:rate=25:duration=2 -c:v mjpeg -pix_fmt yuvj420p -q:v 3", 0, 16},
        {"mpeg4.mp4", video + "320x240:rate=25:duration=2 -c:v mpeg4 -q:v 3", 16, 16},
        {"odd-mpeg4.mkv", video + "321x243:rate=25:duration=2 -pix_fmt yuv420p -c:v mpeg4 -q:v 3", 16, 16},
        {"hevc.mp4", video + "320x240:rate=25:duration=2 -c:v libx265 -x265-params log-level=none -tag:v hvc1", 16, 16},
        {"hevc.mkv", video + "320x240:rate=25:duration=2 -c:v libx265 -x265-params log-level=none", 16, 16},
        {"interlaced.mkv", video + "320x256:rate=50:duration=2 -vf interlace -c:v libx264 -flags +ildct+ilme", 16, 32},
        {"noise.mp4", "-f lavfi -i nullsrc=size=320x240:rate=25:duration=2,geq='random(1)*255:128:128' -c:v libx264 -crf 10", 16, 16},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.name) {
            const fs::path file = make(row.name, row.arguments);
            const TempDirectory folder;
            const fs::path copy = folder.path() / row.name;

            const MaskedCopy made = burn(file, copy);

            const Raw before = decode(file);
            const Raw after = decode(copy);
            const Part part = covered_part(before, row.edge);
            const int worst = worst_from(after, part, row.black);
            const double outside = psnr(before, after, part, false);
            INFO(row.name << ": worst " << made.proof.worst_difference << " (by ffmpeg " << worst << "), outside " << outside << " dB");
            CHECK(worst <= made.proof.tolerance);
            CHECK(made.proof.worst_difference >= worst);
            CHECK(outside > 31);
            CHECK(made.proof.pictures == before.pictures.size());
            CHECK(made.pictures == before.pictures.size());
            CHECK(made.block_px == row.edge);
            CHECK(times_of(copy) == times_of(file));
        }
    }
}

TEST_CASE("sound and text of a copy are the recording's, packet by packet", "[masks]") {
    for (const char* kind : {"mp4", "mkv", "fragmented.mp4", "live.mkv", "extras.mkv", "tmcd.mp4", "pcm.mov"}) {
        DYNAMIC_SECTION(kind) {
            const fs::path file = make_recording(kind);
            const TempDirectory folder;
            const fs::path copy = folder.path() / file.filename();

            const MaskedCopy made = burn(file, copy);

            for (const Track& track : made.copied) {
                const std::string map = track.kind == TrackKind::audio ? "0:a" : "0:s";
                // A fragment states each packet's length, a plain file the distance to the next: times are the same.
                const auto listed = [&](const fs::path& of) {
                    const std::string lengths = R"(^([^#,]*,[^,]*,[^,]*),[^,]*,)";
                    const std::string empty_text = R"(.*c4103f122d27677c9db144cae1394a66\n|#extradata.*\n)"; // fills gaps in an MP4
                    return std::regex_replace(std::regex_replace(packets_of(of, map), std::regex(empty_text), ""),
                                              std::regex(lengths, std::regex::multiline), "$1, -,");
                };
                CHECK(first_difference(listed(copy), listed(file)) == "");
            }
            CHECK(made.copied_packets > 430);
            CHECK(times_of(copy) == times_of(file));
        }
    }
}

TEST_CASE("a copy is as long as the recording, whatever the distance of its pictures", "[masks]") {
    struct Row { const char* name; const char* arguments; };
    const Row rows[] = {
        {"variable.mkv", "-f lavfi -i testsrc2=size=160x120:rate=25:duration=4 -vf select='not(mod(n\\,3)*gt(n\\,40))*lt(mod(n\\,17)\\,11)' "
                         "-vsync vfr -c:v libx264"},
        {"variable.mp4", "-f lavfi -i testsrc2=size=160x120:rate=25:duration=4 -vf select='not(mod(n\\,3)*gt(n\\,40))*lt(mod(n\\,17)\\,11)' "
                         "-vsync vfr -c:v libx264 -bf 2"},
        {"late.mp4", "-f lavfi -i testsrc2=size=160x120:rate=25:duration=2 -vf setpts=PTS+1.6/TB -c:v libx264 -bf 2"},
        {"late.mkv", "-f lavfi -i testsrc2=size=160x120:rate=25:duration=2 -vf setpts=PTS+1.6/TB -c:v libx264 -bf 2"},
        {"odd-ticks.mp4", "-f lavfi -i testsrc2=size=160x120:rate=30000/1001:duration=2 -c:v libx264 -bf 2 -video_track_timescale 30000"},
        {"hevc-b.mp4", "-f lavfi -i testsrc2=size=160x120:rate=24000/1001:duration=2 -c:v libx265 -x265-params log-level=none:bframes=4"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.name) {
            const fs::path file = make(row.name, row.arguments);
            const TempDirectory folder;
            const fs::path copy = folder.path() / row.name;

            burn(file, copy);

            const auto length = [](const fs::path& of) {
                return run("ffprobe -v error -show_entries format=start_time,duration -of flat '" + of.string() + "'");
            };
            CHECK(times_of(copy) == times_of(file));
            CHECK(length(copy) == length(file));
        }
    }
}

TEST_CASE("a mask lies where a viewer sees it, however the file has its pictures turned", "[masks]") {
    // In the upper left corner of what is shown; the rest is white.
    const MaskPolygon corner{"corner", {{0, 0}, {0.24, 0}, {0.24, 0.24}, {0, 0.24}}};
    struct Row { const char* turned; bool is_on_its_side; };
    for (const Row& row : {Row{"0", false}, Row{"90", true}, Row{"180", false}, Row{"270", true}}) {
        DYNAMIC_SECTION(row.turned) {
            const std::string white = "-f lavfi -i color=white:size=256x128:rate=10:duration=1 -c:v libx264";
            const fs::path upright = make("white.mp4", white);
            const fs::path file = make("turned-" + std::string(row.turned) + ".mp4",
                                       "-i '" + upright.string() + "' -c copy -metadata:s:v:0 rotate=" + row.turned);
            const TempDirectory folder;
            const fs::path copy = folder.path() / "turned.mp4";

            burn(file, copy, {corner});

            const std::string shown = run("ffmpeg -v error -i '" + copy.string() + "' -frames:v 1 -pix_fmt gray -f rawvideo -");
            const int width = row.is_on_its_side ? 128 : 256;
            const auto at = [&](int x, int y) { return static_cast<unsigned char>(shown[static_cast<std::size_t>(y * width + x)]); };
            REQUIRE(shown.size() == 256 * 128);
            const int height = 256 * 128 / width;
            CHECK(int{at(2, 2)} < 20);
            CHECK(int{at(width / 5, height / 5)} < 20);
            CHECK(int{at(width - 3, 2)} > 230);
            CHECK(int{at(2, height - 3)} > 230);
            CHECK(int{at(width - 3, height - 3)} > 230);
        }
    }
}

TEST_CASE("nothing uncovered rides along: second pictures, thumbnails and words about the recording stay behind", "[masks]") {
    const fs::path plain = make("cover-source.mkv", noisy);
    const fs::path thumbnail = make("thumbnail.jpg", "-f lavfi -i testsrc2=size=64x48 -frames:v 1");
    const fs::path two = make("two.mkv", "-i '" + plain.string() + "' -map 0:v -map 0:v -map 0:a -c copy -attach '" + thumbnail.string() +
                              "' -metadata:s:t mimetype=image/jpeg -metadata:s:t filename=cover.jpg -metadata title='flat of A. Nother' -metadata location=+48.2+16.3/ "
                              "-metadata creation_time=2026-11-22T10:00:00Z");
    const TempDirectory folder;
    const fs::path copy = folder.path() / "copy.mkv";

    const MaskedCopy made = burn(two, copy);

    CHECK(streams_of(copy) == "0|h264|video\n1|aac|audio\n");
    REQUIRE(made.dropped.size() == 2);
    CHECK(made.dropped[0].why == "a second track of pictures, for which no mask was drawn");
    CHECK(made.dropped[1].why == "an attached file or picture may show what is covered");
    const std::string tags = run("ffprobe -v error -show_entries format_tags '" + copy.string() + "'");
    CHECK_THAT(tags, Catch::Contains("2026-11-22T10:00:00"));
    CHECK_THAT(tags, !Catch::Contains("Nother") && !Catch::Contains("48.2"));
}

TEST_CASE("a copy is for its owner alone", "[masks]") {
    const TempDirectory folder;
    const fs::path copy = folder.path() / "copy.mp4";

    burn(make_recording("mp4"), copy);

    CHECK(fs::status(copy).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

} // namespace ombud::media::test
