#pragma once
// A stream's description (SDP): which tracks it has, and the description without those that are not to be seen.

#include <bitset>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"

namespace ombud::stream {

/// OMBUD_TRACK_* of ombud/verdict.h.
enum class TrackKind : std::uint8_t { video = 1, audio = 2, data = 3, other = 4 };
inline constexpr std::size_t kind_count = 5; ///< arrays by kind; 0 is unused
[[nodiscard]] std::string_view to_string(TrackKind kind);

/// One "m=" section.
struct Track {
    TrackKind kind = TrackKind::other;
    std::string codec;   ///< lower case, e.g. "h264", "vnd.onvif.metadata"; never empty
    std::string control; ///< as told, absolute or relative; empty: the stream's own
    bool to_viewer = true;
    bool to_camera = false; ///< a backchannel
    std::bitset<128> payload_types;
    std::vector<std::string> lines;
};

struct Description {
    std::vector<std::string> lines; ///< before the first track
    std::string control;            ///< of the whole; "*" or empty: its base
    std::vector<Track> tracks;      ///< in order; at most 64

    /// The tracks as events name them: "video/h264 audio/pcma"; empty: none.
    [[nodiscard]] std::string tracks_to_viewer() const;
    [[nodiscard]] std::string tracks_to_camera() const;
    /// The description with the tracks for which `is_shown` says so, whose names are those that `control_of` gives; the
    /// whole is "*". The address in "c=" becomes 0.0.0.0: packets come from the gate.
    [[nodiscard]] std::string text(const std::function<bool(std::size_t)>& is_shown,
                                   const std::function<std::string(std::size_t)>& control_of) const;
};

/// @param backchannel_asked  the request asked for backchannels: sound and data "sendonly" then go to the camera
/// Errors  invalid_input  not SDP, or more than 64 tracks or 4000 lines
/// Source  RFC 4566; RFC 2326, appendix C; ONVIF Streaming Specification, section 5.3 (backchannel).
///         A container in one track (MPEG-TS, MPEG-PS) is `other`: what it carries cannot be seen, nor parts of it taken out.
Result<Description> parse_description(std::string_view text, bool backchannel_asked);

} // namespace ombud::stream
