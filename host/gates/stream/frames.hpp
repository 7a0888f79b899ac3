#pragma once
// Interleaved frames ("$", channel, length, packet): which of them pass, and where those bytes lie.

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

#include "gates/stream/sdp.hpp"

namespace ombud::stream {

/// What one track's packets may be.
struct Lane {
    TrackKind kind = TrackKind::other;
    bool is_rtcp = false;
    bool is_forward = true; ///< false: this direction is not the track's; only RTCP passes
    std::bitset<128> payload_types;
    bool is_readable = false; ///< metadata in a form that can be pseudonymised
};

struct PacketCounts {
    std::uint64_t packets = 0, bytes = 0;              ///< passed
    std::array<std::uint64_t, kind_count> dropped{};   ///< by kind: the track is shut
    std::uint64_t unknown = 0;                         ///< dropped: of no track that was set up, or not of a payload that its track has
    [[nodiscard]] std::uint64_t dropped_count() const;
    void add(const PacketCounts& more);
};

/// What passes just now.
struct Rules {
    std::array<bool, kind_count> open{true, true, true, true, true};
    /// Nothing is forbidden: what belongs to no track passes as well, and payload types are not looked at.
    bool everything = true;
    /// Metadata passes rewritten, and what cannot be rewritten not at all.
    bool pseudonymise = false;

    [[nodiscard]] bool is_open(const Lane& lane) const {
        return open[static_cast<std::size_t>(lane.kind)] && (!pseudonymise || lane.kind != TrackKind::data || lane.is_readable);
    }
    [[nodiscard]] bool rewrites(const Lane& lane) const { return pseudonymise && lane.kind == TrackKind::data && !lane.is_rtcp; }
};

/// Whether a packet of that lane passes; counts it.
/// @param packet  RTP or RTCP, without a frame's head
bool passes(std::span<const std::uint8_t> packet, const Lane& lane, const Rules& rules, PacketCounts& counts);

/// Where the frames of each channel go; unset: no track has it.
struct Channels {
    struct Channel {
        bool is_set = false;
        std::uint8_t to = 0;
        Lane lane;
        std::size_t track = 0;
    };
    std::array<Channel, 256> by_number{};
    std::bitset<256> taken; ///< numbers at the other side

    /// False: the number is taken at one of the sides.
    bool join(std::uint16_t from, std::uint16_t to, const Lane& lane, std::size_t track);
    void leave(std::size_t track);
};

struct SortedFrames {
    std::size_t size = 0; ///< bytes that are done with
    enum class Next {
        more,    ///< a frame is not complete, or nothing is left
        message, ///< what follows is no frame
        full,    ///< call again: `pass` is full
    } next = Next::more;
};
inline constexpr std::size_t frame_bytes_max = 4 + 65'535;

class MetadataRewriter;

/// Walks over the complete frames at the start of `bytes`, writes the other side's channel into those that pass, and adds
/// the stretches that pass to `pass` (cleared first, at most 64; neighbours are one stretch). Copies nothing but metadata that is
/// rewritten.
/// @param rewriter  holds what it rewrote until the next call; null: of a direction in which nothing is rewritten
/// Thread  any
/// Source  RFC 2326, section 10.12
SortedFrames sort_frames(std::span<std::uint8_t> bytes, const Channels& channels, const Rules& rules, PacketCounts& counts,
                         std::vector<std::span<const std::uint8_t>>& pass, MetadataRewriter* rewriter);

} // namespace ombud::stream
