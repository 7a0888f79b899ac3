#pragma once
// A Matroska file's parts down to its tracks, clusters and attachments.
// Source  RFC 9559

#include "media/matroska/ebml.hpp"

namespace ombud::media {

namespace matroska_id {
constexpr std::uint32_t ebml = 0x1A45DFA3, segment = 0x18538067, seek_head = 0x114D9B74, seek = 0x4DBB,
                        seek_position = 0x53AC, info = 0x1549A966, timestamp_scale = 0x2AD7B1, tracks = 0x1654AE6B,
                        track_entry = 0xAE, track_number = 0xD7, track_uid = 0x73C5, track_type = 0x83,
                        content_encodings = 0x6D80, content_encoding = 0x6240, content_encryption = 0x5035,
                        cluster = 0x1F43B675, cluster_timestamp = 0xE7, cluster_position = 0xA7, prev_size = 0xAB,
                        simple_block = 0xA3, block_group = 0xA0, block = 0xA1, encrypted_block = 0xAF,
                        cues = 0x1C53BB6B, cue_point = 0xBB, cue_track_positions = 0xB7, cue_track = 0xF7,
                        cue_cluster_position = 0xF1, cue_relative_position = 0xF0, tags = 0x1254C367, tag = 0x7373,
                        targets = 0x63C0, tag_track_uid = 0x63C5, attachments = 0x1941A469, attached_file = 0x61A7,
                        chapters = 0x1043A770, crc32 = 0xBF, void_element = 0xEC;
} // namespace matroska_id

/// One track's entry.
struct MatroskaTrack {
    ContainerTrack as_listed;
    std::uint64_t uid = 0;
    Element entry;
};

/// The parts of a file that the surgery looks at.
struct MatroskaOutline {
    Element segment;
    std::vector<Element> level_one; ///< in the order of the file
    std::vector<MatroskaTrack> tracks;
    std::vector<Element> attachments;
    std::uint64_t timestamp_scale_ns = 1'000'000;
};

/// Walks the file's upper levels.
/// Errors  corrupt  truncated or damaged, no tracks
///         refused  an element without a size that is not a cluster, or bytes after the segment
[[nodiscard]] Result<MatroskaOutline> read_matroska_outline(EbmlReader& reader);

} // namespace ombud::media
