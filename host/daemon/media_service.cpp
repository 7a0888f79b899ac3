#include "daemon/media_service.hpp"

#include "media/probe.hpp"

namespace ombud::daemon {
namespace {

// The ABI knows video, audio, data and other; subtitles of analytics carry data, too.
const char* kind_of(media::TrackKind kind) {
    switch (kind) {
    case media::TrackKind::video: return "video";
    case media::TrackKind::audio: return "audio";
    case media::TrackKind::data: return "data";
    case media::TrackKind::subtitle:
    case media::TrackKind::attachment:
    case media::TrackKind::unknown: break;
    }
    return "other";
}

} // namespace

std::function<Result<MediaInfo>(const std::filesystem::path&)> media_service(const Clock& clock) {
    return [&clock](const std::filesystem::path& path) -> Result<MediaInfo> {
        const auto probed = media::probe(path, clock);
        if (!probed) {
            // To a plugin a file of no known kind and a damaged one are the same: media that cannot be judged.
            Error error = probed.error();
            if (error.code == ErrorCode::invalid_input || error.code == ErrorCode::refused)
                error.code = ErrorCode::corrupt;
            return fail(std::move(error));
        }
        MediaInfo info;
        info.size_bytes = static_cast<std::int64_t>(probed->size_bytes);
        info.duration_ns = probed->duration_ns.value_or(-1);
        info.creation_utc_ns = probed->creation_utc_ns.value_or(INT64_MIN);
        info.container = media::name_of(probed->container);
        for (const media::Track& track : probed->tracks) {
            if (!info.tracks.empty())
                info.tracks += ' ';
            info.tracks += std::string(kind_of(track.kind)) + "/" + (track.codec.empty() ? "unknown" : track.codec);
        }
        return info;
    };
}

} // namespace ombud::daemon
