#pragma once
// The copy as a file: pictures encoded, packets of other tracks as they come.

#include <map>
#include <memory>

#include "media/masks/libav.hpp"
#include "media/masks/picture_reader.hpp"
#include "media/recording_file.hpp"

namespace ombud::media {

/// Writes one copy into an empty file that the caller owns. Nothing is forced to the disk.
/// Thread  one
class CopyWriter {
  public:
    /// @param reader   stands at its first picture, which tells the encoder the form of all; outlives the object
    /// @param fd       open for writing
    /// @param copied   by index of the reader's stream, whether its packets come, too
    /// @param quality  constant rate factor
    /// Errors  unavailable  no encoder for it on this machine, or the disk failed
    ///         refused      the encoder or the container cannot hold it
    static Result<std::unique_ptr<CopyWriter>> open(const PictureReader& reader, Container container, int fd,
                                                    const std::vector<bool>& copied, int quality);
    ~CopyWriter();
    CopyWriter(const CopyWriter&) = delete;
    CopyWriter& operator=(const CopyWriter&) = delete;

    /// Errors of all three  unavailable  the disk failed or is full
    ///                      refused      a time that the container cannot hold exactly
    ///                      internal     the encoder failed
    [[nodiscard]] Result<> add_picture(AVFrame& frame);
    /// @param packet  of the reader; left empty
    [[nodiscard]] Result<> add_packet(AVPacket& packet);
    [[nodiscard]] Result<> finish();

    [[nodiscard]] const char* codec_name() const { return avcodec_get_name(encoder_->codec_id); }

  private:
    struct Output;
    explicit CopyWriter(const PictureReader& reader);
    [[nodiscard]] Result<> open_encoder(int quality);
    [[nodiscard]] Result<> open_container(Container container, int fd, const std::vector<bool>& copied);
    [[nodiscard]] Result<> add_streams(const std::vector<bool>& copied);
    [[nodiscard]] Result<> drain();
    [[nodiscard]] Result<> write_last_picture();
    [[nodiscard]] Result<> write(AVPacket& packet, const AVStream& from);
    [[nodiscard]] tl::unexpected<Error> fail_writing(int number) const;

    const PictureReader& reader_;
    CodecPtr encoder_;
    std::unique_ptr<Output> output_;
    std::vector<int> places_;                        // of the reader's streams in the copy, -1: not in it
    std::map<std::int64_t, std::int64_t> durations_; // by time, of pictures in the encoder
    PacketPtr encoded_{av_packet_alloc()};
    PacketPtr last_{av_packet_alloc()}; // held back: how long the last picture stands is known at the end only
};

} // namespace ombud::media
