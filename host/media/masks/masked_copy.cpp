#include "media/masks/masked_copy.hpp"

#include "media/masks/covered_copy.hpp"

extern "C" {
#include <libavutil/frame.h>
}

namespace ombud::media {

namespace {

/// Measured over this folder's test recordings, the worst sample is well below; an uncovered picture is far above.
constexpr int black_tolerance = 16;

/// The same polygons in every picture.
class Masks final : public Cover {
  public:
    explicit Masks(const std::vector<MaskPolygon>& masks) : masks_(masks) {}

    Result<> begin(const Turning& turning, const AVFrame& first) override {
        map_ = BlockMap(first.width, first.height, coding_block_px(first));
        cover_polygons(map_, masks_, turning);
        blocks_ = map_.count();
        return {};
    }
    Result<> draw(Picture& picture, std::int64_t) override {
        picture.blacken(map_);
        return {};
    }
    [[nodiscard]] int worst_difference(const Picture& picture, std::size_t) const override { return picture.worst_from_black(map_); }
    [[nodiscard]] int tolerance() const override { return black_tolerance; }
    [[nodiscard]] int block_px() const override { return map_.block_px(); }
    [[nodiscard]] std::uint64_t covered_blocks(std::size_t) const override { return blocks_; }

  private:
    const std::vector<MaskPolygon>& masks_;
    BlockMap map_;
    std::uint64_t blocks_ = 0;
};

} // namespace

Result<> check_polygons(const std::vector<MaskPolygon>& masks) {
    constexpr std::size_t masks_max = 64;
    constexpr std::size_t points_min = 3;
    constexpr std::size_t points_max = 64;
    if (masks.size() > masks_max)
        return fail(ErrorCode::invalid_input, std::to_string(masks.size()) + " masks are more than 64");
    for (const MaskPolygon& mask : masks) {
        if (mask.points.size() < points_min || mask.points.size() > points_max)
            return fail(ErrorCode::invalid_input, "mask '" + mask.id + "' has " + std::to_string(mask.points.size()) +
                                                      " points, not from 3 to 64");
        for (const PicturePoint& point : mask.points)
            if (!(point.x >= 0 && point.x <= 1 && point.y >= 0 && point.y <= 1)) // not so for NaN either
                return fail(ErrorCode::invalid_input, "mask '" + mask.id + "' has a point at " + std::to_string(point.x) + ", " +
                                                          std::to_string(point.y) + ", outside 0..1");
    }
    return {};
}

void cover_polygons(BlockMap& map, const std::vector<MaskPolygon>& masks, const Turning& turning) {
    for (const MaskPolygon& mask : masks) {
        std::vector<PicturePoint> coded;
        for (const PicturePoint& point : mask.points)
            coded.push_back(turning.to_coded(point));
        cover_polygon(map, coded);
    }
}

Result<MaskedCopy> burn_masks(const std::filesystem::path& input, const std::filesystem::path& output,
                              const std::vector<MaskPolygon>& masks, const CopyOptions& options) {
    if (masks.empty())
        return fail(ErrorCode::invalid_input, "no mask was given, so there is nothing to cover");
    if (auto usable = check_polygons(masks); !usable)
        return fail(usable.error());
    Masks cover(masks);
    return make_covered_copy(input, output, cover, options);
}

} // namespace ombud::media
