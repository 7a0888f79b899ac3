#pragma once
// ISO base media files (MP4, MOV), plain and fragmented: which bytes belong to which track.
// Source  ISO/IEC 14496-12

#include <span>
#include <vector>

#include "media/surgery.hpp"

namespace ombud::media {

/// Whether the first bytes are a box that may open an MP4.
[[nodiscard]] bool looks_like_mp4(std::span<const std::uint8_t> head);

/// As list_tracks(). Reads the top-level boxes' headers and `moov`.
[[nodiscard]] Result<std::vector<ContainerTrack>> list_mp4_tracks(const ByteSource& source);

/// Whether `moov` announces fragments (`mvex`).
/// Errors  as list_mp4_tracks()
[[nodiscard]] Result<bool> is_fragmented_mp4(const ByteSource& source);

/// As plan_surgery(). A removed track loses its samples, its `trak`, `trex` and `traf`s and what refers to it. The
/// segment and fragment indexes (`sidx`, `mfra`) are taken out, since they would point beside what they name.
[[nodiscard]] Result<Surgery> plan_mp4_surgery(const ByteSource& source, const Rules& rules);

} // namespace ombud::media
