#pragma once
// A movie's header (`moov`), read whole: its tracks and their tables.

#include "media/mp4/samples.hpp"

namespace ombud::media {

/// value * mul / div, rounded to the nearest and away from zero at a tie, as FFmpeg rounds; proof compares with its reading.
[[nodiscard]] constexpr std::int64_t rescaled(std::int64_t value, std::int64_t mul, std::int64_t div) {
    __extension__ using Wide = __int128;
    const Wide scaled = static_cast<Wide>(value) * mul;
    return static_cast<std::int64_t>((scaled < 0 ? scaled - div / 2 : scaled + div / 2) / div);
}

/// One `trak` with what the surgery needs of it; boxes borrow from the Movie that holds them.
struct Mp4Track {
    std::uint32_t id = 0;
    Box trak;
    Box stbl;
    std::optional<Box> edts;
    std::optional<Box> tref;
    SampleTable samples;
    std::uint32_t ticks_per_second = 0;
    bool is_encrypted = false;

    /// What the edit list adds to every presentation time: its empty start less the media time at which it begins.
    std::int64_t shift_ticks = 0;
    bool has_single_edit = true; ///< at most one empty edit and one other at normal speed

    [[nodiscard]] std::int64_t presentation_ns(std::int64_t decode, std::int64_t delta) const {
        return ticks_to_ns(decode + delta + shift_ticks, 1, ticks_per_second);
    }
};

/// The defaults of one track's fragments (`trex`).
struct FragmentDefaults {
    std::uint32_t track_id = 0;
    std::uint32_t duration = 0;
    std::uint32_t size_bytes = 0;
    std::uint32_t flags = 0;
    Box box;
};

struct Movie {
    Bytes bytes; ///< of `moov`; the boxes below borrow from it, and moving a Movie keeps them valid
    std::vector<Box> top;
    Box moov;
    std::vector<Mp4Track> tracks;
    std::vector<FragmentDefaults> fragment_defaults;
    std::optional<Box> mvex;
    std::uint32_t ticks_per_second = 0; ///< of the movie
    bool is_fragmented = false;
};

/// Reads the top-level boxes and `moov`, and checks that Ombud can account for every sample.
/// Errors  corrupt  truncated, damaged, no moov
///         refused  media data in other files, item tables, compressed headers, more than 256 MiB of moov
[[nodiscard]] Result<Movie> read_movie(const ByteSource& source);

} // namespace ombud::media
