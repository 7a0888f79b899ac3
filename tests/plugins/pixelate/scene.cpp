#include "scene.hpp"

#include <algorithm>

namespace pixelate_test {

std::vector<std::uint8_t> Scene::picture(const std::vector<Figure>& figures, int light) {
    std::vector<std::uint8_t> samples;
    samples.reserve(std::size_t{width} * height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            int value = 70 + (x / 3 * 7 + y / 5 * 11) % 60; // paving
            for (const Figure& figure : figures)
                if (x >= figure.x && x < figure.x + figure.width && y >= figure.y && y < figure.y + figure.height)
                    value = ((x - figure.x) / 4 + (y - figure.y) / 4) % 2 == 0 ? 30 : 220; // a coat of squares
            noise_ = noise_ * 1664525U + 1013904223U;
            value += static_cast<int>(noise_ >> 24) % 5 - 2 + light;
            samples.push_back(static_cast<std::uint8_t>(std::clamp(value, 0, 255)));
        }
    return samples;
}

} // namespace pixelate_test
