// What the site has on record about sound and metadata of its cameras: plain values, read once from the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::audio_metadata {

enum class Kind { audio, metadata };
inline constexpr Kind kinds[] = {Kind::audio, Kind::metadata};

/// Documented hours of the site's local clock. To the same or an earlier time of day: over midnight into the next day.
struct Hours {
    uint32_t days = 0;            // bit 1 Monday … bit 7 Sunday: the day on which they begin
    int64_t from_s = 0, to_s = 0; // since midnight, 0 to 86400
};

/// What a track is recorded for, as documented.
struct TrackPurpose {
    Kind kind = Kind::audio;
    std::string purpose, legal_basis;
    std::string assessment; // reference of the impact assessment
    std::optional<int64_t> until_utc_ns;
    std::vector<Hours> hours; // none: always
};

struct Camera {
    std::string id, attachment, device, name;
    std::vector<TrackPurpose> tracks;
    bool is_mobile = false;                // a phone, a body-worn camera (AMG-7)
    std::string purpose{}, zone{}, assessment{}; // why it records at all, where signs tell of it, reference of the impact assessment
};

struct Site {
    std::vector<Camera> cameras;

    /// The camera's record: by the id that the host found, else by attachment and device, else (attachment unknown) by
    /// the device where only one attachment has it. Null: undocumented. Valid as long as the site.
    const Camera* find_camera(std::string_view id, std::string_view attachment, std::string_view device) const;
};

} // namespace ombud::audio_metadata
