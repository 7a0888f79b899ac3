#pragma once
// What a camera shows and nobody else may see: polygons that an export covers (EXP-7).

#include <cstdint>
#include <string>
#include <vector>

namespace ombud::config {

/// A place in a camera's picture as a viewer sees it, from its upper left corner, in millionths of its width and height.
struct MaskPoint {
    std::int32_t x = 0; ///< 0 to 1,000,000
    std::int32_t y = 0; ///< 0 to 1,000,000
    bool operator==(const MaskPoint&) const = default;
};

struct Mask {
    std::string id; ///< unique in the camera
    std::string reason;
    bool is_required_for_export = true; ///< false: drawn on request
    std::vector<MaskPoint> points;      ///< 3 to 64, in order around the area; no two edges cross or touch
};

/// `0.25,0.5 0.75,0.5 …`: the same text for the same polygon.
[[nodiscard]] std::string points_text(const std::vector<MaskPoint>& points);

} // namespace ombud::config
