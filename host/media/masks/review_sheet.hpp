#pragma once
// Small pictures of a copy, side by side, for a person to look through.

#include <filesystem>
#include <vector>

#include "events/result.hpp"
#include "media/masks/libav.hpp"

struct SwsContext;

namespace ombud::media {

/// Writes one JPEG for every 4 x 6 pictures; mode 0600, each appears whole.
/// Thread  one
class ReviewSheets {
  public:
    static constexpr int columns = 4;
    static constexpr int rows = 6;

    /// @param stem  FOLDER/NAME of the sheets FOLDER/NAME-01.jpg …
    explicit ReviewSheets(std::filesystem::path stem) : stem_(std::move(stem)) {}
    ~ReviewSheets();
    ReviewSheets(const ReviewSheets&) = delete;
    ReviewSheets& operator=(const ReviewSheets&) = delete;

    /// Adds a picture behind the last one.
    /// Errors  invalid_input  the next sheet's file exists
    ///         unavailable    the disk failed, or no memory
    [[nodiscard]] Result<> add(const AVFrame& picture);
    /// Writes the sheet that has been begun.
    [[nodiscard]] Result<> finish();

    /// Written so far.
    [[nodiscard]] const std::vector<std::filesystem::path>& sheets() const { return sheets_; }

  private:
    [[nodiscard]] Result<> begin_sheet(const AVFrame& picture);

    std::filesystem::path stem_;
    std::vector<std::filesystem::path> sheets_;
    FramePtr sheet_;
    SwsContext* scaler_ = nullptr;
    int tile_width_ = 0, tile_height_ = 0;
    int tiles_ = 0; // on the sheet
};

} // namespace ombud::media
