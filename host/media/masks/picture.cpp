#include "media/masks/picture.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace ombud::media {

namespace {

/// A block's samples in one plane: [x0, x1) x [y0, y1). Edges of a block are multiples of 16, so that it starts on a
/// sample of every plane; the picture's right and lower edge need not be.
struct Span {
    int x0, y0, x1, y1;
};

template <class Plane>
Span span_of(const Plane& plane, const BlockMap& map, int column, int row) {
    const int edge = map.block_px();
    return {(column * edge) >> plane.shift_x, (row * edge) >> plane.shift_y,
            std::min(((column + 1) * edge) >> plane.shift_x, plane.width),
            std::min(((row + 1) * edge) >> plane.shift_y, plane.height)};
}

template <class Sample, class Plane>
Sample* row_of(const Plane& plane, int y) {
    return reinterpret_cast<Sample*>(plane.data + plane.stride_bytes * y);
}

template <class Visit>
void for_each_covered(const BlockMap& map, const Visit& visit) {
    for (int row = 0; row < map.rows(); ++row)
        for (int column = 0; column < map.columns(); ++column)
            if (map.covers(column, row))
                visit(column, row);
}

} // namespace

Result<Picture> Picture::over(AVFrame& frame) {
    const AVPixFmtDescriptor* const form = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    constexpr std::uint64_t unfit = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL |
                                    AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BE |
                                    AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
    const bool fits = form != nullptr && (form->flags & unfit) == 0 && (form->nb_components == 1 || form->nb_components == 3) &&
                      (form->nb_components == 1 || (form->flags & AV_PIX_FMT_FLAG_PLANAR) != 0);
    bool is_plain = fits;
    for (int i = 0; is_plain && i < form->nb_components; ++i) {
        const AVComponentDescriptor& part = form->comp[i];
        is_plain = part.plane == i && part.shift == 0 && part.offset == 0 && part.depth == form->comp[0].depth &&
                   part.depth >= 8 && part.depth <= 16 && part.step == (part.depth > 8 ? 2 : 1);
    }
    if (!is_plain)
        return fail(ErrorCode::refused, std::string("pictures of the form ") +
                                            (form != nullptr ? form->name : "unknown to FFmpeg") +
                                            " cannot be covered, only planar YUV and grey");
    Picture picture;
    picture.width_ = frame.width;
    picture.height_ = frame.height;
    picture.depth_ = form->comp[0].depth;
    const bool is_full_range = frame.color_range == AVCOL_RANGE_JPEG || frame.format == AV_PIX_FMT_YUVJ420P ||
                               frame.format == AV_PIX_FMT_YUVJ422P || frame.format == AV_PIX_FMT_YUVJ444P;
    for (int i = 0; i < form->nb_components; ++i) {
        Plane plane;
        plane.data = frame.data[i];
        plane.stride_bytes = frame.linesize[i];
        plane.shift_x = i == 0 ? 0 : form->log2_chroma_w;
        plane.shift_y = i == 0 ? 0 : form->log2_chroma_h;
        plane.width = AV_CEIL_RSHIFT(frame.width, plane.shift_x);
        plane.height = AV_CEIL_RSHIFT(frame.height, plane.shift_y);
        plane.black = (i > 0 ? 128 : is_full_range ? 0 : 16) << (picture.depth_ - 8);
        picture.planes_.push_back(plane);
    }
    return picture;
}

template <class Sample>
void Picture::blacken_plane(const Plane& plane, const BlockMap& map) {
    for_each_covered(map, [&](int column, int row) {
        const Span span = span_of(plane, map, column, row);
        for (int y = span.y0; y < span.y1; ++y)
            std::fill(row_of<Sample>(plane, y) + span.x0, row_of<Sample>(plane, y) + std::max(span.x0, span.x1),
                      static_cast<Sample>(plane.black));
    });
}

template <class Sample>
int Picture::worst_in_plane(const Plane& plane, const BlockMap& map) const {
    int worst = 0;
    for_each_covered(map, [&](int column, int row) {
        const Span span = span_of(plane, map, column, row);
        for (int y = span.y0; y < span.y1; ++y)
            for (const Sample* at = row_of<Sample>(plane, y) + span.x0; at < row_of<Sample>(plane, y) + span.x1; ++at)
                worst = std::max(worst, std::abs(int{*at} - plane.black));
    });
    return worst;
}

// One walk for making blocks even and for measuring how even they are, so that both mean the same samples.
template <class Sample>
int Picture::coarsen_plane(const Plane& plane, const BlockMap& map, const std::vector<PictureBox>& kept, bool writes) const {
    // A sample of colour belongs to a kept box when the first of its samples of brightness does.
    const auto is_kept = [&](int x, int y) {
        return std::any_of(kept.begin(), kept.end(),
                           [&](const PictureBox& box) { return box.holds(x << plane.shift_x, y << plane.shift_y); });
    };
    int worst = 0;
    for_each_covered(map, [&](int column, int row) {
        const Span span = span_of(plane, map, column, row);
        const auto each = [&](const auto& visit) {
            for (int y = span.y0; y < span.y1; ++y)
                for (int x = span.x0; x < span.x1; ++x)
                    if (kept.empty() || !is_kept(x, y))
                        visit(row_of<Sample>(plane, y)[x]);
        };
        std::int64_t sum = 0;
        std::int64_t count = 0;
        each([&](const Sample& sample) {
            sum += sample;
            ++count;
        });
        if (count == 0)
            return;
        const auto mean = static_cast<Sample>((sum + count / 2) / count);
        if (writes)
            each([&](Sample& sample) { sample = mean; });
        else
            each([&](const Sample& sample) { worst = std::max(worst, std::abs(int{sample} - int{mean})); });
    });
    return worst;
}

template <class Sample>
void Picture::read_brightness(std::vector<std::uint8_t>& into) const {
    std::size_t at = 0;
    for (int y = 0; y < height_; ++y)
        for (int x = 0; x < width_; ++x)
            into[at++] = static_cast<std::uint8_t>(row_of<Sample>(planes_[0], y)[x] >> (depth_ - 8));
}

void Picture::blacken(const BlockMap& map) {
    for (const Plane& plane : planes_)
        depth_ > 8 ? blacken_plane<std::uint16_t>(plane, map) : blacken_plane<std::uint8_t>(plane, map);
}

void Picture::coarsen(const BlockMap& map, const std::vector<PictureBox>& kept) {
    for (const Plane& plane : planes_)
        depth_ > 8 ? coarsen_plane<std::uint16_t>(plane, map, kept, true)
                   : coarsen_plane<std::uint8_t>(plane, map, kept, true);
}

int Picture::worst_from_black(const BlockMap& map) const {
    int worst = 0;
    for (const Plane& plane : planes_)
        worst = std::max(worst, depth_ > 8 ? worst_in_plane<std::uint16_t>(plane, map) : worst_in_plane<std::uint8_t>(plane, map));
    return worst >> (depth_ - 8);
}

int Picture::worst_from_mean(const BlockMap& map, const std::vector<PictureBox>& kept) const {
    int worst = 0;
    for (const Plane& plane : planes_)
        worst = std::max(worst, depth_ > 8 ? coarsen_plane<std::uint16_t>(plane, map, kept, false)
                                           : coarsen_plane<std::uint8_t>(plane, map, kept, false));
    return worst >> (depth_ - 8);
}

void Picture::brightness(std::vector<std::uint8_t>& into) const {
    into.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
    depth_ > 8 ? read_brightness<std::uint16_t>(into) : read_brightness<std::uint8_t>(into);
}

} // namespace ombud::media
