#include "media/masks/pixelated_copy.hpp"

#include <algorithm>
#include <cmath>

#include "media/masks/covered_copy.hpp"
#include "media/masks/new_file.hpp"
#include "media/masks/review_sheet.hpp"

extern "C" {
#include <libavutil/frame.h>
}

namespace ombud::media {

namespace {

/// Measured as for masks; a mean is rounded, and colours around a square are nearer to it than black is.
constexpr int mosaic_tolerance = 32;
constexpr int squares_across = 24; // of the shorter side: a face that fills a sixth of it has four across

int square_px_of(const AVFrame& frame) {
    const int unit = coding_block_px(frame);
    const int wanted = std::min(frame.width, frame.height) / squares_across;
    return std::max(unit, (wanted + unit - 1) / unit * unit);
}

std::string time_text(std::int64_t ns) {
    const std::int64_t tenths = ns / 100'000'000;
    const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(tenths / 36'000) + ":" + two(tenths / 600 % 60) + ":" + two(tenths / 10 % 60) + "." +
           std::to_string(tenths % 10);
}

/// What moves is coarse, masks are black, and what is kept stays.
class Mosaic final : public Cover {
  public:
    explicit Mosaic(const PixelateOptions& options) : options_(options), sheets_(options.review) {}

    Result<> begin(const Turning& turning, const AVFrame& first) override {
        turning_ = turning;
        black_ = BlockMap(first.width, first.height, square_px_of(first));
        coarse_ = black_;
        cover_polygons(black_, options_.masks, turning);
        watched_.width = first.width;
        watched_.height = first.height;
        watched_.square_px = black_.block_px();
        watched_.columns = black_.columns();
        watched_.rows = black_.rows();
        return {};
    }

    Result<> draw(Picture& picture, std::int64_t time_ns) override {
        picture.brightness(watched_.luma);
        watched_.time_ns = time_ns;
        const auto squares = static_cast<std::size_t>(watched_.columns) * static_cast<std::size_t>(watched_.rows);
        watched_.is_shown.assign(squares, false);
        if (auto watched = options_.watch(watched_); !watched)
            return watched;
        coarse_.clear();
        if (watched_.is_shown.size() != squares)
            coarse_.cover_all();
        for (std::size_t i = 0; i < std::min(squares, watched_.is_shown.size()); ++i)
            if (!watched_.is_shown[i])
                coarse_.cover(static_cast<int>(i) % watched_.columns, static_cast<int>(i) / watched_.columns);
        note_uncovered(time_ns, coarse_.count() == 0);
        coarse_.remove(black_);
        picture.coarsen(coarse_, kept_at(time_ns));
        picture.blacken(black_);
        drawn_.push_back({coarse_, time_ns});
        return {};
    }

    Result<> review(const AVFrame& frame, std::int64_t time_ns) override {
        if (!tile_times_.empty() && time_ns - tile_times_.back() < options_.review_every_ns)
            return {};
        tile_times_.push_back(time_ns);
        return sheets_.add(frame);
    }

    [[nodiscard]] int worst_difference(const Picture& picture, std::size_t index) const override {
        return std::max(picture.worst_from_black(black_), picture.worst_from_mean(drawn_[index].coarse, kept_at(drawn_[index].time_ns)));
    }
    [[nodiscard]] int tolerance() const override { return mosaic_tolerance; }
    [[nodiscard]] int block_px() const override { return black_.block_px(); }
    [[nodiscard]] std::uint64_t covered_blocks(std::size_t index) const override {
        return drawn_[index].coarse.count() + black_.count();
    }

    /// The last sheet, and the text beside them.
    Result<Review> finish_review(const std::filesystem::path& copy);

    void remove_sheets() const {
        std::error_code ignored;
        for (const auto& sheet : sheets_.sheets())
            std::filesystem::remove(sheet, ignored);
    }

  private:
    struct Drawn {
        BlockMap coarse;
        std::int64_t time_ns = 0;
    };

    /// The kept regions of a moment, in samples, inside what was chosen and on whole samples of colour.
    [[nodiscard]] std::vector<PictureBox> kept_at(std::int64_t time_ns) const {
        std::vector<PictureBox> boxes;
        for (const KeptRegion& region : options_.kept) {
            if (time_ns < region.from_ns || time_ns >= region.to_ns)
                continue;
            const PicturePoint a = turning_.to_coded({region.x, region.y});
            const PicturePoint b = turning_.to_coded({region.x + region.width, region.y + region.height});
            const auto up = [](double at, int length) { return (static_cast<int>(std::ceil(at * length)) + 1) / 2 * 2; };
            // At the picture's own edge the last sample counts, even or odd.
            const auto down = [](double at, int length) {
                const int sample = static_cast<int>(std::floor(at * length));
                return sample >= length ? length : sample / 2 * 2;
            };
            PictureBox box;
            box.x = up(std::min(a.x, b.x), watched_.width);
            box.y = up(std::min(a.y, b.y), watched_.height);
            box.width = std::max(0, down(std::max(a.x, b.x), watched_.width) - box.x);
            box.height = std::max(0, down(std::max(a.y, b.y), watched_.height) - box.y);
            boxes.push_back(box);
        }
        return boxes;
    }

    void note_uncovered(std::int64_t time_ns, bool is_uncovered) {
        if (was_uncovered_)
            uncovered_.back().to_ns = time_ns;
        if (is_uncovered && !was_uncovered_)
            uncovered_.push_back({time_ns, time_ns});
        was_uncovered_ = is_uncovered;
    }

    const PixelateOptions& options_;
    Turning turning_;
    BlockMap black_, coarse_;
    WatchedPicture watched_;
    std::vector<Drawn> drawn_; // for the proof: a bit a square
    bool was_uncovered_ = false;
    std::vector<Span> uncovered_;
    std::vector<std::int64_t> tile_times_;
    ReviewSheets sheets_;
};

Result<Review> Mosaic::finish_review(const std::filesystem::path& copy) {
    if (auto finished = sheets_.finish(); !finished)
        return fail(finished.error());
    std::string text = "Review of " + copy.filename().string() + "\n\n"
                       "Before this copy is given away, a person must look through the sheets, and through the copy itself where\n"
                       "anything is doubtful: no program can tell that nobody else is to be seen. Somebody who stood still from the\n"
                       "start, or for longer than the module remembers, is not covered. Who looked is recorded with the release.\n\n"
                       "On the sheets, in rows from above, one picture each at (hours:minutes:seconds after the start):\n";
    constexpr std::size_t tiles = std::size_t{ReviewSheets::columns} * ReviewSheets::rows;
    for (std::size_t i = 0; i < tile_times_.size(); ++i) {
        if (i % tiles == 0)
            text += "\n" + sheets_.sheets()[i / tiles].filename().string() + "\n";
        text += "  " + time_text(tile_times_[i]) + ((i + 1) % ReviewSheets::columns == 0 || i + 1 == tile_times_.size() ? "\n" : "");
    }
    text += "\nNothing at all was covered (nothing moved, or nothing was noticed):\n";
    for (const Span& span : uncovered_)
        text += "  " + time_text(span.from_ns) + " to " + time_text(span.to_ns) + "\n";
    text += uncovered_.empty() ? "  never\n" : "";
    text += "\nKept visible by choice (x, y, width, height as parts of the picture):\n";
    for (const KeptRegion& region : options_.kept)
        text += "  " + std::to_string(region.x) + ", " + std::to_string(region.y) + ", " + std::to_string(region.width) + ", " +
                std::to_string(region.height) + " from " + time_text(region.from_ns) + " to " +
                (region.to_ns == INT64_MAX ? "the end" : time_text(region.to_ns)) + "\n";
    text += options_.kept.empty() ? "  nothing\n" : "";

    Review review;
    review.times = options_.review.string() + ".txt";
    auto file = NewFile::create(review.times);
    if (!file)
        return fail(file.error());
    if (auto written = write_at(file->fd(), 0, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); !written)
        return fail(written.error());
    if (auto published = file->publish(); !published)
        return fail(published.error());
    review.sheets = sheets_.sheets();
    review.uncovered = std::move(uncovered_);
    review.pictures = tile_times_.size();
    return review;
}

Result<> check_options(const PixelateOptions& options) {
    constexpr std::size_t regions_max = 64;
    constexpr std::int64_t every_ns_min = 100'000'000;
    constexpr std::int64_t every_ns_max = 3'600'000'000'000;
    if (options.kept.size() > regions_max)
        return fail(ErrorCode::invalid_input, std::to_string(options.kept.size()) + " kept regions are more than 64");
    for (const KeptRegion& region : options.kept)
        if (!(region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 && region.x + region.width <= 1 &&
              region.y + region.height <= 1))
            return fail(ErrorCode::invalid_input, "the kept region " + std::to_string(region.x) + ", " + std::to_string(region.y) +
                                                      ", " + std::to_string(region.width) + ", " + std::to_string(region.height) +
                                                      " does not lie within the picture, 0 to 1");
    if (options.review_every_ns < every_ns_min || options.review_every_ns > every_ns_max)
        return fail(ErrorCode::invalid_input, "a picture for review every " + std::to_string(options.review_every_ns) +
                                                  " ns is not from 0.1 s to 1 h");
    return check_polygons(options.masks);
}

} // namespace

Result<PixelatedCopy> pixelate(const std::filesystem::path& input, const std::filesystem::path& output,
                               const PixelateOptions& options) {
    if (auto usable = check_options(options); !usable)
        return fail(usable.error());
    Mosaic mosaic(options);
    auto copy = make_covered_copy(input, output, mosaic, options.copy);
    if (!copy) {
        mosaic.remove_sheets();
        return fail(copy.error());
    }
    auto review = mosaic.finish_review(output);
    if (!review) { // without it nobody could look, so the copy is of no use
        mosaic.remove_sheets();
        std::error_code ignored;
        std::filesystem::remove(output, ignored);
        return fail(review.error());
    }
    return PixelatedCopy{std::move(*copy), std::move(*review)};
}

} // namespace ombud::media
