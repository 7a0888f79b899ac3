#pragma once
// A copy for somebody who is in the recording, in which everything that moves is coarsened but what they may see (EXP-13).

#include "media/masks/masked_copy.hpp"

namespace ombud::media {

/// A rectangle that a person chose to leave visible for a while, as PicturePoint.
struct KeptRegion {
    double x = 0, y = 0, width = 0, height = 0; ///< x + width and y + height at most 1; width and height above 0
    std::int64_t from_ns = 0;                   ///< after the recording's first picture
    std::int64_t to_ns = INT64_MAX;             ///< exclusive
};

/// One picture's brightness, and the answer about its squares.
struct WatchedPicture {
    std::int64_t time_ns = 0; ///< after the first picture; rises
    int width = 0, height = 0;
    int square_px = 0;
    int columns = 0, rows = 0;
    std::vector<std::uint8_t> luma;  ///< width * height, rows without gaps; may be moved away and given back
    std::vector<bool> is_shown;      ///< of each square, row by row from above; all false when asked
};

struct PixelateOptions {
    CopyOptions copy{18, false, {}}; ///< unlike elsewhere, sound and text stay behind
    /// Asked about every picture, in order: sets `is_shown` where nothing moves. An error ends the work.
    std::function<Result<>(WatchedPicture&)> watch;
    std::vector<KeptRegion> kept; ///< at most 64
    /// Black in every picture, whatever is kept; may be empty.
    std::vector<MaskPolygon> masks;
    /// Where the sheets for review are written: FOLDER/NAME-01.jpg and so on, beside FOLDER/NAME.txt; none may exist.
    std::filesystem::path review;
    std::int64_t review_every_ns = 5'000'000'000; ///< from one picture on the sheets to the next; 0.1 s to 1 h
};

/// Half-open, after the first picture.
struct Span {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
};

/// What a person has to look at before the copy may be given away. Nothing here says that somebody did: no program can
/// tell that nobody else is to be seen. Whoever releases the copy asks for that (the export desk: `reviewed` on the
/// event export.release), and records who it was.
struct Review {
    std::vector<std::filesystem::path> sheets; ///< JPEG, 4 x 6 pictures of the copy each, in rows from above
    std::filesystem::path times;               ///< text: which picture is where, what was kept, and the spans below
    std::vector<Span> uncovered;               ///< when nothing at all was covered: nothing moved, or nothing was noticed
    std::uint64_t pictures = 0;                ///< on the sheets
};

struct PixelatedCopy {
    MaskedCopy copy;
    Review review;
};

/// Makes a copy as burn_masks() does, in which each square that is not shown has one colour, the mean of its samples: a
/// 24th of the picture's shorter side, at least 16 samples wide. Kept regions stay, where and while they are kept. Proven likewise: where it
/// must be coarse, the copy's samples are compared with their square's mean.
///
/// A mosaic hides faces from people; do not rely on it against somebody who knows what to look for and has a likely set of
/// faces to compare with (McPherson, Shokri, Shmatikov: Defeating Image Obfuscation with Deep Learning, 2016). Gait and
/// clothes are not hidden at all; sound and text are, unless `copy.keeps_sound_and_text` was set by somebody who listened.
///
/// Errors  as burn_masks(), those of `watch`, and
///         invalid_input  a region outside 0..1, an interval out of range, or a sheet that exists
/// Thread  as burn_masks()
[[nodiscard]] Result<PixelatedCopy> pixelate(const std::filesystem::path& input, const std::filesystem::path& output,
                                             const PixelateOptions& options);

} // namespace ombud::media
