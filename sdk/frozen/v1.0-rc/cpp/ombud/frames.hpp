#pragma once
// A recording's pictures, and what a module answers about their squares.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ombud/frames.h>
#include <ombud/growable.hpp>
#include <ombud/result.hpp>
#include <string>
#include <utility>

namespace ombud::sdk {

/// One picture's brightness, borrowed for the call; see ombud_frame for units and ranges.
class Frame {
  public:
    /// Errors  invalid_input  NULL, too short, or sizes that do not fit together
    ///         too_new        says more than this SDK knows
    [[nodiscard]] static Result<Frame> read(const ombud_frame* in) {
        auto known = read_growable(in, "frame");
        if (!known)
            return fail(std::move(known).error());
        const ombud_frame& one = *known;
        constexpr std::uint32_t edge_max = 8192;
        const auto squares = [&](std::uint32_t edge) { return (edge + one.square - 1) / one.square; };
        if (one.luma == nullptr || one.width < 1 || one.width > edge_max || one.height < 1 || one.height > edge_max ||
            one.square < 1 || one.square > edge_max || one.luma_stride < std::int64_t{one.width} ||
            one.columns != squares(one.width) || one.rows != squares(one.height))
            return fail(ErrorCode::invalid_input, "frame of " + std::to_string(one.width) + "x" + std::to_string(one.height) +
                                                      " in " + std::to_string(one.columns) + "x" + std::to_string(one.rows) +
                                                      " squares of " + std::to_string(one.square) + " does not fit together");
        return Frame(one);
    }

    [[nodiscard]] std::int64_t time_ns() const { return frame_.time_ns; }
    [[nodiscard]] int width() const { return static_cast<int>(frame_.width); }
    [[nodiscard]] int height() const { return static_cast<int>(frame_.height); }
    [[nodiscard]] int square() const { return static_cast<int>(frame_.square); }
    [[nodiscard]] int columns() const { return static_cast<int>(frame_.columns); }
    [[nodiscard]] int rows() const { return static_cast<int>(frame_.rows); }
    /// `width()` samples; y from 0 above.
    [[nodiscard]] const std::uint8_t* row(int y) const { return frame_.luma + frame_.luma_stride * y; }
    [[nodiscard]] std::int64_t stride() const { return frame_.luma_stride; }

  private:
    explicit Frame(const ombud_frame& frame) : frame_(frame) {}
    ombud_frame frame_;
};

/// The answer about one picture. What is not said to be shown is covered.
class Squares {
  public:
    Squares(const Frame& frame, std::uint8_t* answer) : columns_(frame.columns()), rows_(frame.rows()), answer_(answer) {}
    void show(int column, int row) { at(column, row) = OMBUD_SQUARE_SHOW; }
    void cover(int column, int row) { at(column, row) = OMBUD_SQUARE_COVER; }
    void cover_all() { std::fill_n(answer_, static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), std::uint8_t{OMBUD_SQUARE_COVER}); }

  private:
    std::uint8_t& at(int column, int row) { return answer_[static_cast<std::ptrdiff_t>(row) * columns_ + column]; }
    int columns_, rows_;
    std::uint8_t* answer_;
};

} // namespace ombud::sdk
