#include <catch2/catch.hpp>

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
        REQUIRE(std::sscanf(line.c_str(), "0, %*[^,], %lf", &pts) == 1);
        heard.push_back({pts * tick, line.substr(line.rfind(' ') + 1)});
    }
    return heard;
}

Plan sound_within(std::vector<Interval> intervals) {
    Plan plan;
    plan.audio = {TrackRule::Keep::within, std::move(intervals)};
    return plan;
}

/// Where FFmpeg's clock stands when the recording begins: MPEG-TS counts from an arbitrary time.
double origin_of(const fs::path& file) {
    return file.extension() == ".ts" ? std::stod(run("ffprobe -v error -show_entries format=start_time -of csv=p=0 '" + file.string() + "'")) : 0.0;
}

} // namespace

TEST_CASE("sound stays within its hours, at its time, and nowhere else", "[media]") {
    for (const char* kind : {"mp4", "faststart.mp4", "pcm.mov", "fragmented.mp4", "moof.mp4", "mkv", "live.mkv", "ts"}) {
        DYNAMIC_SECTION(kind) {
            const Scratch scratch(kind);
            const double origin = origin_of(scratch.file());
            const std::string pictures = packets_of(scratch.file());
            std::vector<Heard> expected;
            for (const Heard& packet : sound_packets(scratch.file())) {
                const double at = packet.seconds - origin;
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
