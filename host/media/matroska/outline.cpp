#include "media/matroska/outline.hpp"

#include "media/matroska/matroska.hpp"

namespace ombud::media {

namespace {

namespace id = matroska_id;

bool is_level_one(std::uint32_t element) {
    return element == id::seek_head || element == id::info || element == id::tracks || element == id::cluster ||
           element == id::cues || element == id::tags || element == id::attachments || element == id::chapters;
}
bool ends_cluster(std::uint32_t element) { return is_level_one(element) || element == id::segment; }

Result<MatroskaTrack> read_track(EbmlReader& reader, const Element& entry) {
    MatroskaTrack track;
    track.entry = entry;
    auto walked = reader.for_each_child(entry, [&](const Element& child) -> Result<> {
        if (child.id == id::track_number || child.id == id::track_uid) {
            auto number = reader.number(child);
            if (!number)
                return fail(number.error());
            if (child.id == id::track_uid)
                track.uid = *number;
            else if (*number == 0 || *number >= attachment_id_base)
                return fail(ErrorCode::corrupt, child.name() + ": a track has the number " + std::to_string(*number));
            else
                track.as_listed.id = static_cast<std::uint32_t>(*number);
        }
        if (child.id != id::content_encodings)
            return {};
        auto encodings = reader.for_each_child(child, [&](const Element& encoding) -> Result<> {
            auto parts = reader.for_each_child(encoding, [&](const Element& part) -> Result<> {
                track.as_listed.is_encrypted = track.as_listed.is_encrypted || part.id == id::content_encryption;
                return {};
            });
            return parts ? Result<>{} : fail(parts.error());
        });
        return encodings ? Result<>{} : fail(encodings.error());
    });
    if (!walked)
        return fail(walked.error());
    if (track.as_listed.id == 0)
        return fail(ErrorCode::corrupt, entry.name() + ": a track has no number");
    return track;
}

Result<> read_level_one(EbmlReader& reader, const Element& element, MatroskaOutline& outline) {
    const auto each = [&](std::uint32_t wanted, const std::function<Result<>(const Element&)>& visit) -> Result<> {
        auto walked = reader.for_each_child(
            element, [&](const Element& child) -> Result<> { return child.id == wanted ? visit(child) : Result<>{}; });
        return walked ? Result<>{} : fail(walked.error());
    };
    if (element.id == id::info)
        return each(id::timestamp_scale, [&](const Element& child) -> Result<> {
            auto scale = reader.number(child);
            if (!scale)
                return fail(scale.error());
            if (*scale == 0 || *scale > 1'000'000'000'000)
                return fail(ErrorCode::corrupt, child.name() + ": a tick of " + std::to_string(*scale) + " ns");
            outline.timestamp_scale_ns = *scale;
            return {};
        });
    if (element.id == id::tracks)
        return each(id::track_entry, [&](const Element& child) -> Result<> {
            auto track = read_track(reader, child);
            if (!track)
                return fail(track.error());
            for (const MatroskaTrack& other : outline.tracks)
                if (other.as_listed.id == track->as_listed.id)
                    return fail(ErrorCode::corrupt, child.name() + ": two tracks have the number " +
                                                        std::to_string(track->as_listed.id));
            outline.tracks.push_back(*track);
            return {};
        });
    if (element.id == id::attachments)
        return each(id::attached_file, [&](const Element& child) -> Result<> {
            outline.attachments.push_back(child);
            return {};
        });
    return {};
}

} // namespace

Result<MatroskaOutline> read_matroska_outline(EbmlReader& reader) {
    MatroskaOutline outline;
    const std::uint64_t file_end = reader.source().size();
    auto head = reader.element_at(0, file_end);
    if (!head)
        return fail(head.error());
    auto segment = reader.element_at(head->end(), file_end);
    if (!segment)
        return fail(segment.error());
    if (segment->id != id::segment)
        return fail(ErrorCode::corrupt, segment->name() + " stands where the segment should");
    outline.segment = *segment;
    for (std::uint64_t at = segment->data_offset(); at < segment->end();) {
        auto element = reader.element_at(at, segment->end());
        if (!element)
            return fail(element.error());
        if (element->has_unknown_size) {
            // Written live: the cluster ends where the next level-one element begins.
            if (element->id != id::cluster)
                return fail(ErrorCode::refused, element->name() + " has no size");
            auto end = reader.for_each_child(*element, [](const Element&) -> Result<> { return {}; }, ends_cluster);
            if (!end)
                return fail(end.error());
            element->data_bytes = *end - element->data_offset();
        }
        if (auto ok = read_level_one(reader, *element, outline); !ok)
            return fail(ok.error());
        outline.level_one.push_back(*element);
        at = element->end();
    }
    if (segment->end() != file_end)
        return fail(ErrorCode::refused, "byte " + std::to_string(segment->end()) + ": something follows the segment");
    if (outline.tracks.empty())
        return fail(ErrorCode::corrupt, "no tracks: the recording was not finished, or its beginning is missing");
    return outline;
}

} // namespace ombud::media
