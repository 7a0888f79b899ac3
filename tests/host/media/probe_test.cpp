#include <catch2/catch.hpp>

#include "media/probe.hpp"
#include "recordings.hpp"

namespace ombud::media::test {

namespace {

std::string kinds_of(const Probe& probe) {
    std::string kinds;
    for (const Track& track : probe.tracks)
        kinds += std::string(kinds.empty() ? "" : " ") + name_of(track.kind) + ":" + track.codec;
    return kinds;
}

} // namespace

TEST_CASE("probe tells containers and tracks apart", "[media]") {
    struct Row { const char* kind; Container container; const char* tracks; };
    const Row rows[] = {
        {"mp4", Container::mp4, "video:h264 audio:aac"},
        {"faststart.mp4", Container::mp4, "video:h264 audio:aac"},
        {"pcm.mov", Container::mp4, "video:h264 audio:pcm_s16le"},
        {"tmcd.mp4", Container::mp4, "video:h264 audio:aac subtitle:mov_text data:"},
        {"fragmented.mp4", Container::fragmented_mp4, "video:h264 audio:aac"},
        {"moof.mp4", Container::fragmented_mp4, "video:h264 audio:aac"},
        {"mkv", Container::matroska, "video:h264 audio:aac"},
        {"live.mkv", Container::matroska, "video:h264 audio:aac"},
        {"extras.mkv", Container::matroska, "video:h264 audio:aac subtitle:subrip attachment:"},
        {"ts", Container::mpegts, "video:h264 audio:aac"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.kind) {
            const fs::path file = make_recording(row.kind);

            const auto found = probe(file, SystemClock());

            INFO((found ? "" : found.error().message));
            REQUIRE(found);
            CHECK(found->container == row.container);
            CHECK(kinds_of(*found) == row.tracks);
            CHECK(found->size_bytes == fs::file_size(file));
        }
    }
}

TEST_CASE("probe reads durations in nanoseconds", "[media]") {
    for (const char* kind : {"mp4", "fragmented.mp4", "mkv", "ts"}) {
        DYNAMIC_SECTION(kind) {
            const auto found = probe(make_recording(kind), SystemClock());

            REQUIRE(found);
            REQUIRE(found->duration_ns);
            CHECK(static_cast<double>(*found->duration_ns) == Approx(10e9).margin(1e8));
        }
    }
}

TEST_CASE("probe adds up the bytes of a plain MP4's tracks", "[media]") {
    const auto found = probe(make_recording("mp4"), SystemClock());

    REQUIRE(found);
    const auto sizes = run("ffprobe -v error -select_streams a -show_entries packet=size -of csv=p=0 '" +
                           make_recording("mp4").string() + "' | tr -d , | paste -sd+ | bc");
    CHECK(found->tracks[1].size_bytes == std::stoull(sizes));
}

TEST_CASE("probe stops when its time is up", "[media]") {
    class Hurrying final : public Clock {
      public:
        [[nodiscard]] std::int64_t utc_ns() const override { return 0; }
        [[nodiscard]] std::int64_t mono_ns() const override { return now_ += 1'000'000'000; }

      private:
        mutable std::int64_t now_ = 0;
    };

    const auto found = probe(make_recording("mkv"), Hurrying(), 1);

    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::unavailable);
    CHECK_THAT(found.error().message, Catch::Contains("time was up"));
}

} // namespace ombud::media::test
