#pragma once
// MPEG transport streams: which packets belong to which track.
// Source  ISO/IEC 13818-1 (H.222.0)

#include <span>
#include <vector>

#include "media/surgery.hpp"

namespace ombud::media {

/// Packets of 188 bytes; M2TS (192) and the 204-byte form are other formats.
[[nodiscard]] bool looks_like_mpegts(std::span<const std::uint8_t> head);

/// As list_tracks(). Reads the whole file: a stream may announce tracks at any time. PIDs that carry data and that no
/// programme map announces are listed too, after the others.
[[nodiscard]] Result<std::vector<ContainerTrack>> list_mpegts_tracks(const ByteSource& source);

/// As plan_surgery(), for a rewrite alone. A removed track loses its packets and its lines in every programme map;
/// packets that carry the programme's clock stay, emptied of all else. A file that ends inside a packet loses that rest.
[[nodiscard]] Result<Surgery> plan_mpegts_surgery(const ByteSource& source, const Rules& rules);

/// Distance between two 33-bit time stamps, the shorter way round: -2^32 <= distance < 2^32 (13 hours).
[[nodiscard]] constexpr std::int64_t mpegts_distance(std::int64_t from, std::int64_t to) {
    constexpr std::int64_t wrap = std::int64_t{1} << 33;
    const std::int64_t distance = (to - from) & (wrap - 1);
    return distance < wrap / 2 ? distance : distance - wrap;
}

} // namespace ombud::media
