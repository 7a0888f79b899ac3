#include "media/masks/coverage.hpp"

#include <algorithm>

extern "C" {
#include <libavformat/avformat.h>
}

namespace ombud::media {

namespace {

int sign(std::int32_t value) { return (value > 0) - (value < 0); }

struct Box {
    double left, top, right, bottom;
};

/// Whether a segment and a closed rectangle have a point in common (Liang and Barsky, 1984).
bool meets(const Box& box, PicturePoint from, PicturePoint to) {
    double enters = 0;
    double leaves = 1;
    const auto clip = [&](double step, double room) { // step * t <= room must hold
        if (step == 0)
            return room >= 0;
        const double t = room / step;
        if (step > 0)
            leaves = std::min(leaves, t);
        else
            enters = std::max(enters, t);
        return enters <= leaves;
    };
    const double x = to.x - from.x;
    const double y = to.y - from.y;
    return clip(-x, from.x - box.left) && clip(x, box.right - from.x) && clip(-y, from.y - box.top) &&
           clip(y, box.bottom - from.y);
}

/// How often the polygon goes round the point; 0: it lies outside (Sunday's winding number).
int winding(const std::vector<PicturePoint>& polygon, PicturePoint point) {
    int turns = 0;
    for (std::size_t i = 0; i < polygon.size(); ++i) {
        const PicturePoint a = polygon[i];
        const PicturePoint b = polygon[(i + 1) % polygon.size()];
        const double side = (b.x - a.x) * (point.y - a.y) - (point.x - a.x) * (b.y - a.y);
        if (a.y <= point.y && b.y > point.y && side > 0)
            ++turns;
        else if (a.y > point.y && b.y <= point.y && side < 0)
            --turns;
    }
    return turns;
}

} // namespace

Result<Turning> Turning::from_matrix(const std::int32_t (&matrix)[9]) {
    Turning turning;
    turning.m_ = {sign(matrix[0]), sign(matrix[1]), sign(matrix[3]), sign(matrix[4])};
    const auto [a, b, c, d] = turning.m_;
    const bool upright = a != 0 && b == 0 && c == 0 && d != 0;
    const bool on_its_side = a == 0 && b != 0 && c != 0 && d == 0;
    if ((!upright && !on_its_side) || matrix[2] != 0 || matrix[5] != 0)
        return fail(ErrorCode::refused, "its pictures are to be shown turned by other than right angles, and where a mask "
                                        "would lie then is not known");
    return turning;
}

Result<Turning> Turning::of(const AVStream& stream) {
    std::size_t size = 0;
    const auto* const data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (data == nullptr)
        return Turning();
    std::int32_t matrix[9]{};
    if (size != sizeof matrix)
        return fail(ErrorCode::corrupt, "the matrix by which its pictures are to be turned has " + std::to_string(size) + " bytes");
    std::copy_n(data, size, reinterpret_cast<std::uint8_t*>(matrix));
    return from_matrix(matrix);
}

PicturePoint Turning::to_coded(PicturePoint shown) const {
    const auto [a, b, c, d] = m_;
    const double x = shown.x - 0.5;
    const double y = shown.y - 0.5;
    // The inverse of such a matrix is its transpose.
    return {0.5 + a * x + b * y, 0.5 + c * x + d * y};
}

BlockMap::BlockMap(int width, int height, int block_px)
    : width_(width), height_(height), block_px_(block_px), columns_((width + block_px - 1) / block_px),
      rows_((height + block_px - 1) / block_px),
      blocks_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), false) {}

void BlockMap::remove(const BlockMap& other) {
    for (std::size_t i = 0; i < blocks_.size(); ++i)
        blocks_[i] = blocks_[i] && !other.blocks_[i];
}

std::uint64_t BlockMap::count() const { return static_cast<std::uint64_t>(std::count(blocks_.begin(), blocks_.end(), true)); }

void cover_polygon(BlockMap& map, const std::vector<PicturePoint>& points) {
    std::vector<PicturePoint> polygon;
    for (const PicturePoint& point : points)
        polygon.push_back({point.x * map.width(), point.y * map.height()});
    const double edge = map.block_px();
    for (int row = 0; row < map.rows(); ++row)
        for (int column = 0; column < map.columns(); ++column) {
            const Box box{column * edge, row * edge, (column + 1) * edge, (row + 1) * edge};
            bool touches = winding(polygon, {box.left + edge / 2, box.top + edge / 2}) != 0;
            for (std::size_t i = 0; i < polygon.size() && !touches; ++i)
                touches = meets(box, polygon[i], polygon[(i + 1) % polygon.size()]);
            if (touches)
                map.cover(column, row);
        }
}

} // namespace ombud::media
