#pragma once
// What may stay in a recording, said by kind of track, so that the same plan fits a file before and after its cleaning.

#include <cstdint>
#include <map>
#include <vector>

namespace ombud::media {

enum class Container : std::uint8_t { mp4, fragmented_mp4, matroska, mpegts };
enum class TrackKind : std::uint8_t { video, audio, data, subtitle, attachment, unknown };

[[nodiscard]] const char* name_of(Container container);
[[nodiscard]] const char* name_of(TrackKind kind);

/// Half-open: from_ns <= t < to_ns, nanoseconds after the recording's start.
struct Interval {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
};

/// What happens to one track.
struct TrackRule {
    enum class Keep : std::uint8_t { all, none, within };
    Keep keep = Keep::all;
    std::vector<Interval> intervals; ///< read with Keep::within only; any order

    /// Whether a packet stays that starts at this instant. A packet belongs wholly to the instant of its presentation
    /// time, so sound may run over an interval's end by the rest of one packet: 21 to 64 ms of AAC in MP4 and Matroska;
    /// in MPEG-TS a packet is a PES packet, which FFmpeg fills with up to 0.3 s. Where that matters, end the interval earlier.
    [[nodiscard]] bool keeps(std::int64_t start_ns) const {
        if (keep != Keep::within)
            return keep == Keep::all;
        for (const Interval& interval : intervals)
            if (interval.from_ns <= start_ns && start_ns < interval.to_ns)
                return true;
        return false;
    }
};

/// One rule for each kind of track, and exceptions for single tracks. The default keeps the picture alone (AMG-1).
struct Plan {
    TrackRule video{TrackRule::Keep::all, {}};
    TrackRule audio{TrackRule::Keep::none, {}};
    TrackRule data{TrackRule::Keep::none, {}};
    TrackRule subtitle{TrackRule::Keep::none, {}};
    TrackRule attachment{TrackRule::Keep::none, {}};
    TrackRule unknown{TrackRule::Keep::none, {}};
    std::map<std::uint32_t, TrackRule> by_id; ///< Track::id -> rule, before the kinds

    [[nodiscard]] const TrackRule& rule_for(TrackKind kind, std::uint32_t id) const {
        if (const auto found = by_id.find(id); found != by_id.end())
            return found->second;
        switch (kind) {
        case TrackKind::video: return video;
        case TrackKind::audio: return audio;
        case TrackKind::data: return data;
        case TrackKind::subtitle: return subtitle;
        case TrackKind::attachment: return attachment;
        case TrackKind::unknown: break;
        }
        return unknown;
    }
};

/// Ticks of a time base as nanoseconds, rounded down: the one conversion that planning and proof share.
/// @param num, den  the tick in seconds is num / den; den > 0
[[nodiscard]] constexpr std::int64_t ticks_to_ns(std::int64_t ticks, std::int64_t num, std::int64_t den) {
    __extension__ using Wide = __int128; // 2^63 ticks of 1/90000 s in ns need more than 64 bits on the way
    const Wide scaled = static_cast<Wide>(ticks) * num * 1'000'000'000;
    Wide quotient = scaled / den;
    if (scaled % den < 0)
        quotient -= 1;
    return static_cast<std::int64_t>(quotient);
}

} // namespace ombud::media
