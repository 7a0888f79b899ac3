#include <catch2/catch.hpp>

#include "gates/stream/frames.hpp"
#include "gates/stream/permit.hpp"

using namespace ombud;
using namespace ombud::stream;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes frame(unsigned channel, unsigned payload_type, std::size_t size = 12) {
    Bytes bytes{'$', static_cast<std::uint8_t>(channel), static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    bytes.resize(4 + size);
    if (size > 1) {
        bytes[4] = 0x80;
        bytes[5] = static_cast<std::uint8_t>(payload_type);
    }
    return bytes;
}

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// Video of payload 96 in channels 0 and 1, sound of payload 8 in 2 and 3; the viewer has the same numbers plus ten.
struct Stage {
    Stage() {
        const auto join = [this](unsigned number, TrackKind kind, bool is_rtcp, unsigned type) {
            Lane lane{kind, is_rtcp, true, {}};
            lane.payload_types.set(type);
            channels.by_number[number] = {true, static_cast<std::uint8_t>(number + 10), lane};
            channels.taken.set(number + 10);
        };
        join(0, TrackKind::video, false, 96);
        join(1, TrackKind::video, true, 96);
        join(2, TrackKind::audio, false, 8);
        join(3, TrackKind::audio, true, 8);
        rules.everything = false;
    }
    SortedFrames sort(Bytes& bytes) { return sort_frames(bytes, channels, rules, counts, pass, nullptr); }
    Bytes passed() const {
        Bytes all;
        for (const auto& stretch : pass)
            all.insert(all.end(), stretch.begin(), stretch.end());
        return all;
    }

    Channels channels;
    Rules rules;
    PacketCounts counts;
    std::vector<std::span<const std::uint8_t>> pass;
};

} // namespace

TEST_CASE("frames pass as one stretch of the buffer, in the viewer's channels") {
    Stage stage;
    Bytes bytes = frame(0, 96) + frame(2, 8) + frame(1, 200);

    const SortedFrames sorted = stage.sort(bytes);

    CHECK(sorted.size == bytes.size());
    REQUIRE(stage.pass.size() == 1);
    CHECK(stage.pass[0].data() == bytes.data());
    CHECK(stage.passed() == frame(10, 96) + frame(12, 8) + frame(11, 200));
    CHECK(stage.counts.packets == 3);
}

TEST_CASE("frames of a shut kind do not pass, nor its RTCP") {
    Stage stage;
    stage.rules.open[static_cast<std::size_t>(TrackKind::audio)] = false;
    Bytes bytes = frame(0, 96) + frame(2, 8) + frame(3, 200) + frame(0, 96);

    stage.sort(bytes);

    CHECK(stage.passed() == frame(10, 96) + frame(10, 96));
    CHECK(stage.pass.size() == 2);
    CHECK(stage.counts.dropped[static_cast<std::size_t>(TrackKind::audio)] == 2);
}

TEST_CASE("a channel that nobody set up passes only where nothing is forbidden") {
    Stage stage;
    Bytes bytes = frame(40, 8);

    stage.sort(bytes);
    CHECK(stage.pass.empty());
    CHECK(stage.counts.unknown == 1);

    stage.rules.everything = true;
    stage.sort(bytes);
    CHECK(stage.passed() == bytes);
}

TEST_CASE("a stranger's channel never passes as a track of the viewer's") {
    Stage stage;
    stage.rules.everything = true;
    Bytes bytes = frame(12, 8); // at the viewer, 12 is the sound

    stage.sort(bytes);

    CHECK(stage.pass.empty());
}

TEST_CASE("sound in the channel of the video does not pass where something is forbidden") {
    Stage stage;
    Bytes bytes = frame(0, 8) + frame(0, 96) + frame(0, 200 - 128);

    stage.sort(bytes);

    CHECK(stage.passed() == frame(10, 96) + frame(10, 200 - 128)); // RTCP among RTP stays
    CHECK(stage.counts.unknown == 1);
}

