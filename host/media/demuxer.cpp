#include "media/demuxer.hpp"

#include <algorithm>
#include <array>
#include <mutex>

extern "C" {
#include <libavcodec/packet.h>
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

namespace ombud::media {

namespace {

constexpr std::size_t allocation_bytes_max = std::size_t{1} << 30; // FFmpeg's index of a week's samples needs 400 MiB

/// Process-wide settings of FFmpeg, whose one home this folder is.
void set_up_once() {
    static std::once_flag once;
    std::call_once(once, [] {
        av_log_set_level(AV_LOG_QUIET); // damaged recordings are reported as errors, not on stderr
        av_max_alloc(allocation_bytes_max);
    });
}

const char* demuxer_name(Container container) {
    switch (container) {
    case Container::mp4:
    case Container::fragmented_mp4: return "mov";
    case Container::matroska: return "matroska";
    case Container::mpegts: break;
    }
    return "mpegts";
}

/// Whatever a file asks to open beside itself (data references, playlists) is not opened.
int refuse_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

} // namespace

struct Demuxer::Input {
    const ByteSource* source = nullptr;
    std::function<bool()> may_go_on;
    std::uint64_t at = 0;
    Error error;
    bool has_failed = false;
    AVIOContext* io = nullptr;

    ~Input() {
        if (io != nullptr)
            av_freep(&io->buffer);
        avio_context_free(&io);
    }

    bool interrupted() {
        if (!has_failed && may_go_on && !may_go_on()) {
            has_failed = true;
            error = {ErrorCode::unavailable, "reading was stopped: its time was up, or it was asked to stop"};
        }
        return has_failed;
    }

    static int interrupt(void* opaque) { return static_cast<Input*>(opaque)->interrupted() ? 1 : 0; }

    static int read(void* opaque, std::uint8_t* buffer, int size) {
        auto& self = *static_cast<Input*>(opaque);
        if (self.interrupted())
            return AVERROR_EXIT;
        if (self.at >= self.source->size())
            return AVERROR_EOF;
        const std::size_t length = std::min<std::uint64_t>(static_cast<std::uint64_t>(size), self.source->size() - self.at);
        if (auto done = self.source->read_at(self.at, {buffer, length}); !done) {
            self.has_failed = true;
            self.error = done.error();
            return AVERROR(EIO);
        }
        self.at += length;
        return static_cast<int>(length);
    }

    static std::int64_t seek(void* opaque, std::int64_t offset, int whence) {
        auto& self = *static_cast<Input*>(opaque);
        const auto size = static_cast<std::int64_t>(self.source->size());
        switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE: return size;
        case SEEK_SET: break;
        case SEEK_CUR: offset += static_cast<std::int64_t>(self.at); break;
        case SEEK_END: offset += size; break;
        default: return AVERROR(EINVAL);
        }
        if (offset < 0)
            return AVERROR(EINVAL);
        self.at = static_cast<std::uint64_t>(offset);
        return offset;
    }
};

void Demuxer::Closer::operator()(AVFormatContext* context) const { avformat_close_input(&context); }

Demuxer::Demuxer() = default;
Demuxer::Demuxer(Demuxer&&) noexcept = default;
Demuxer& Demuxer::operator=(Demuxer&&) noexcept = default;
Demuxer::~Demuxer() = default;

AVFormatContext& Demuxer::context() const { return *context_; }

tl::unexpected<Error> Demuxer::fail_averror(int number, ErrorCode code) const {
    if (input_->has_failed)
        return fail(input_->error);
    if (number == AVERROR(ENOMEM))
        return fail(ErrorCode::refused, "FFmpeg asked for more memory than it is given");
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(number, text.data(), text.size());
    return fail(code, std::string("FFmpeg cannot read it: ") + text.data());
}

Result<Demuxer> Demuxer::open(const ByteSource& source, Container container, const std::vector<ContainerTrack>& tracks,
                              std::function<bool()> may_go_on, int buffer_bytes) {
    set_up_once();
    Demuxer demuxer;
    demuxer.input_ = std::make_unique<Input>();
    Input& input = *demuxer.input_;
    input.source = &source;
    input.may_go_on = std::move(may_go_on);
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(static_cast<std::size_t>(buffer_bytes)));
    if (buffer == nullptr)
        return fail(ErrorCode::unavailable, "out of memory");
    input.io = avio_alloc_context(buffer, buffer_bytes, 0, &input, Input::read, nullptr, Input::seek);
    AVFormatContext* context = avformat_alloc_context();
    if (input.io == nullptr || context == nullptr)
        return fail(ErrorCode::unavailable, "out of memory");
    context->pb = input.io;
    context->interrupt_callback = {Input::interrupt, &input};
    context->io_open = refuse_open;
    context->protocol_whitelist = av_strdup("none");
    // Packets as they lie in the container: what is compared must not be what FFmpeg made of it.
    context->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    context->correct_ts_overflow = 0;
    context->probesize = 5 << 20;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "advanced_editlist", "0", 0);
    av_dict_set(&options, "ignore_chapters", "1", 0);
    const AVInputFormat* format = av_find_input_format(demuxer_name(container));
    const int opened = avformat_open_input(&context, "", format, &options); // frees `context` when it fails
    av_dict_free(&options);
    if (opened < 0)
        return demuxer.fail_averror(opened, ErrorCode::corrupt);
    demuxer.context_.reset(context);

    for (unsigned i = 0; i < context->nb_streams; ++i)
        if (container != Container::matroska)
            demuxer.ids_.push_back(static_cast<std::uint32_t>(context->streams[i]->id));
        else if (i < tracks.size())
            demuxer.ids_.push_back(tracks[i].id); // FFmpeg keeps Matroska's order, but not its numbers
    if (container == Container::matroska && context->nb_streams != tracks.size())
        return fail(ErrorCode::refused, "the file announces " + std::to_string(tracks.size()) +
                                            " tracks and attachments, and FFmpeg understands " +
                                            std::to_string(context->nb_streams) + " of them");
    for (const std::uint32_t id : demuxer.ids_)
        if (std::none_of(tracks.begin(), tracks.end(), [&](const ContainerTrack& track) { return track.id == id; }))
            return fail(ErrorCode::refused, "FFmpeg sees a track " + std::to_string(id) + " that Ombud does not");
    return demuxer;
}

Result<bool> Demuxer::read(AVPacket& packet) {
    av_packet_unref(&packet);
    const int done = av_read_frame(context_.get(), &packet);
    if (done == AVERROR_EOF && !input_->has_failed)
        return false;
    if (done < 0)
        return fail_averror(done, ErrorCode::corrupt);
    return true;
}

} // namespace ombud::media
