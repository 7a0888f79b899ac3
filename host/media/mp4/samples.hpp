#pragma once
// One track's sample tables (`stbl`): where its samples lie and when they are shown.
// Source  ISO/IEC 14496-12, 8.6 and 8.7

#include <functional>

#include "media/mp4/boxes.hpp"

namespace ombud::media {

/// The tables as they stand in `moov`, checked against each other's length; borrowed from it.
class SampleTable {
  public:
    /// @param stbl  the box with its bytes
    /// Errors  corrupt  a table is missing, cut off, or says more than it holds
    ///         refused  auxiliary data (`saio`), which Ombud does not move
    static Result<SampleTable> parse(const Box& stbl);

    /// One run of samples that lie side by side in the file.
    struct Chunk {
        std::uint64_t offset = 0;
        std::uint64_t length_bytes = 0;
        std::uint32_t first_sample = 0; ///< from 0
        std::uint32_t samples = 0;
        std::uint64_t field_offset = 0; ///< of the chunk's entry in `stco` or `co64`
    };
    /// Calls `visit` for each chunk in the order of the table.
    /// Errors  corrupt  the tables contradict each other
    Result<> for_each_chunk(const std::function<void(const Chunk&)>& visit) const;

    [[nodiscard]] std::uint32_t sample_count() const { return sample_count_; }
    /// @param sample  below sample_count()
    [[nodiscard]] std::uint32_t size_of(std::uint32_t sample) const {
        return uniform_size_ != 0 ? uniform_size_ : be32(sizes_, std::size_t{sample} * 4);
    }
    /// Whether every sample lasts one tick, as in uncompressed sound: readers then make packets of as many as they like.
    [[nodiscard]] bool has_single_tick_samples() const {
        return uniform_size_ != 0 && durations_.size() == 8 && be32(durations_, 4) == 1;
    }
    /// Bytes of one entry of `stco` (4) or `co64` (8).
    [[nodiscard]] std::uint8_t offset_width() const { return offset_width_; }

    struct Time {
        std::int64_t decode = 0;             ///< ticks of the track's time scale
        std::int32_t presentation_delta = 0; ///< `ctts`
        std::uint32_t duration = 0;
    };
    /// Every sample's times.
    /// Errors  corrupt  `stts` or `ctts` does not cover all samples
    ///         refused  more samples than 16 million
    [[nodiscard]] Result<std::vector<Time>> times() const;

    /// Numbers of sync samples from 0, or nothing when every sample is one (no `stss`).
    [[nodiscard]] std::optional<std::vector<std::uint32_t>> sync_samples() const;
    /// For each chunk, in order: which `stsd` entry describes it, from 1.
    [[nodiscard]] std::uint32_t description_of(std::uint32_t chunk) const;

  private:
    std::span<const std::uint8_t> durations_;     // stts entries
    std::span<const std::uint8_t> compositions_;  // ctts entries
    std::span<const std::uint8_t> sync_;          // stss entries
    std::span<const std::uint8_t> sizes_;         // stsz entries
    std::span<const std::uint8_t> runs_;          // stsc entries
    std::span<const std::uint8_t> chunk_offsets_; // stco or co64 entries
    std::uint64_t chunk_offsets_at_ = 0;
    std::uint32_t sample_count_ = 0;
    std::uint32_t uniform_size_ = 0;
    std::uint8_t offset_width_ = 4;
    bool has_sync_ = false;
};

} // namespace ombud::media
