#pragma once
// Which squares of a recording's pictures show, or may show, something that is not the still background.

#include <cstdint>
#include <memory>
#include <ombud/frames.hpp>

namespace pixelate {

struct Settings {
    std::int64_t learning_ns = 10'000'000'000; ///< of background, during which all is covered; also after a change of light
    std::int64_t hold_ns = 120'000'000'000;    ///< that a square stays covered after the last movement in it
    int light_change_percent = 40;             ///< of the picture moving at once: the light changed, or the camera was turned
    int sensitivity = 16;                      ///< squared distance from the background, in variances, that counts as movement
};

/// Learns the background of one recording while it is shown, and says what is not background.
/// Thread  one
class MovingParts {
  public:
    explicit MovingParts(const Settings& settings);
    ~MovingParts();
    MovingParts(const MovingParts&) = delete;
    MovingParts& operator=(const MovingParts&) = delete;

    /// Answers every square of one picture. Pictures come in their order.
    void look(const ombud::sdk::Frame& frame, ombud::sdk::Squares& squares);

  private:
    struct Model; // OpenCV stays out of this header
    std::unique_ptr<Model> model_;
};

} // namespace pixelate
