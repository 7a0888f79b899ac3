#include "media/masks/copy_writer.hpp"

#include <algorithm>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace ombud::media {

struct CopyWriter::Output {
    int fd = -1;
    std::uint64_t at = 0;
    std::uint64_t end = 0;
    Error error;
    bool has_failed = false;
    bool has_header = false;
    AVIOContext* io = nullptr;
    AVFormatContext* context = nullptr;

    ~Output() {
        avformat_free_context(context);
        if (io != nullptr)
            av_freep(&io->buffer);
        avio_context_free(&io);
    }

    static int write(void* opaque, std::uint8_t* bytes, int size) {
        auto& self = *static_cast<Output*>(opaque);
        if (self.has_failed)
            return AVERROR(EIO);
        if (auto done = write_at(self.fd, self.at, {bytes, static_cast<std::size_t>(size)}); !done) {
            self.has_failed = true;
            self.error = done.error();
            return AVERROR(EIO);
        }
        self.at += static_cast<std::uint64_t>(size);
        self.end = std::max(self.end, self.at);
        return size;
    }

    static std::int64_t seek(void* opaque, std::int64_t offset, int whence) {
        auto& self = *static_cast<Output*>(opaque);
        switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE: return static_cast<std::int64_t>(self.end);
        case SEEK_SET: break;
        case SEEK_CUR: offset += static_cast<std::int64_t>(self.at); break;
        case SEEK_END: offset += static_cast<std::int64_t>(self.end); break;
        default: return AVERROR(EINVAL);
        }
        if (offset < 0)
            return AVERROR(EINVAL);
        self.at = static_cast<std::uint64_t>(offset);
        return offset;
    }
};

namespace {

constexpr int key_distance_max = 250; // pictures; key frames of the recording come on top

AVCodecID codec_for(AVCodecID recorded) { return recorded == AV_CODEC_ID_HEVC ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264; }

/// FFmpeg's writer for a file like the recording: QuickTime holds sound that MP4 may not.
const char* muxer_name(Container container, const AVFormatContext& recorded) {
    if (container == Container::matroska)
        return "matroska";
    const AVDictionaryEntry* brand = av_dict_get(recorded.metadata, "major_brand", nullptr, 0);
    return brand != nullptr && std::string_view(brand->value) == "qt  " ? "mov" : "mp4";
}

void copy_tag(const AVDictionary* from, AVDictionary** to, const char* key) {
    if (const AVDictionaryEntry* entry = av_dict_get(from, key, nullptr, 0); entry != nullptr)
        av_dict_set(to, key, entry->value, 0);
}

/// Ticks in another time base when they are whole ones there.
std::optional<std::int64_t> exactly(std::int64_t ticks, AVRational from, AVRational to) {
    if (ticks == AV_NOPTS_VALUE)
        return ticks;
    const std::int64_t there = av_rescale_q(ticks, from, to);
    return av_compare_ts(ticks, from, there, to) == 0 ? std::optional(there) : std::nullopt;
}

} // namespace

CopyWriter::CopyWriter(const PictureReader& reader) : reader_(reader) {}
CopyWriter::~CopyWriter() = default;

tl::unexpected<Error> CopyWriter::fail_writing(int number) const {
    if (output_->has_failed)
        return fail(output_->error);
    return fail_libav(ErrorCode::refused, "the copy's container does not take it", number);
}

Result<std::unique_ptr<CopyWriter>> CopyWriter::open(const PictureReader& reader, Container container, int fd,
                                                     const std::vector<bool>& copied, int quality) {
    std::unique_ptr<CopyWriter> writer(new CopyWriter(reader));
    if (!writer->encoded_ || !writer->last_)
        return fail(ErrorCode::unavailable, "out of memory");
    if (auto opened = writer->open_encoder(quality); !opened)
        return fail(opened.error());
    if (auto opened = writer->open_container(container, fd, copied); !opened)
        return fail(opened.error());
    return writer;
}

