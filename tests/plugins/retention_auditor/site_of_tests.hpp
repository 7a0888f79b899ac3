// A site with one camera of each sort, and moments to judge it at.
#pragma once

#include "retention_auditor/policy.hpp"

namespace ombud::retention {

inline constexpr int64_t second = 1'000'000'000;
inline constexpr int64_t hour = 3600 * second;
inline constexpr int64_t day = 24 * hour;
inline constexpr int64_t now = 1'830'000'000 * second; // 2027-12-28 13:20 UTC

inline Camera entrance() {
    Camera camera;
    camera.id = "entrance";
    camera.attachment = "files";
    camera.device = "cam1";
    camera.name = "Entrance";
    camera.area = Area::private_ground;
    camera.purpose = "security of the entrance";
    camera.retention_ns = 7 * day;
    return camera;
}

inline Lock good_lock() {
    return {"files", "r1", "theft", "case 7", "security officer", now + day};
}

} // namespace ombud::retention
