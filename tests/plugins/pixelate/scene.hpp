#pragma once
// A yard with a figure in it, drawn sample by sample: what is background and what is not is known exactly.

#include <cstdint>
#include <vector>

namespace pixelate_test {

struct Figure {
    int x = 0, y = 0, width = 0, height = 0;
};

/// 320 x 176, still and textured, with the noise of a sensor in every picture.
class Scene {
  public:
    static constexpr int width = 320;
    static constexpr int height = 176;
    static constexpr int square = 16;

    /// @param figures  textured; drawn over the yard
    /// @param light    added to every sample
    [[nodiscard]] std::vector<std::uint8_t> picture(const std::vector<Figure>& figures, int light = 0);

  private:
    std::uint32_t noise_ = 4711;
};

} // namespace pixelate_test