TEST_CASE("a frame cut anywhere waits for its rest, and nothing of it passes") {
    const Bytes whole = frame(0, 96, 300);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Stage stage;
        Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));

        const SortedFrames sorted = stage.sort(part);

        INFO(size);
        CHECK(sorted.size == 0);
        CHECK(stage.pass.empty());
        CHECK(sorted.next == SortedFrames::Next::more);
    }
}

TEST_CASE("what is no frame is left to others") {
    Stage stage;
    Bytes bytes = frame(0, 96);
    bytes.push_back('R');

    const SortedFrames sorted = stage.sort(bytes);

    CHECK(sorted.size == bytes.size() - 1);
    CHECK(sorted.next == SortedFrames::Next::message);
}

TEST_CASE("many gaps are taken in several turns, and each packet is counted once") {
    Stage stage;
    stage.rules.open[static_cast<std::size_t>(TrackKind::audio)] = false;
    Bytes bytes;
    for (int count = 0; count < 200; ++count)
        bytes = std::move(bytes) + frame(0, 96) + frame(2, 8);
    std::span<std::uint8_t> rest = bytes;
    std::size_t passed = 0;
    SortedFrames sorted;
    do {
        sorted = sort_frames(rest, stage.channels, stage.rules, stage.counts, stage.pass, nullptr);
        CHECK(stage.pass.size() <= 64);
        passed += stage.pass.size();
        rest = rest.subspan(sorted.size);
    } while (sorted.next == SortedFrames::Next::full);

    CHECK(rest.empty());
    CHECK(passed == 200);
    CHECK(stage.counts.packets == 200);
    CHECK(stage.counts.dropped_count() == 200);
}

TEST_CASE("a permit opens and shuts kinds at their moments") {
    Decision decision;
    decision.action = VerdictAction::transform;
    decision.rule = "AMG-3";
    decision.reason = "hours";
    decision.tracks = {{OMBUD_TRACK_AUDIO, OMBUD_TRACK_KEEP_WITHIN, 100, 200}, {OMBUD_TRACK_DATA, OMBUD_TRACK_REMOVE, 0, 0}};
    const Permit permit(decision);

    CHECK_FALSE(permit.is_open(TrackKind::audio, 99));
    CHECK(permit.is_open(TrackKind::audio, 100));
    CHECK_FALSE(permit.is_open(TrackKind::audio, 200));
    CHECK_FALSE(permit.is_open(TrackKind::data, 150));
    CHECK(permit.is_open(TrackKind::video, 150));
    CHECK(permit.next_change(50) == 100);
    CHECK(permit.next_change(100) == 200);
    CHECK_FALSE(permit.next_change(200));
    CHECK_FALSE(permit.rules_at(150).everything);
}

TEST_CASE("a denial, a postponement and a fault refuse the whole, with the reason") {
    for (const VerdictAction action : {VerdictAction::deny, VerdictAction::defer, VerdictAction::unset}) {
        Decision decision;
        decision.action = action;
        decision.rule = "AMG-2";
        decision.reason = "no";
        CHECK(Permit(decision).refusal() == "AMG-2: no");
    }
}

TEST_CASE("what abstains forbids nothing") {
    CHECK_FALSE(Permit(Decision{}).refusal());
    CHECK(Permit(Decision{}).rules_at(0).everything);
}

TEST_CASE("metadata that is to be pseudonymised passes only in a form that can be") {
    Decision decision;
    decision.action = VerdictAction::transform;
    decision.tracks = {{OMBUD_TRACK_DATA, OMBUD_TRACK_PSEUDONYMISE, 0, 0}};

    const Rules rules = Permit(decision).rules_at(0);

    const Lane onvif{TrackKind::data, false, true, {}, true}, other{TrackKind::data, false, true, {}, false};
    CHECK(rules.is_open(onvif));
    CHECK(rules.rewrites(onvif));
    CHECK_FALSE(rules.is_open(other));
    CHECK(rules.is_open(Lane{TrackKind::audio, false, true, {}, false}));
    CHECK_FALSE(rules.rewrites(Lane{TrackKind::data, true, true, {}, true})); // RTCP
    CHECK_FALSE(rules.everything);
}
