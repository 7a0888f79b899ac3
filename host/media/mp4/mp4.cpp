#include "media/mp4/mp4.hpp"

#include <algorithm>

#include "media/mp4/fragments.hpp"
#include "media/mp4/trim.hpp"

namespace ombud::media {

namespace {

using Keep = TrackRule::Keep;

/// Takes references to removed tracks out of a track that stays, so that no reader looks for what is gone.
Result<> drop_references(const Mp4Track& track, const Rules& rules, Surgery& surgery) {
    if (!track.tref)
        return {};
    auto references = child_boxes(*track.tref);
    if (!references)
        return fail(references.error());
    const Bytes free_type = {'f', 'r', 'e', 'e'};
    std::size_t dropped = 0;
    for (const Box& reference : *references) {
        const auto ids = reference.body();
        bool names_removed = false;
        for (std::size_t at = 0; at + 4 <= ids.size(); at += 4) {
            const auto rule = rules.find(be32(ids, at));
            names_removed = names_removed || (rule != rules.end() && rule->second.keep == Keep::none);
        }
        if (!names_removed)
            continue;
        ++dropped;
        surgery.patches.push_back({reference.offset + 4, free_type});
    }
    if (dropped > 0 && dropped == references->size())
        surgery.patches.push_back({track.tref->offset + 4, free_type});
    return {};
}

/// The parts of the file that may hold samples.
std::vector<Range> media_ranges(const Movie& movie) {
    std::vector<Range> ranges;
    for (const Box& box : movie.top)
        if (box.type == fourcc("mdat"))
            ranges.push_back({box.body_offset(), box.size_bytes - box.header_bytes});
    return coalesced(std::move(ranges));
}

/// Samples outside `mdat` would let a damaged file direct the cuts at its own headers.
Result<> check_inside(const std::vector<Range>& samples, const std::vector<Range>& media) {
    for (const Range& range : samples) {
        const auto after = std::upper_bound(media.begin(), media.end(), range.offset,
                                            [](std::uint64_t at, const Range& mdat) { return at < mdat.offset; });
        if (after == media.begin() || std::prev(after)->end() < range.end())
            return fail(ErrorCode::corrupt, "samples at byte " + std::to_string(range.offset) + ", " +
                                                std::to_string(range.length) + " bytes, lie outside the media data (mdat)");
    }
    return {};
}

Result<> check_total(const std::vector<Range>& ranges, std::uint64_t file_bytes) {
    std::uint64_t total = 0;
    for (const Range& range : ranges) {
        if (range.offset > file_bytes || range.length > file_bytes - range.offset)
            return fail(ErrorCode::corrupt, "samples at byte " + std::to_string(range.offset) + ", " +
                                                std::to_string(range.length) + " bytes, lie past the end of the file, " +
                                                std::to_string(file_bytes) + ": it is truncated");
        total += range.length;
        if (total > file_bytes)
            return fail(ErrorCode::corrupt, "its samples claim more bytes than the file has");
    }
    return {};
}

/// What the rule asks of the samples that `moov` itself lists.
Result<> plan_track(const ByteSource& source, const Movie& movie, const Mp4Track& track, const Rules& rules,
                    Surgery& surgery, std::vector<Range>& removed) {
    std::vector<SampleTable::Chunk> chunks;
    std::vector<Range> ranges;
    auto walked = track.samples.for_each_chunk([&](const SampleTable::Chunk& chunk) {
        chunks.push_back(chunk);
        ranges.push_back({chunk.offset, chunk.length_bytes});
    });
    if (!walked)
        return walked;
    if (auto ok = check_total(ranges, source.size()); !ok)
        return ok;

    const TrackRule& rule = rules.at(track.id);
    if (rule.keep == Keep::none) {
        removed.insert(removed.end(), ranges.begin(), ranges.end());
        surgery.removed_packets += track.samples.sample_count();
        surgery.cuts.push_back(cut_box(track.trak));
        return {};
    }
    if (rule.keep == Keep::within) {
        auto trim = plan_trim(movie, track, rule);
        if (!trim)
            return fail(trim.error());
        if (*trim) {
            surgery.removed_packets += (*trim)->removed_samples;
            removed.insert(removed.end(), (*trim)->removed.begin(), (*trim)->removed.end());
            surgery.kept_media.insert(surgery.kept_media.end(), (*trim)->kept.begin(), (*trim)->kept.end());
            surgery.cuts.push_back(std::move((*trim)->trak));
            return {};
        }
    }
    surgery.kept_media.insert(surgery.kept_media.end(), ranges.begin(), ranges.end());
    for (const SampleTable::Chunk& chunk : chunks)
        surgery.relocations.push_back({chunk.field_offset, track.samples.offset_width(),
                                       Relocation::Encoding::big_endian, 0, chunk.offset});
    return drop_references(track, rules, surgery);
}

} // namespace

bool looks_like_mp4(std::span<const std::uint8_t> head) {
    if (head.size() < 8)
        return false;
    const std::uint32_t type = be32(head, 4);
    for (const std::uint32_t opening : {fourcc("ftyp"), fourcc("moov"), fourcc("mdat"), fourcc("free"), fourcc("skip"),
                                        fourcc("wide"), fourcc("styp"), fourcc("pnot"), fourcc("moof")})
        if (type == opening)
            return true;
    return false;
}

Result<std::vector<ContainerTrack>> list_mp4_tracks(const ByteSource& source) {
    auto movie = read_movie(source);
    if (!movie)
        return fail(movie.error());
    std::vector<ContainerTrack> tracks;
    for (const Mp4Track& track : movie->tracks) {
        std::vector<Range> chunks;
        auto walked = track.samples.for_each_chunk(
            [&](const SampleTable::Chunk& chunk) { chunks.push_back({chunk.offset, chunk.length_bytes}); });
        if (walked)
            walked = check_total(chunks, source.size());
        if (!walked)
            return fail(std::move(walked.error()).within("track " + std::to_string(track.id)));
        ContainerTrack listed{track.id, track.is_encrypted, {}, {}};
        if (!movie->is_fragmented) {
            listed.size_bytes = 0;
            for (const Range& chunk : chunks)
                *listed.size_bytes += chunk.length;
        }
        tracks.push_back(listed);
    }
    return tracks;
}

Result<bool> is_fragmented_mp4(const ByteSource& source) {
    auto movie = read_movie(source);
    if (!movie)
        return fail(movie.error());
    return movie->is_fragmented;
}

Result<Surgery> plan_mp4_surgery(const ByteSource& source, const Rules& rules) {
    auto movie = read_movie(source);
    if (!movie)
        return fail(movie.error());
    Surgery surgery;
    std::vector<Range> removed;
    for (const Mp4Track& track : movie->tracks) {
        if (!rules.contains(track.id))
            return fail(ErrorCode::refused, "track " + std::to_string(track.id) + " has no rule");
        if (auto ok = plan_track(source, *movie, track, rules, surgery, removed); !ok)
            return fail(std::move(ok.error()).within("track " + std::to_string(track.id)));
    }
    for (const FragmentDefaults& defaults : movie->fragment_defaults)
        if (const auto rule = rules.find(defaults.track_id); rule != rules.end() && rule->second.keep == Keep::none)
            surgery.cuts.push_back(cut_box(defaults.box));
    if (auto ok = plan_fragments(source, *movie, rules, surgery, removed); !ok)
        return fail(ok.error());
    if (surgery.cuts.empty())
        return Surgery{}; // the rules hold: nothing moves, nothing is patched

    const auto media = media_ranges(*movie);
    removed = coalesced(std::move(removed));
    surgery.kept_media = coalesced(std::move(surgery.kept_media));
    if (auto ok = check_inside(removed, media); !ok)
        return fail(ok.error());
    if (auto ok = check_inside(surgery.kept_media, media); !ok)
        return fail(ok.error());
    if (const Range shared = first_overlap(removed, surgery.kept_media); shared.length > 0)
        return fail(ErrorCode::corrupt, "byte " + std::to_string(shared.offset) +
                                            " belongs to a track that stays and to one that goes");
    for (const Range& range : removed)
        surgery.cuts.push_back({range, {}, {}, {}});

    // An index of segments or fragments would point beside what it names.
    for (const Box& box : movie->top) {
        if (box.type == fourcc("sidx") || box.type == fourcc("ssix") || box.type == fourcc("mfra"))
            surgery.cuts.push_back(cut_box(box));
        if (box.type == fourcc("mdat") || box.type == fourcc("moov"))
            if (auto size = size_relocation(box))
                surgery.relocations.push_back(*size);
    }
    if (movie->mvex)
        if (auto size = size_relocation(*movie->mvex))
            surgery.relocations.push_back(*size);
    return surgery;
}

} // namespace ombud::media
