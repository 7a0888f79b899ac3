#pragma once
// The packets that a plan keeps, by FFmpeg's reading: one side of a proof.

#include <memory>
#include <optional>
#include <vector>

#include "media/demuxer.hpp"

extern "C" {
#include <libavcodec/packet.h>
}

namespace ombud::media {

struct PacketFree {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using Packet = std::unique_ptr<AVPacket, PacketFree>;

/// A source whose media data read as zeros, without any of them being read: enough for times, sizes and places.
class SkimSource final : public ByteSource {
  public:
    /// @param base   outlives the object
    /// @param media  coalesced
    SkimSource(const ByteSource& base, std::vector<Range> media) : base_(base), media_(std::move(media)) {}
    [[nodiscard]] std::uint64_t size() const override { return base_.size(); }
    [[nodiscard]] Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override;

  private:
    const ByteSource& base_;
    std::vector<Range> media_;
};

/// Thread  one
class KeptPackets {
  public:
    /// @param source       outlives the object
    /// @param skims_media  packets carry zeros in place of their data, and their AVPacket::pos is where the data lie; only
    ///                     for MP4, plain or fragmented
    /// Errors  as Demuxer::open()
    static Result<KeptPackets> open(const ByteSource& source, Container container, const Rules& rules,
                                    std::int64_t origin_ticks, bool skims_media);

    /// @return  null at the end
    /// Errors   as Demuxer::read()
    Result<Packet> next();

    [[nodiscard]] std::uint32_t track_of(const AVPacket& packet) const {
        return demuxer_.track_ids()[static_cast<std::size_t>(packet.stream_index)];
    }
    [[nodiscard]] const Demuxer& demuxer() const { return demuxer_; }

  private:
    KeptPackets(std::unique_ptr<SkimSource> skim, Demuxer demuxer, Container container, std::int64_t origin_ticks)
        : skim_(std::move(skim)), demuxer_(std::move(demuxer)), container_(container), origin_ticks_(origin_ticks) {}
    bool keeps(const AVPacket& packet);

    std::unique_ptr<SkimSource> skim_; // what demuxer_ reads from, or null
    Demuxer demuxer_;
    Container container_;
    std::int64_t origin_ticks_;
    std::vector<TrackRule> rules_;
    std::vector<bool> keeps_last_;
};

} // namespace ombud::media
