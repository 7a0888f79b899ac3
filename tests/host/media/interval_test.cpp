#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

#include "recordings.hpp"

namespace ombud::media::test {

namespace {

using Method = CleanOptions::Method;

constexpr std::int64_t second_ns = 1'000'000'000;

/// A packet of sound as the ffmpeg program lists it: time in seconds and MD5.
struct Heard {
    double seconds = 0;
    std::string md5;
};

std::vector<Heard> sound_packets(const fs::path& file) {
    std::istringstream lines(packets_of(file, "0:a"));
    std::vector<Heard> heard;
    double tick = 0;
    for (std::string line; std::getline(lines, line);) {
        double num = 0;
        double den = 0;
        if (std::sscanf(line.c_str(), "#tb 0: %lf/%lf", &num, &den) == 2)
            tick = num / den;
        if (line.empty() || line[0] == '#')
            continue;
        double pts = 0;
        char md5[33] = {}; // side data follow it
        REQUIRE(std::sscanf(line.c_str(), "0, %*[^,], %lf, %*[^,], %*[^,], %32s", &pts, md5) == 2);
        heard.push_back({pts * tick, std::string(md5, 32)});
    }
    return heard;
}

Plan sound_within(std::vector<Interval> intervals) {
    Plan plan;
    plan.audio = {TrackRule::Keep::within, std::move(intervals)};
    return plan;
}

} // namespace

TEST_CASE("sound stays within its hours, at its time, and nowhere else", "[media]") {
    for (const char* kind : {"mp4", "faststart.mp4", "fragmented.mp4", "moof.mp4", "mkv", "live.mkv"}) {
        DYNAMIC_SECTION(kind) {
            const Scratch scratch(kind);
            const std::string pictures = packets_of(scratch.file());
            std::vector<Heard> expected;
            for (const Heard& packet : sound_packets(scratch.file())) {
                const double at = packet.seconds;
                if ((at >= 2.5 && at < 4) || (at >= 6.25 && at < 8))
                    expected.push_back(packet);
            }
            REQUIRE(expected.size() > 10);
            const auto sound = sound_of(scratch.file());
            const Plan plan = sound_within({{6 * second_ns + second_ns / 4, 8 * second_ns}, {5 * second_ns / 2, 4 * second_ns}});

            const auto report = clean(scratch.file(), plan, scratch.options(Method::rewrite));

            INFO((report ? "" : report.error().message));
            REQUIRE(report);
            CHECK(first_difference(pictures, packets_of(scratch.file())) == "");
            const auto heard = sound_packets(scratch.file());
            REQUIRE(heard.size() == expected.size());
            for (std::size_t i = 0; i < heard.size(); ++i) {
                CHECK(heard[i].md5 == expected[i].md5);
                CHECK(heard[i].seconds == Approx(expected[i].seconds).margin(1e-6));
            }
            const std::size_t left = count_found(sound, read_file(scratch.file()));
            CHECK(left < sound.size() * 2 / 5); // 3.25 of 10 seconds
            CHECK(run("ffmpeg -v warning -xerror -i '" + scratch.file().string() + "' -map 0:v -f null - 2>&1") == "");
        }
    }
}

TEST_CASE("in MPEG-TS sound stays by whole PES packets", "[media]") {
    const Scratch scratch("ts");
    const double origin = std::stod(run("ffprobe -v error -show_entries format=start_time -of csv=p=0 '" + scratch.file().string() + "'"));
    const std::string pictures = packets_of(scratch.file());
    const auto before = sound_packets(scratch.file());

    const auto report = clean(scratch.file(), sound_within({{5 * second_ns / 2, 4 * second_ns}}), scratch.options());

    INFO((report ? "" : report.error().message));
    REQUIRE(report);
    CHECK(first_difference(pictures, packets_of(scratch.file())) == "");
    const auto heard = sound_packets(scratch.file());
    const auto first = std::find_if(before.begin(), before.end(), [&](const Heard& packet) { return packet.md5 == heard.at(0).md5; });
    REQUIRE(static_cast<std::size_t>(before.end() - first) > heard.size());
    for (std::size_t i = 0; i < heard.size(); ++i) {
        CHECK(heard[i].md5 == first[static_cast<std::ptrdiff_t>(i)].md5);
        CHECK(heard[i].seconds == Approx(first[static_cast<std::ptrdiff_t>(i)].seconds).margin(1e-4));
    }
    CHECK(heard.front().seconds - origin >= 2.5);
    CHECK(heard.front().seconds - origin < 2.5 + 0.35);
    CHECK(heard.back().seconds - origin < 4 + 0.35);
    CHECK(heard.back().seconds - origin > 4 - 0.35);
}

TEST_CASE("uncompressed sound is not cut by time, and the error says what to do", "[media]") {
    const Scratch scratch("pcm.mov");

    const auto report = clean(scratch.file(), sound_within({{0, second_ns}}), scratch.options(Method::rewrite));

    REQUIRE_FALSE(report);
    CHECK(report.error().code == ErrorCode::refused);
    CHECK_THAT(report.error().message, Catch::Contains("remove the whole track"));
}

TEST_CASE("cutting sound by time a second time changes nothing", "[media]") {
    for (const char* kind : {"mp4", "fragmented.mp4", "mkv", "ts"}) {
        DYNAMIC_SECTION(kind) {
            const Scratch scratch(kind);
            const Plan plan = sound_within({{0, 3 * second_ns}});
            REQUIRE(clean(scratch.file(), plan, scratch.options()));
            const ByteString once = read_file(scratch.file());

            const auto report = clean(scratch.file(), plan, scratch.options());

            INFO((report ? "" : report.error().message));
            REQUIRE(report);
            CHECK(report->method == ombud::media::Method::none);
            CHECK(read_file(scratch.file()) == once);
        }
    }
}

TEST_CASE("cutting away the beginning of the sound does not move the recording's start", "[media]") {
    for (const char* kind : {"mp4", "fragmented.mp4", "mkv", "ts"}) {
        DYNAMIC_SECTION(kind) {
            const Scratch scratch(kind);
            const Plan plan = sound_within({{2 * second_ns, 6 * second_ns}});
            REQUIRE(clean(scratch.file(), plan, scratch.options()));

            const auto report = clean(scratch.file(), plan, scratch.options());

            INFO((report ? "" : report.error().message));
            REQUIRE(report);
            CHECK(report->method == ombud::media::Method::none);
        }
    }
}

TEST_CASE("no hours at all leave no sound", "[media]") {
    for (const char* kind : {"mp4", "fragmented.mp4", "mkv", "ts"}) {
        DYNAMIC_SECTION(kind) {
            const Scratch scratch(kind);
            const auto sound = sound_of(scratch.file());
            const std::string pictures = packets_of(scratch.file());

            const auto report = clean(scratch.file(), sound_within({}), scratch.options(Method::rewrite));

            INFO((report ? "" : report.error().message));
            REQUIRE(report);
            CHECK(count_found(sound, read_file(scratch.file())) == 0);
            CHECK(first_difference(pictures, packets_of(scratch.file())) == "");
        }
    }
}

TEST_CASE("Matroska loses sound by time in place too", "[media]") {
    const Scratch scratch("mkv");
    const std::string pictures = packets_of(scratch.file());

    const auto report = clean(scratch.file(), sound_within({{0, 5 * second_ns}}), scratch.options(Method::in_place));

    REQUIRE(report);
    CHECK(report->bytes_after == report->bytes_before);
    CHECK(first_difference(pictures, packets_of(scratch.file())) == "");
    CHECK(sound_packets(scratch.file()).back().seconds < 5);
}

TEST_CASE("MP4 cannot lose sound by time in place, and says what to do", "[media]") {
    const Scratch scratch("mp4");

    const auto report = clean(scratch.file(), sound_within({{0, second_ns}}), scratch.options(Method::in_place));

    REQUIRE_FALSE(report);
    CHECK(report.error().code == ErrorCode::refused);
    CHECK_THAT(report.error().message, Catch::Contains("use a rewrite"));
}

} // namespace ombud::media::test
