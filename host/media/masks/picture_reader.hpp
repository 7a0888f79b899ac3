#pragma once
// A recording's pictures one after another, and the packets of its other tracks between them.

#include <functional>
#include <optional>

#include "media/inspection.hpp"
#include "media/masks/coverage.hpp"
#include "media/masks/libav.hpp"

namespace ombud::media {

/// Decodes the first track of pictures. All pictures are of one size and form, and their times rise.
/// Thread  one
class PictureReader {
  public:
    /// @param source, inspection  of the same bytes; both outlive the object
    /// @param may_go_on           asked while reading; false ends it
    /// Errors  refused  no pictures, a codec that is not H.264, HEVC, MPEG-4 or Motion JPEG, another turning than by right angles
    ///         others as Demuxer::open()
    static Result<PictureReader> open(const ByteSource& source, const Inspection& inspection, std::function<bool()> may_go_on);

    enum class Got { picture, packet, end };
    /// Errors  corrupt  pictures without times, or whose times do not rise
    ///         refused  a picture of another size or form than the first, or turned by its codec
    ///         others as Demuxer::read()
    [[nodiscard]] Result<Got> next();

    /// The picture that next() came to; the decoder may still look at its samples, so make it writable first.
    [[nodiscard]] AVFrame& picture() const { return *frame_; }
    /// The packet of another track that next() came to.
    [[nodiscard]] AVPacket& packet() const { return *packet_; }

    [[nodiscard]] AVFormatContext& context() const { return demuxer_.context(); }
    [[nodiscard]] AVStream& stream() const;
    [[nodiscard]] const Turning& turning() const { return turning_; }
    /// ContainerTrack::id of the pictures.
    [[nodiscard]] std::uint32_t track_id() const { return demuxer_.track_ids()[index_]; }
    [[nodiscard]] const Demuxer& demuxer() const { return demuxer_; }
    [[nodiscard]] std::uint64_t undecodable_packets() const { return undecodable_packets_; }
    /// How long the last picture stands, in ticks; 0: the container does not say. At the end only.
    [[nodiscard]] std::int64_t last_duration() const { return is_reordered_ ? shortest_step_ : last_packet_duration_; }
    /// Of the file, 0 to 1.
    [[nodiscard]] double share_read() const { return share_read_; }

  private:
    explicit PictureReader(Demuxer demuxer) : demuxer_(std::move(demuxer)) {}
    [[nodiscard]] Result<> check_picture();
    [[nodiscard]] std::string place() const;

    Demuxer demuxer_;
    unsigned index_ = 0;
    Turning turning_;
    CodecPtr decoder_;
    FramePtr frame_{av_frame_alloc()};
    PacketPtr packet_{av_packet_alloc()};
    std::uint64_t size_bytes_ = 1;
    double share_read_ = 0;
    std::uint64_t undecodable_packets_ = 0;
    std::uint64_t pictures_ = 0;
    std::int64_t last_pts_ = 0;
    // Lengths belong to packets. Where pictures come in another order, the last packet's says nothing of the last picture;
    // one period of the camera is the best that can be known.
    bool is_reordered_ = false;
    std::int64_t last_packet_duration_ = 0;
    std::int64_t shortest_step_ = 0;
    std::optional<std::int64_t> last_dts_;
    int width_ = 0, height_ = 0, format_ = -1;
};

} // namespace ombud::media
