#pragma once
// Which squares of a picture are covered, and where a viewer's polygons lie in the picture as it is coded.

#include <array>
#include <cstdint>
#include <vector>

#include "media/masks/masked_copy.hpp"

struct AVFrame;
struct AVStream;

namespace ombud::media {

/// How the file asks for its pictures to be turned or mirrored before they are shown; right angles only.
class Turning {
  public:
    /// @return  identity where the file asks for nothing
    /// Errors   refused  another angle, or a perspective
    static Result<Turning> of(const AVStream& stream);
    /// Errors  refused  as above
    static Result<Turning> from_matrix(const std::int32_t (&matrix)[9]);

    /// From a place in the picture that a viewer sees to the same place in the picture as coded.
    [[nodiscard]] PicturePoint to_coded(PicturePoint shown) const;
    bool operator==(const Turning&) const = default;

  private:
    // shown = coded * m, around the middle of the picture: a matrix of right angles has one entry of ±1 in each row
    std::array<int, 4> m_{1, 0, 0, 1};
};

/// A picture in squares, those at the right and lower edge cut off by it. Rows from above, in each from the left.
class BlockMap {
  public:
    BlockMap() = default;
    BlockMap(int width, int height, int block_px);

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    [[nodiscard]] int block_px() const { return block_px_; }
    [[nodiscard]] int columns() const { return columns_; }
    [[nodiscard]] int rows() const { return rows_; }
    [[nodiscard]] bool covers(int column, int row) const { return blocks_[index(column, row)]; }
    void cover(int column, int row) { blocks_[index(column, row)] = true; }
    void cover_all() { blocks_.assign(blocks_.size(), true); }
    void clear() { blocks_.assign(blocks_.size(), false); }
    /// Uncovers what the other covers.
    /// @param other  of the same size and squares
    void remove(const BlockMap& other);
    [[nodiscard]] std::uint64_t count() const;
    bool operator==(const BlockMap&) const = default;

  private:
    [[nodiscard]] std::size_t index(int column, int row) const {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
    }
    int width_ = 0, height_ = 0, block_px_ = 1, columns_ = 0, rows_ = 0;
    std::vector<bool> blocks_; // a bit each: a long recording keeps one map a picture for its proof
};

/// Covers every block that a polygon touches, its edge included.
/// @param points  0..1 of the map's width and height, as coded
void cover_polygon(BlockMap& map, const std::vector<PicturePoint>& points);

} // namespace ombud::media
