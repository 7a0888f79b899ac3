#include "media/masks/picture_reader.hpp"

#include <algorithm>
#include <array>
#include <thread>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
}

namespace ombud::media {

namespace {

constexpr std::int64_t picture_samples_max = 8192LL * 4320; // 8K; a damaged header may claim anything

bool is_known(AVCodecID codec) {
    return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_MPEG4 || codec == AV_CODEC_ID_MJPEG;
}

Result<CodecPtr> open_decoder(const AVStream& stream) {
    const AVCodecParameters& parameters = *stream.codecpar;
    if (!is_known(parameters.codec_id))
        return fail(ErrorCode::refused, std::string("pictures in ") + avcodec_get_name(parameters.codec_id) +
                                            " cannot be covered, only in h264, hevc, mpeg4 and mjpeg");
    const AVCodec* const codec = avcodec_find_decoder(parameters.codec_id);
    if (codec == nullptr)
        return fail(ErrorCode::unavailable, std::string("this machine's FFmpeg cannot decode ") + avcodec_get_name(parameters.codec_id));
    CodecPtr decoder(avcodec_alloc_context3(codec));
    if (!decoder)
        return fail(ErrorCode::unavailable, "out of memory");
    if (const int done = avcodec_parameters_to_context(decoder.get(), &parameters); done < 0)
        return fail_libav(ErrorCode::corrupt, "its pictures' parameters cannot be read", done);
    decoder->pkt_timebase = stream.time_base;
    decoder->thread_count = codec_threads();
    decoder->max_pixels = picture_samples_max;
    // Exactly the samples that are shown, or masks would lie beside their places; and every picture, also a damaged one.
    decoder->flags |= AV_CODEC_FLAG_UNALIGNED | AV_CODEC_FLAG_OUTPUT_CORRUPT;
    if (const int done = avcodec_open2(decoder.get(), codec, nullptr); done < 0)
        return fail_libav(ErrorCode::corrupt, "its pictures cannot be decoded", done);
    return decoder;
}

} // namespace

tl::unexpected<Error> fail_libav(ErrorCode code, const std::string& what, int number) {
    if (number == AVERROR(ENOMEM))
        return fail(ErrorCode::refused, what + ": FFmpeg asked for more memory than it is given");
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(number, text.data(), text.size());
    return fail(code, what + ": " + text.data());
}

int codec_threads() { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U)); }

Result<PictureReader> PictureReader::open(const ByteSource& source, const Inspection& inspection,
                                          std::function<bool()> may_go_on) {
    auto demuxer = Demuxer::open(source, inspection.container, inspection.listed, std::move(may_go_on));
    if (!demuxer)
        return fail(demuxer.error());
    PictureReader reader(std::move(*demuxer));
    const AVFormatContext& context = reader.context();
    const auto is_picture = [](const AVStream* stream) {
        return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
    };
    const auto* const end = context.streams + context.nb_streams;
    const auto* const found = std::find_if(context.streams + 0, context.streams + context.nb_streams, is_picture);
    if (found == end)
        return fail(ErrorCode::refused, "it has no track of pictures that could be covered");
    reader.index_ = static_cast<unsigned>((*found)->index);
    auto turning = Turning::of(**found);
    if (!turning)
        return fail(turning.error());
    reader.turning_ = *turning;
    auto decoder = open_decoder(**found);
    if (!decoder)
        return fail(decoder.error());
    reader.decoder_ = std::move(*decoder);
    reader.size_bytes_ = std::max<std::uint64_t>(source.size(), 1);
    if (!reader.frame_ || !reader.packet_)
        return fail(ErrorCode::unavailable, "out of memory");
    return reader;
}

AVStream& PictureReader::stream() const { return *context().streams[index_]; }

std::string PictureReader::place() const { return "picture " + std::to_string(pictures_ + 1); }

Result<> PictureReader::check_picture() {
    const AVFrame& frame = *frame_;
    if (frame.pts == AV_NOPTS_VALUE)
        return fail(ErrorCode::corrupt, place() + " has no time");
    if (pictures_ > 0 && frame.pts <= last_pts_)
        return fail(ErrorCode::corrupt, place() + " is at " + std::to_string(frame.pts) + " ticks, not after the one before, at " +
                                            std::to_string(last_pts_));
    if (pictures_ == 0) {
        width_ = frame.width;
        height_ = frame.height;
        format_ = frame.format;
    } else if (frame.width != width_ || frame.height != height_ || frame.format != format_) {
        const char* form = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
        return fail(ErrorCode::refused, place() + " is " + std::to_string(frame.width) + "x" + std::to_string(frame.height) + " " +
                                            (form != nullptr ? form : "?") + ", those before are " + std::to_string(width_) +
                                            "x" + std::to_string(height_) + "; export the parts before and after on their own");
    }
    if (const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
        data != nullptr && data->size == 9 * sizeof(std::int32_t)) {
        std::int32_t matrix[9];
        std::copy_n(data->data, sizeof matrix, reinterpret_cast<std::uint8_t*>(matrix));
        const auto turned = Turning::from_matrix(matrix);
        if (!turned || !(*turned == turning_))
            return fail(ErrorCode::refused, place() + " is to be turned by word of its codec (SEI display orientation), which "
                                                      "the copy could not keep");
    }
    last_pts_ = frame.pts;
    ++pictures_;
    return {};
}

Result<PictureReader::Got> PictureReader::next() {
    while (true) {
        const int received = avcodec_receive_frame(decoder_.get(), frame_.get());
        if (received == 0) {
            if (auto fits = check_picture(); !fits)
                return fail(fits.error());
            return Got::picture;
        }
        if (received == AVERROR_EOF)
            return Got::end;
        if (received != AVERROR(EAGAIN)) { // with threads, what a packet was refused for comes to light here
            if (received == AVERROR(ENOMEM))
                return fail_libav(ErrorCode::corrupt, place(), received);
            ++undecodable_packets_;
            continue;
        }
        const auto got = demuxer_.read(*packet_);
        if (!got)
            return fail(got.error());
        if (*got && packet_->pos > 0)
            share_read_ = std::min(1.0, static_cast<double>(packet_->pos) / static_cast<double>(size_bytes_));
        if (*got && static_cast<unsigned>(packet_->stream_index) != index_)
            return Got::packet;
        if (*got) {
            last_packet_duration_ = packet_->duration;
            if (packet_->dts != AV_NOPTS_VALUE) {
                is_reordered_ = is_reordered_ || packet_->pts != packet_->dts;
                if (last_dts_ && packet_->dts > *last_dts_)
                    shortest_step_ = shortest_step_ == 0 ? packet_->dts - *last_dts_ : std::min(shortest_step_, packet_->dts - *last_dts_);
                last_dts_ = packet_->dts;
            }
        }
        const int sent = avcodec_send_packet(decoder_.get(), *got ? packet_.get() : nullptr);
        if (sent == AVERROR(ENOMEM))
            return fail_libav(ErrorCode::corrupt, place(), sent);
        if (sent < 0)
            ++undecodable_packets_;
    }
}

} // namespace ombud::media
