#pragma once
// The track list of a recording or stream: "video/h264 audio/aac data/klv", in track order.

#include <algorithm>
#include <cstdint>
#include <ombud/result.hpp>
#include <ombud/verdict.h>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::sdk {

enum class TrackKind : std::uint32_t {
    video = OMBUD_TRACK_VIDEO,
    audio = OMBUD_TRACK_AUDIO,
    data = OMBUD_TRACK_DATA,   ///< also "subtitle": analytics are stored as such
    other = OMBUD_TRACK_OTHER, ///< any kind that is not one of these
};

struct Track {
    TrackKind kind;
    std::string_view codec; ///< e.g. "h264"; never empty; borrowed from the list
};

/// Reads a list of KIND/CODEC separated by spaces; an empty list has no tracks.
/// Errors: invalid_input (an entry without kind or codec, named).
[[nodiscard]] inline Result<std::vector<Track>> parse_tracks(std::string_view list) {
    std::vector<Track> tracks;
    while (true) {
        list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
        if (list.empty())
            return tracks;
        const std::string_view entry = list.substr(0, list.find(' '));
        list.remove_prefix(entry.size());
        const std::size_t slash = entry.find('/');
        if (slash == std::string_view::npos || slash == 0 || slash + 1 == entry.size())
            return fail(ErrorCode::invalid_input,
                        "track \"" + std::string(entry) + "\" is not KIND/CODEC, e.g. audio/aac");
        const std::string_view kind = entry.substr(0, slash);
        tracks.push_back({kind == "video"                        ? TrackKind::video
                          : kind == "audio"                      ? TrackKind::audio
                          : kind == "data" || kind == "subtitle" ? TrackKind::data
                                                                 : TrackKind::other,
                          entry.substr(slash + 1)});
    }
}

} // namespace ombud::sdk
