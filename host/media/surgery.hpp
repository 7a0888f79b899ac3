#pragma once
// What has to change in a recording for a plan to hold, in terms of bytes: nothing is decoded, and whatever is not named
// here stays as it is. One description serves both methods: a rewrite leaves the cuts out and moves the rest up; in place,
// the cuts are overwritten with what the container skips.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "media/byte_source.hpp"
#include "media/plan.hpp"

namespace ombud::media {

/// A number in the file that depends on where things lie: value = place of `to` - place of `from`.
struct Relocation {
    enum class Encoding : std::uint8_t { big_endian, ebml_size };
    std::uint64_t field_offset = 0; ///< of the number itself, old file
    std::uint8_t width_bytes = 4;   ///< 1 to 8
    Encoding encoding = Encoding::big_endian;
    std::uint64_t from = 0; ///< old file
    std::uint64_t to = 0;   ///< old file
};

/// Bytes to take out.
struct Cut {
    Range range;
    Bytes filler; ///< in place: written at the range's start, zeros follow it; a rewrite leaves the whole range out

    /// What takes the range's place in a rewrite; a cut with an insert cannot be made in place.
    Bytes insert;
    std::vector<Relocation> insert_relocations; ///< field_offset counts from the insert's first byte
};

/// Bytes to replace by as many others, by either method.
struct Patch {
    std::uint64_t offset = 0;
    Bytes bytes;
};

/// A recording's cuts, and what follows from them.
struct Surgery {
    std::vector<Cut> cuts;               ///< sorted, disjoint
    std::vector<Relocation> relocations; ///< any order, outside the cuts
    std::vector<Patch> patches;          ///< any order, outside the cuts
    std::vector<Range> kept_media;       ///< coalesced; packets of kept tracks, where the container says where they lie
    std::uint64_t removed_packets = 0;   ///< samples (MP4), blocks (Matroska), PES packets (MPEG-TS)
    std::int64_t origin_ticks = 0;       ///< MPEG-TS: time stamp of the recording's start, 1/90000 s; elsewhere 0
    bool has_filler = true;              ///< whether the cuts' fillers make them something that readers skip

    [[nodiscard]] bool is_empty() const { return cuts.empty() && patches.empty(); }
    [[nodiscard]] bool fits_in_place() const;
    [[nodiscard]] std::uint64_t cut_bytes() const;
};

/// Where a byte of the old file lies in the new one.
class OffsetMap {
  public:
    explicit OffsetMap(const std::vector<Cut>& cuts);
    /// @param old_offset  outside the cuts, or a cut's first byte (then: of what takes its place)
    [[nodiscard]] std::uint64_t operator()(std::uint64_t old_offset) const;

  private:
    struct Step {
        std::uint64_t end = 0;     ///< of the cut, old file
        std::uint64_t removed = 0; ///< by this cut and those before it
    };
    std::vector<Step> steps_;
};

/// The bytes a relocation writes.
/// Errors  refused  the value does not fit into the field
[[nodiscard]] Result<Bytes> encoded(const Relocation& relocation, const OffsetMap& place);

/// A track as the container numbers it: MP4 track_ID, Matroska TrackNumber, MPEG-TS PID.
struct ContainerTrack {
    std::uint32_t id = 0;
    bool is_encrypted = false;
    std::optional<std::uint64_t> size_bytes;  ///< of its packets; plain MP4 only
    std::optional<std::int64_t> duration_ns; ///< first to last time stamp; MPEG-TS only, elsewhere FFmpeg knows it
};

/// Rules by ContainerTrack::id; every track of the file must have one.
using Rules = std::map<std::uint32_t, TrackRule>;

/// Tells a container from the file's first bytes.
/// @return  mp4 for plain and fragmented alike
/// Errors   invalid_input  none of MP4, Matroska, MPEG-TS; the message shows the first bytes
[[nodiscard]] Result<Container> sniff_container(const ByteSource& source);

/// Lists the tracks in the order of the file and checks its outer structure.
/// Errors  corrupt   cut off or damaged; the message names the place
///         refused   understood, and not something Ombud can read safely
[[nodiscard]] Result<std::vector<ContainerTrack>> list_tracks(const ByteSource& source, Container container);

/// Works out the cuts for the rules. Memory grows with the number of samples, never with what a damaged file claims.
/// @return  empty when the rules already hold
/// Errors   corrupt  cut off, damaged, or tracks that share bytes
///          refused  the container cannot lose these packets and keep the others as they are; the message says why
[[nodiscard]] Result<Surgery> plan_surgery(const ByteSource& source, Container container, const Rules& rules);

} // namespace ombud::media
