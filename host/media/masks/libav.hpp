#pragma once
// Owners of what FFmpeg allocates, and its errors as ours.

#include <memory>
#include <string>

#include "events/result.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace ombud::media {

struct FreeCodec {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct FreeFrame {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct FreePacket {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using CodecPtr = std::unique_ptr<AVCodecContext, FreeCodec>;
using FramePtr = std::unique_ptr<AVFrame, FreeFrame>;
using PacketPtr = std::unique_ptr<AVPacket, FreePacket>;

/// `what`: FFmpeg's words for `number`; refused when it ran out of the memory it is given.
[[nodiscard]] tl::unexpected<Error> fail_libav(ErrorCode code, const std::string& what, int number);

/// Threads for one decoder or encoder: more would cost memory for every picture under way.
[[nodiscard]] int codec_threads();

} // namespace ombud::media
