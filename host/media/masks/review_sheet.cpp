#include "media/masks/review_sheet.hpp"

#include <algorithm>
#include <array>

#include "media/masks/new_file.hpp"

extern "C" {
#include <libswscale/swscale.h>
}

namespace ombud::media {

namespace {

constexpr int tile_edge_max = 480;

/// Errors  internal  FFmpeg has no JPEG, or it failed
Result<Bytes> to_jpeg(const AVFrame& picture) {
    const AVCodec* const codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    CodecPtr encoder(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
    const PacketPtr packet(av_packet_alloc());
    if (!encoder || !packet)
        return fail(ErrorCode::unavailable, "this machine's FFmpeg cannot write JPEG");
    encoder->width = picture.width;
    encoder->height = picture.height;
    encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
    encoder->time_base = {1, 1};
    encoder->flags |= AV_CODEC_FLAG_QSCALE;
    encoder->global_quality = 4 * FF_QP2LAMBDA;
    int done = avcodec_open2(encoder.get(), codec, nullptr);
    if (done >= 0)
        done = avcodec_send_frame(encoder.get(), &picture);
    if (done >= 0)
        done = avcodec_receive_packet(encoder.get(), packet.get());
    if (done < 0)
        return fail_libav(ErrorCode::internal, "a sheet for review could not be written", done);
    return Bytes(packet->data, packet->data + packet->size);
}

} // namespace

ReviewSheets::~ReviewSheets() { sws_freeContext(scaler_); }

Result<> ReviewSheets::begin_sheet(const AVFrame& picture) {
    if (scaler_ == nullptr) {
        const int longer = std::max(picture.width, picture.height);
        const auto tile = [&](int edge) { return std::max(2, edge * std::min(tile_edge_max, longer) / longer / 2 * 2); };
        tile_width_ = tile(picture.width);
        tile_height_ = tile(picture.height);
        scaler_ = sws_getContext(picture.width, picture.height, static_cast<AVPixelFormat>(picture.format), tile_width_,
                                 tile_height_, AV_PIX_FMT_YUVJ420P, SWS_AREA, nullptr, nullptr, nullptr);
    }
    sheet_.reset(av_frame_alloc());
    if (scaler_ == nullptr || !sheet_)
        return fail(ErrorCode::unavailable, "out of memory");
    sheet_->format = AV_PIX_FMT_YUVJ420P;
    sheet_->width = tile_width_ * columns;
    sheet_->height = tile_height_ * rows;
    sheet_->pts = 0;
    if (av_frame_get_buffer(sheet_.get(), 0) < 0)
        return fail(ErrorCode::unavailable, "out of memory");
    for (int plane = 0; plane < 3; ++plane) // white where no picture comes
        std::fill_n(sheet_->data[plane], std::ptrdiff_t{sheet_->linesize[plane]} * (sheet_->height >> (plane > 0 ? 1 : 0)),
                    plane > 0 ? std::uint8_t{128} : std::uint8_t{255});
    tiles_ = 0;
    return {};
}

Result<> ReviewSheets::add(const AVFrame& picture) {
    if (!sheet_)
        if (auto begun = begin_sheet(picture); !begun)
            return begun;
    const int x = tiles_ % columns * tile_width_;
    const int y = tiles_ / columns * tile_height_;
    std::array<std::uint8_t*, 4> at{};
    for (int plane = 0; plane < 3; ++plane) {
        const int half = plane > 0 ? 1 : 0;
        at[static_cast<std::size_t>(plane)] = sheet_->data[plane] + std::ptrdiff_t{sheet_->linesize[plane]} * (y >> half) + (x >> half);
    }
    sws_scale(scaler_, picture.data, picture.linesize, 0, picture.height, at.data(), sheet_->linesize);
    return ++tiles_ == columns * rows ? finish() : Result<>();
}

Result<> ReviewSheets::finish() {
    if (!sheet_)
        return {};
    std::string number = std::to_string(sheets_.size() + 1);
    number.insert(0, number.size() < 2 ? 1 : 0, '0');
    const std::filesystem::path path = stem_.string() + "-" + number + ".jpg";
    auto file = NewFile::create(path);
    if (!file)
        return fail(file.error());
    const auto jpeg = to_jpeg(*sheet_);
    if (!jpeg)
        return fail(jpeg.error());
    if (auto written = write_at(file->fd(), 0, *jpeg); !written)
        return written;
    if (auto published = file->publish(); !published)
        return published;
    sheets_.push_back(path);
    sheet_.reset();
    return {};
}

} // namespace ombud::media
