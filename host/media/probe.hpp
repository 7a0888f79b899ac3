#pragma once
// What a recording holds, without decoding any of it.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "events/clock.hpp"
#include "media/plan.hpp"
#include "events/result.hpp"

namespace ombud::media {

struct Track {
    int index = 0;        ///< place in the file, from 0
    std::uint32_t id = 0; ///< MP4 track_ID, Matroska TrackNumber, MPEG-TS PID; attachments count up from 2^31
    TrackKind kind = TrackKind::unknown;
    std::string codec;    ///< FFmpeg's name, as `h264`; empty when it has none
    std::string language; ///< as the container says, often `und`; may be empty
    std::string handler;  ///< title or handler; may be empty
    std::optional<std::int64_t> duration_ns;
    std::optional<std::uint64_t> size_bytes; ///< of its packets; plain MP4 only
};

struct Probe {
    Container container = Container::mp4;
    std::uint64_t size_bytes = 0;
    std::optional<std::int64_t> duration_ns;
    std::optional<std::int64_t> creation_utc_ns; ///< as the recorder wrote it
    std::vector<Track> tracks;
};

/// Reads a recording's headers (MPEG-TS: the whole file, since tracks may appear at any time). Opens the file read-only,
/// follows no link, reference or address, and changes nothing.
///
/// @param time_max_ns  reading ends after this long; more than 0
/// Errors  not_found      there is no such file
///         invalid_input  a directory, device or pipe; empty; neither MP4, Matroska nor MPEG-TS
///         corrupt        truncated or damaged; the message names the place
///         refused        a symbolic link, not readable, encrypted, or built in a way Ombud does not read
///         unavailable    changed while it was read, or the time was up
/// Thread  any
[[nodiscard]] Result<Probe> probe(const std::filesystem::path& path, const Clock& clock,
                                  std::int64_t time_max_ns = 30'000'000'000);

} // namespace ombud::media