Result<> CopyWriter::open_encoder(int quality) {
    const AVCodecID id = codec_for(reader_.stream().codecpar->codec_id);
    const bool is_hevc = id == AV_CODEC_ID_HEVC;
    const char* const name = is_hevc ? "libx265" : "libx264";
    const AVCodec* const codec = avcodec_find_encoder_by_name(name);
    if (codec == nullptr)
        return fail(ErrorCode::unavailable, std::string("this machine's FFmpeg has no encoder ") + name);
    const AVFrame& first = reader_.picture();
    encoder_.reset(avcodec_alloc_context3(codec));
    if (!encoder_)
        return fail(ErrorCode::unavailable, "out of memory");
    AVCodecContext& encoder = *encoder_;
    encoder.width = first.width;
    encoder.height = first.height;
    encoder.pix_fmt = static_cast<AVPixelFormat>(first.format);
    encoder.time_base = reader_.stream().time_base;
    encoder.framerate = reader_.stream().avg_frame_rate;
    encoder.sample_aspect_ratio =
        first.sample_aspect_ratio.num > 0 ? first.sample_aspect_ratio : reader_.stream().sample_aspect_ratio;
    encoder.color_range = first.color_range;
    encoder.color_primaries = first.color_primaries;
    encoder.color_trc = first.color_trc;
    encoder.colorspace = first.colorspace;
    encoder.chroma_sample_location = first.chroma_location;
    encoder.thread_count = codec_threads();
    encoder.gop_size = key_distance_max;
    // Without B-frames a picture leaves the encoder at its own time, and nothing has to be shifted to make room.
    encoder.max_b_frames = 0;
    encoder.flags |= static_cast<int>(AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_GLOBAL_HEADER); // both containers keep parameters in front
    if (first.interlaced_frame != 0 && !is_hevc)
        encoder.flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "preset", "veryfast", 0);
    av_dict_set_int(&options, "crf", quality, 0);
    av_dict_set(&options, "forced-idr", "1", 0);
    if (is_hevc) { // coded in squares no larger than those that are covered, or what lies beside a mask would ring into it
        av_dict_set(&options, "x265-params", "log-level=none:bframes=0:info=0:ctu=16:max-tu-size=16", 0);
    } else {
        av_dict_set(&options, "a53cc", "0", 0); // captions may say what was said; nothing rides along unseen
    }
    const int done = avcodec_open2(&encoder, codec, &options);
    av_dict_free(&options);
    if (done < 0)
        return fail_libav(ErrorCode::refused, std::string(name) + " does not take these pictures", done);
    return {};
}

Result<> CopyWriter::open_container(Container container, int fd, const std::vector<bool>& copied) {
    output_ = std::make_unique<Output>();
    output_->fd = fd;
    constexpr int buffer_bytes = 1 << 18;
    auto* const buffer = static_cast<std::uint8_t*>(av_malloc(buffer_bytes));
    if (buffer == nullptr)
        return fail(ErrorCode::unavailable, "out of memory");
    output_->io = avio_alloc_context(buffer, buffer_bytes, 1, output_.get(), nullptr, Output::write, Output::seek);
    if (output_->io == nullptr || avformat_alloc_output_context2(&output_->context, nullptr,
                                                                  muxer_name(container, reader_.context()), nullptr) < 0)
        return fail(ErrorCode::unavailable, "out of memory");
    AVFormatContext& context = *output_->context;
    context.pb = output_->io;
    context.flags |= AVFMT_FLAG_CUSTOM_IO;
    context.avoid_negative_ts = 0; // AVFMT_AVOID_NEG_TS_DISABLED: times stay what they were
    copy_tag(reader_.context().metadata, &context.metadata, "creation_time");
    if (auto added = add_streams(copied); !added)
        return fail(added.error());
    AVDictionary* options = nullptr;
    if (container != Container::matroska)
        av_dict_set_int(&options, "video_track_timescale", reader_.stream().time_base.den, 0);
    const int done = avformat_write_header(&context, &options);
    av_dict_free(&options);
    if (done < 0)
        return fail_writing(done);
    output_->has_header = true;
    return {};
}

