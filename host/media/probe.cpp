#include "media/probe.hpp"

#include <algorithm>

#include "media/inspection.hpp"
#include "media/mp4/mp4.hpp"

extern "C" {
#include <libavcodec/codec_desc.h>
#include <libavformat/avformat.h>
#include <libavutil/parseutils.h>
}

namespace ombud::media {

namespace {

TrackKind kind_of(const AVStream& stream) {
    switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
        // A cover picture is a video stream to FFmpeg and an attached file to the container.
        return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 ? TrackKind::attachment : TrackKind::video;
    case AVMEDIA_TYPE_AUDIO: return TrackKind::audio;
    case AVMEDIA_TYPE_DATA: return TrackKind::data;
    case AVMEDIA_TYPE_SUBTITLE: return TrackKind::subtitle;
    case AVMEDIA_TYPE_ATTACHMENT: return TrackKind::attachment;
    default: return TrackKind::unknown;
    }
}

std::string tag(const AVDictionary* metadata, const char* key) {
    const AVDictionaryEntry* entry = av_dict_get(metadata, key, nullptr, 0);
    return entry == nullptr ? std::string() : std::string(entry->value);
}

Track describe(const AVStream& stream, std::uint32_t id) {
    Track track;
    track.id = id;
    track.kind = kind_of(stream);
    if (stream.codecpar->codec_id != AV_CODEC_ID_NONE)
        track.codec = avcodec_get_name(stream.codecpar->codec_id);
    track.language = tag(stream.metadata, "language");
    track.handler = tag(stream.metadata, "handler_name");
    if (track.handler.empty())
        track.handler = tag(stream.metadata, "title");
    if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0 && stream.time_base.den > 0)
        track.duration_ns = ticks_to_ns(stream.duration, stream.time_base.num, stream.time_base.den);
    return track;
}

std::optional<std::int64_t> creation_of(const AVFormatContext& context) {
    const std::string written = tag(context.metadata, "creation_time");
    std::int64_t micros = 0;
    if (written.empty() || av_parse_time(&micros, written.c_str(), 0) < 0)
        return std::nullopt;
    return micros * 1'000;
}

} // namespace

Result<Inspection> inspect(const ByteSource& source, const std::function<bool()>& may_go_on) {
    Inspection found;
    auto container = sniff_container(source);
    if (!container)
        return fail(container.error());
    found.container = *container;
    auto listed = list_tracks(source, *container);
    if (!listed)
        return fail(listed.error());
    found.listed = std::move(*listed);
    for (const ContainerTrack& track : found.listed)
        if (track.is_encrypted)
            return fail(ErrorCode::refused, "track " + std::to_string(track.id) + " is encrypted; Ombud cannot judge what it holds");
    if (*container == Container::mp4) {
        auto fragmented = is_fragmented_mp4(source);
        if (!fragmented)
            return fail(fragmented.error());
        if (*fragmented)
            found.container = Container::fragmented_mp4;
    }
    auto demuxer = Demuxer::open(source, found.container, found.listed, may_go_on);
    if (!demuxer)
        return fail(demuxer.error());

    const AVFormatContext& context = demuxer->context();
    Probe& probe = found.probe;
    probe.container = found.container;
    probe.size_bytes = source.size();
    probe.creation_utc_ns = creation_of(context);
    for (std::size_t i = 0; i < demuxer->track_ids().size(); ++i) {
        const AVStream& stream = *context.streams[i];
        if (av_stream_get_side_data(&stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr)
            return fail(ErrorCode::refused, "track " + std::to_string(demuxer->track_ids()[i]) +
                                                " is encrypted; Ombud cannot judge what it holds");
        probe.tracks.push_back(describe(stream, demuxer->track_ids()[i]));
    }
    // What the container carries and FFmpeg does not see must not escape the plan.
    for (const ContainerTrack& listed_track : found.listed) {
        const auto same = std::find_if(probe.tracks.begin(), probe.tracks.end(),
                                       [&](const Track& track) { return track.id == listed_track.id; });
        if (same != probe.tracks.end()) {
            same->size_bytes = listed_track.size_bytes;
            if (listed_track.duration_ns)
                same->duration_ns = listed_track.duration_ns;
            continue;
        }
        Track unseen;
        unseen.id = listed_track.id;
        probe.tracks.push_back(unseen);
    }
    for (std::size_t i = 0; i < probe.tracks.size(); ++i) {
        probe.tracks[i].index = static_cast<int>(i);
        if (probe.tracks[i].duration_ns > probe.duration_ns)
            probe.duration_ns = probe.tracks[i].duration_ns;
    }
    if (!probe.duration_ns && context.duration != AV_NOPTS_VALUE && context.duration > 0)
        probe.duration_ns = context.duration * 1'000;
    return found;
}

Result<Probe> probe(const std::filesystem::path& path, const Clock& clock, std::int64_t time_max_ns) {
    auto recording = open_recording(path);
    if (!recording)
        return fail(recording.error());
    const std::int64_t until_ns = clock.mono_ns() + time_max_ns;
    const FileSource source = recording->source();
    auto found = inspect(source, [&] { return clock.mono_ns() < until_ns; });
    // Asked first: a file that is being written looks damaged, and is not.
    if (auto same = recording->check_unchanged(); !same)
        return fail(same.error());
    if (!found)
        return fail(std::move(found.error()).within(path.string()));
    return std::move(found->probe);
}

} // namespace ombud::media
