#pragma once
// Copies of recordings in which parts of every picture are covered for good: decoded, covered, encoded, and proven by
// decoding the copy again (EXP-7, EXP-13).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "events/result.hpp"
#include "media/probe.hpp"

namespace ombud::media {

/// A place in the picture as a viewer sees it, after any turning that the file asks for: x to the right and y down from
/// the upper left corner, 0 to 1 of its width and height.
struct PicturePoint {
    double x = 0;
    double y = 0;
};

/// A polygon that nobody may look behind. Its last point joins its first; where its edges cross, what they enclose in
/// either direction is covered (non-zero winding).
struct MaskPolygon {
    std::string id;                   ///< for messages; a site's <mask> has one
    std::vector<PicturePoint> points; ///< 3 to 64
};

struct CopyOptions {
    /// Constant rate factor of the encoder, 10 (larger file) to 30 (smaller file, worse picture).
    int quality = 18;
    /// Whether sound and text come along.
    bool keeps_sound_and_text = true;
    /// Called now and then from the calling thread with the share done, 0 to 1, proof included; false stops.
    std::function<bool(double)> progress;
};

/// Why a track is not in the copy.
struct DroppedTrack {
    Track track;
    std::string why;
};

/// What decoding the copy again found where it must be covered. A copy for which this does not hold is never handed out.
struct CoverProof {
    std::uint64_t pictures = 0;       ///< of the copy, all of them, at the times of the recording's pictures
    std::uint64_t covered_blocks = 0; ///< of block_px² samples, over all pictures; a block counts in each picture anew
    int worst_difference = 0;         ///< of any covered sample from what was drawn there, 0 to 255 (10 bit: a quarter)
    int tolerance = 0;                ///< what worst_difference may be at most
};

struct MaskedCopy {
    std::uint64_t pictures = 0;
    int width = 0, height = 0;            ///< as coded, before any turning
    int block_px = 0;                     ///< edge of the squares that are covered wholly when one sample of them must be
    std::string codec;                    ///< of the copy's pictures: `h264` or `hevc`
    std::vector<Track> copied;            ///< tracks taken over packet by packet, the same bytes at the same times
    std::uint64_t copied_packets = 0;     ///< of them; SHA-256 over them compared in both files
    std::vector<DroppedTrack> dropped;    ///< a second picture track, attached pictures, data: nothing uncovered stays
    std::uint64_t undecodable_packets = 0; ///< of the picture track, damaged in the recording: their pictures are not in the copy
    CoverProof proof;
};

/// Makes a copy in which the polygons are black in every picture.
///
/// Every block of 16x16 samples that a polygon touches is black wholly. Pictures are encoded as they were (H.264 or HEVC;
/// MPEG-4 and Motion JPEG become H.264), without B-frames, at exactly the recording's times in its time base, with key
/// frames where it has them; turning, aspect ratio and colour range stay. Sound and text are copied packet by packet. Titles,
/// places, thumbnails and whatever else the container says are left out, but for languages, track titles and the time of recording.
///
/// What FFmpeg 5.1 does not read it cannot respect: Matroska's PixelCrop and ProjectionPoseRoll, MP4's `clap`. The copy has
/// none of them, so whoever looks at it sees all that is covered and all that is not.
///
/// @param input   MP4 or Matroska; only read
/// @param output  must not exist, same container; appears whole under this name, mode 0600, forced to the disk, after its proof
/// @param masks   1 to 64
/// Errors  not_found      no such file, or no folder for the copy
///         invalid_input  no recording; no masks, or points outside 0..1; a quality out of range; `output` exists
///         corrupt        damaged, or pictures whose times do not rise
///         refused        MPEG-TS, a codec or form of picture that cannot be encoded again, a size that changes within the
///                        recording, pictures turned by other than right angles, or a link
///         unavailable    being written, changed meanwhile, disk full, or the encoder is not on this machine
///         cancelled      `progress` said so
///         internal       the proof failed
///         For all of them nothing is left under `output`, and the recording is as it was.
/// Thread  any; uses more of its own for decoding and encoding
[[nodiscard]] Result<MaskedCopy> burn_masks(const std::filesystem::path& input, const std::filesystem::path& output,
                                            const std::vector<MaskPolygon>& masks, const CopyOptions& options);

} // namespace ombud::media
