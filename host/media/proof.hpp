#pragma once
// Evidence that a cleaning took what the plan names and nothing else, by FFmpeg's reading of both files: another reader
// than the parsers that made the cuts.

#include <functional>

#include "media/edited_copy.hpp"
#include "signing/digest.hpp"

namespace ombud::media {

struct Evidence {
    std::uint64_t kept_packets = 0;
    std::uint64_t kept_bytes = 0;
    signing::Digest kept_sha256{}; ///< as digest_kept() makes it; zeros unless asked for
};

/// Whether FFmpeg's packets name the place of their data, so that none need be carried to where they are compared: MP4.
[[nodiscard]] constexpr bool names_places(Container container) {
    return container == Container::mp4 || container == Container::fragmented_mp4;
}

/// Reads both files and compares, track by track, every kept packet: times, flags, side data and data byte for byte; and
/// the kept tracks' codec parameters, and that no removed track is left. Of a track kept in part, durations may differ,
/// since the last sample before a gap lasts until the next, and so may the number of samples that a player is told to skip.
///
/// @param before, after  the file as it was and as it becomes; they may share bytes
/// @param with_hash      whether the evidence carries the digest, made while the packets are at hand
/// @param progress       called with the share of `before` read, 0 to 1; false stops
/// Errors  internal     they differ; the message names the track, packet and field
///         corrupt      one of them cannot be read
///         unavailable  stopped
/// Thread  any
[[nodiscard]] Result<Evidence> prove_equal(const ByteSource& before, const ByteSource& after, Container container,
                                           const Rules& rules, std::int64_t origin_ticks, bool with_hash,
                                           const std::function<bool(double)>& progress);

/// The same for an MP4, plain or fragmented, that was copied with edits, without reading its data again: of every packet
/// all but the data is compared, and its data lie in what the copy took over as it was, at the places that both files name.
/// @param unchanged  as write_edited() returned it for the two files
/// Errors  as prove_equal()
[[nodiscard]] Result<Evidence> prove_copied(const ByteSource& before, const ByteSource& after, Container container,
                                            const std::vector<Moved>& unchanged, const Rules& rules);

/// The same for an MP4, plain or fragmented, whose kept packets are neither moved nor written to, without reading their
/// data: both files name the same packets at the same places, and no cut touches one of them.
/// Errors  as prove_equal()
[[nodiscard]] Result<Evidence> prove_untouched(const ByteSource& before, const ByteSource& after, Container container,
                                               const Surgery& surgery, const Rules& rules);

/// SHA-256 over the packets that the rules keep. For each kept track in the order of the file: its number, its codec
/// parameters, and the SHA-256 over its packets, each as presentation time, decode time, duration, flags, side data,
/// size, data; of tracks kept in part without what prove_equal() excepts.
/// Errors  corrupt      the file cannot be read
///         unavailable  stopped
/// Thread  any
[[nodiscard]] Result<signing::Digest> digest_kept(const ByteSource& source, Container container, const Rules& rules,
                                                  std::int64_t origin_ticks, const std::function<bool(double)>& progress);

} // namespace ombud::media
