#pragma once
// The one way in which a covered copy is made, whatever decides what is covered: drawn, encoded, read back, proven.

#include "media/masks/masked_copy.hpp"
#include "media/masks/picture.hpp"

namespace ombud::media {

/// Decides what is covered, and knows afterwards whether it is.
class Cover {
  public:
    virtual ~Cover() = default;

    /// Called once, before the first draw().
    /// @param first  the recording's first picture
    virtual Result<> begin(const Turning& turning, const AVFrame& first) = 0;
    /// Covers one picture; called for all of them, in their order.
    /// @param time_ns  after the first picture
    virtual Result<> draw(Picture& picture, std::int64_t time_ns) = 0;

    /// How far samples of the copy's picture are from what was drawn where it is covered, 0 to 255.
    /// @param index  of the picture, from 0
    [[nodiscard]] virtual int worst_difference(const Picture& picture, std::size_t index) const = 0;
    /// Called for every picture of the copy while it is read back.
    virtual Result<> review(const AVFrame&, std::int64_t /*time_ns*/) { return {}; }
    /// What worst_difference() may be.
    [[nodiscard]] virtual int tolerance() const = 0;
    [[nodiscard]] virtual int block_px() const = 0;
    [[nodiscard]] virtual std::uint64_t covered_blocks(std::size_t index) const = 0;
};

/// Errors  invalid_input  more than 64, fewer than 3 or more than 64 points, or points outside 0..1
[[nodiscard]] Result<> check_polygons(const std::vector<MaskPolygon>& masks);
/// Covers what the polygons touch.
void cover_polygons(BlockMap& map, const std::vector<MaskPolygon>& masks, const Turning& turning);

/// Squares that are covered wholly: macroblocks, in pictures of two fields pairs of them, so that what is coded together
/// is covered together.
[[nodiscard]] int coding_block_px(const AVFrame& frame);

/// Errors  as burn_masks(), and those of `cover`
[[nodiscard]] Result<MaskedCopy> make_covered_copy(const std::filesystem::path& input, const std::filesystem::path& output,
                                                   Cover& cover, const CopyOptions& options);

} // namespace ombud::media
