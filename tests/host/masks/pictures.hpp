#pragma once
// Pictures as the ffmpeg program decodes them, and measures of them that owe nothing to the code under test.

#include <string>
#include <vector>

#include "recordings.hpp"

namespace ombud::media::test {

struct Raw {
    int width = 0, height = 0;
    std::vector<ByteString> pictures; ///< brightness alone, 8 bits, rows without gaps
    [[nodiscard]] int at(std::size_t index, int x, int y) const {
        return pictures[index][static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
    }
};

/// A recording of the tests' own, made by `ffmpeg ARGUMENTS FILE`; the same name gives the same file.
fs::path make(const std::string& name, const std::string& arguments);

/// Every picture of the first picture track, as coded: not turned.
Raw decode(const fs::path& file);

/// Times of all pictures in the file's time base, and the time base.
std::string times_of(const fs::path& file);

/// A part of the picture, in samples: [x0, x1) x [y0, y1).
struct Part {
    int x0, y0, x1, y1;
    [[nodiscard]] bool holds(int x, int y) const { return x >= x0 && x < x1 && y >= y0 && y < y1; }
};

/// Peak signal to noise ratio in dB over all pictures, of `part` or of all outside of it; 100 where nothing differs.
double psnr(const Raw& a, const Raw& b, const Part& part, bool inside);

/// The largest difference from `value` within the part of any picture.
int worst_from(const Raw& raw, const Part& part, int value);

/// Standard deviation of brightness within the part of one picture: what texture it shows.
double texture(const Raw& raw, std::size_t index, const Part& part);

} // namespace ombud::media::test
