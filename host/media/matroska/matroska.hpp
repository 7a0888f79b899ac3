#pragma once
// Matroska and WebM: which elements belong to which track.
// Source  RFC 8794 (EBML), RFC 9559 (Matroska)

#include <span>
#include <vector>

#include "media/surgery.hpp"

namespace ombud::media {

[[nodiscard]] bool looks_like_matroska(std::span<const std::uint8_t> head);

/// As list_tracks(); attached files follow the tracks and are numbered attachment_id_base + position.
[[nodiscard]] Result<std::vector<ContainerTrack>> list_matroska_tracks(const ByteSource& source);
constexpr std::uint32_t attachment_id_base = 0x8000'0000;

/// As plan_surgery(). A removed track loses its blocks, its entry, its tags and its cues; checksums (CRC-32) of changed
/// elements become void.
[[nodiscard]] Result<Surgery> plan_matroska_surgery(const ByteSource& source, const Rules& rules);

} // namespace ombud::media