Result<> CopyWriter::add_streams(const std::vector<bool>& copied) {
    const AVFormatContext& recorded = reader_.context();
    places_.assign(recorded.nb_streams, -1);
    for (unsigned i = 0; i < recorded.nb_streams; ++i) {
        const AVStream& from = *recorded.streams[i];
        const bool is_picture = from.index == reader_.stream().index;
        if (!is_picture && !copied[i])
            continue;
        AVStream* const to = avformat_new_stream(output_->context, nullptr);
        if (to == nullptr)
            return fail(ErrorCode::unavailable, "out of memory");
        places_[i] = to->index;
        to->time_base = from.time_base;
        to->disposition = from.disposition;
        copy_tag(from.metadata, &to->metadata, "language");
        copy_tag(from.metadata, &to->metadata, "title");
        copy_tag(from.metadata, &to->metadata, "handler_name");
        const int done = is_picture ? avcodec_parameters_from_context(to->codecpar, encoder_.get())
                                    : avcodec_parameters_copy(to->codecpar, from.codecpar);
        if (done < 0)
            return fail_libav(ErrorCode::unavailable, "a track's parameters cannot be copied", done);
        to->codecpar->codec_tag = 0; // the container's own choice
        if (!is_picture)
            continue;
        to->avg_frame_rate = from.avg_frame_rate;
        to->sample_aspect_ratio = encoder_->sample_aspect_ratio;
        std::size_t size = 0;
        if (const auto* matrix = av_stream_get_side_data(&from, AV_PKT_DATA_DISPLAYMATRIX, &size); matrix != nullptr) {
            std::uint8_t* const into = av_stream_new_side_data(to, AV_PKT_DATA_DISPLAYMATRIX, size);
            if (into == nullptr)
                return fail(ErrorCode::unavailable, "out of memory");
            std::copy_n(matrix, size, into);
        }
    }
    return {};
}

Result<> CopyWriter::add_picture(AVFrame& frame) {
    durations_[frame.pts] = frame.pkt_duration;
    // Motion JPEG is key frames alone; H.264 of that kind would be larger for nothing.
    const bool is_entry = frame.key_frame != 0 && reader_.stream().codecpar->codec_id != AV_CODEC_ID_MJPEG;
    frame.pict_type = is_entry ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (const int sent = avcodec_send_frame(encoder_.get(), &frame); sent < 0)
        return fail_libav(ErrorCode::internal, "a picture could not be encoded", sent);
    return drain();
}

Result<> CopyWriter::drain() {
    while (true) {
        const int received = avcodec_receive_packet(encoder_.get(), encoded_.get());
        if (received == AVERROR(EAGAIN) || received == AVERROR_EOF)
            return {};
        if (received < 0)
            return fail_libav(ErrorCode::internal, "a picture could not be encoded", received);
        if (auto written = write_last_picture(); !written)
            return written;
        const auto known = durations_.find(encoded_->pts);
        if (known == durations_.end())
            return fail(ErrorCode::internal, "the encoder gave a picture at " + std::to_string(encoded_->pts) +
                                                 " ticks that it was not given");
        encoded_->duration = known->second;
        durations_.erase(known);
        av_packet_move_ref(last_.get(), encoded_.get());
    }
}

Result<> CopyWriter::write_last_picture() {
    if (last_->data == nullptr)
        return {};
    last_->stream_index = reader_.stream().index;
    return write(*last_, reader_.stream());
}

Result<> CopyWriter::add_packet(AVPacket& packet) { return write(packet, *reader_.context().streams[packet.stream_index]); }

Result<> CopyWriter::write(AVPacket& packet, const AVStream& from) {
    const AVStream& to = *output_->context->streams[places_[static_cast<std::size_t>(from.index)]];
    const auto pts = exactly(packet.pts, from.time_base, to.time_base);
    const auto dts = exactly(packet.dts, from.time_base, to.time_base);
    if (!pts || !dts)
        return fail(ErrorCode::refused, "its times in 1/" + std::to_string(from.time_base.den) +
                                            " s cannot be kept exactly in the copy, which counts in 1/" +
                                            std::to_string(to.time_base.den) + " s");
    // Matroska gives one time a packet; nothing is reordered here, so it is both.
    packet.pts = *pts != AV_NOPTS_VALUE ? *pts : *dts;
    packet.dts = *dts != AV_NOPTS_VALUE ? *dts : *pts;
    packet.duration = av_rescale_q(packet.duration, from.time_base, to.time_base);
    packet.stream_index = to.index;
    packet.pos = -1;
    if (const int done = av_interleaved_write_frame(output_->context, &packet); done < 0)
        return fail_writing(done);
    return {};
}

Result<> CopyWriter::finish() {
    if (const int sent = avcodec_send_frame(encoder_.get(), nullptr); sent < 0)
        return fail_libav(ErrorCode::internal, "the last pictures could not be encoded", sent);
    if (auto drained = drain(); !drained)
        return drained;
    last_->duration = reader_.last_duration();
    if (auto written = write_last_picture(); !written)
        return written;
    if (const int done = av_write_trailer(output_->context); done < 0)
        return fail_writing(done);
    avio_flush(output_->io);
    if (output_->has_failed)
        return fail(output_->error);
    return {};
}

} // namespace ombud::media
