#pragma once
// Looking into media files without a codec library: host extension "ombud.media/1".

#include <cstdint>
#include <ombud/growable.hpp>
#include <ombud/media.h>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::sdk {

struct MediaInfo {
    std::int64_t size_bytes = 0;
    std::optional<std::int64_t> duration_ns;
    std::optional<std::int64_t> creation_utc_ns; ///< from the container
    std::string container;                       ///< "mp4", "matroska", …
    std::string tracks;                          ///< "video/h264 audio/aac"; see tracks.hpp
};

/// Thread: worker.
class Media {
  public:
    Media(const ombud_media* table, void* host_ctx) noexcept : table_(table), host_ctx_(host_ctx) {}

    /// Looks into one file; never writes. The message says why it could not be read.
    /// Errors: not_found; corrupt (damaged, empty, no known kind); unavailable (still changing, or not readable now).
    [[nodiscard]] Result<MediaInfo> probe(std::string_view path) const {
        if (!has_function(table_, &ombud_media::probe))
            return fail(ErrorCode::unavailable, "this host reads no media");
        ombud_media_info raw{};
        raw.struct_size = sizeof raw;
        raw.duration_ns = -1;
        raw.creation_utc_ns = INT64_MIN;
        const ombud_status status = table_->probe(host_ctx_, to_view(path), &raw);
        if (status != OMBUD_OK) {
            Error error = to_result(status, "probing").error();
            if (raw.problem.len)
                error.message = to_text(raw.problem);
            return fail(std::move(error));
        }
        MediaInfo info;
        info.size_bytes = raw.size_bytes;
        if (raw.duration_ns >= 0)
            info.duration_ns = raw.duration_ns;
        if (raw.creation_utc_ns != INT64_MIN)
            info.creation_utc_ns = raw.creation_utc_ns;
        info.container = to_text(raw.container);
        info.tracks = to_text(raw.tracks);
        return info;
    }

  private:
    const ombud_media* table_;
    void* host_ctx_;
};

} // namespace ombud::sdk
