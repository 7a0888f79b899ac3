#pragma once
// The samples of a decoded picture: covered, coarsened, measured. Planar YUV and grey of 8 to 16 bits.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/masks/coverage.hpp"

namespace ombud::media {

/// A part of a picture in samples of its brightness; empty when width or height is 0.
struct PictureBox {
    int x = 0, y = 0, width = 0, height = 0;
    [[nodiscard]] bool holds(int at_x, int at_y) const {
        return at_x >= x && at_x < x + width && at_y >= y && at_y < y + height;
    }
};

/// A view on an AVFrame's samples, which outlives it.
class Picture {
  public:
    /// Errors  refused  another form of picture: packed, RGB, with transparency, in a graphics card's memory
    static Result<Picture> over(AVFrame& frame);

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }

    /// Makes covered blocks black.
    void blacken(const BlockMap& map);
    /// Makes each covered block one colour, the mean of its samples, but for what lies in `kept`.
    void coarsen(const BlockMap& map, const std::vector<PictureBox>& kept);

    /// The largest difference of a sample in covered blocks from black.
    /// @return  0 to 255, in 8 bits whatever the picture has
    [[nodiscard]] int worst_from_black(const BlockMap& map) const;
    /// The largest difference of a sample in covered blocks, but for `kept`, from the mean of its block.
    [[nodiscard]] int worst_from_mean(const BlockMap& map, const std::vector<PictureBox>& kept) const;

    /// The brightness of each sample in 8 bits, rows without gaps.
    void brightness(std::vector<std::uint8_t>& into) const;

  private:
    struct Plane {
        std::uint8_t* data = nullptr;
        std::ptrdiff_t stride_bytes = 0;
        int width = 0, height = 0;
        int shift_x = 0, shift_y = 0; ///< samples of brightness for one of these, as powers of 2
        int black = 0;
    };
    template <class Sample> void blacken_plane(const Plane& plane, const BlockMap& map);
    template <class Sample> int worst_in_plane(const Plane& plane, const BlockMap& map) const;
    template <class Sample> int coarsen_plane(const Plane& plane, const BlockMap& map, const std::vector<PictureBox>& kept,
                                              bool writes) const;
    template <class Sample> void read_brightness(std::vector<std::uint8_t>& into) const;

    int width_ = 0, height_ = 0, depth_ = 8;
    std::vector<Plane> planes_;
};

} // namespace ombud::media
