#include "media/mp4/movie.hpp"

#include <algorithm>

namespace ombud::media {

namespace {

constexpr std::uint64_t moov_bytes_max = std::uint64_t{256} << 20; // a week at 25 frames/s needs less

Result<> need_body(const Box& box, std::size_t bytes) {
    if (box.body().size() < bytes)
        return fail(ErrorCode::corrupt, "box " + box.name() + " is too short");
    return {};
}

/// The one child of a type that a parent must have.
Result<Box> need_child(const Box& parent, std::uint32_t type) {
    auto children = child_boxes(parent);
    if (!children)
        return fail(children.error());
    const Box* found = find_box(*children, type);
    if (found != nullptr)
        return *found;
    Box wanted;
    wanted.type = type;
    return fail(ErrorCode::corrupt, "box " + parent.name() + " has no " + wanted.name().substr(0, 6));
}

/// `mvhd` and `mdhd` share the layout of their first fields.
Result<std::uint32_t> read_timescale(const Box& box) {
    if (auto ok = need_body(box, 24); !ok)
        return fail(ok.error());
    const std::uint32_t ticks = be32(box.body(), box.body()[0] == 1 ? 20 : 12);
    if (ticks == 0)
        return fail(ErrorCode::corrupt, "box " + box.name() + " has a time scale of 0");
    return ticks;
}

Result<> check_data_references(const Box& minf) {
    auto dinf = need_child(minf, fourcc("dinf"));
    if (!dinf)
        return fail(dinf.error());
    auto dref = need_child(*dinf, fourcc("dref"));
    if (!dref)
        return fail(dref.error());
    auto references = child_boxes(*dref, 8);
    if (!references)
        return fail(references.error());
    for (const Box& reference : *references) {
        if (auto ok = need_body(reference, 4); !ok)
            return ok;
        constexpr std::uint32_t in_this_file = 1;
        if ((be32(reference.body(), 0) & in_this_file) == 0)
            return fail(ErrorCode::refused, "box " + reference.name() +
                                                " says that media data lie in another file, which Ombud never opens");
    }
    return {};
}

Result<> read_edits(const Box& edts, std::uint32_t movie_ticks, Mp4Track& track) {
    auto elst = need_child(edts, fourcc("elst"));
    if (!elst)
        return fail(elst.error());
    if (auto ok = need_body(*elst, 8); !ok)
        return ok;
    const auto body = elst->body();
    const bool is_wide = body[0] == 1;
    const std::size_t entry_bytes = is_wide ? 20 : 12;
    const std::uint64_t count = be32(body, 4);
    if (count * entry_bytes > body.size() - 8)
        return fail(ErrorCode::corrupt, "box " + elst->name() + " says it has " + std::to_string(count) + " entries");
    bool has_media = false;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto entry = body.subspan(8 + i * entry_bytes, entry_bytes);
        const std::int64_t duration = static_cast<std::int64_t>(is_wide ? be64(entry, 0) : be32(entry, 0));
        const std::int64_t media_time = is_wide ? static_cast<std::int64_t>(be64(entry, 8))
                                                : static_cast<std::int32_t>(be32(entry, 4));
        const std::uint32_t rate = be32(entry, is_wide ? 16 : 8);
        if (i == 0 && media_time == -1) {
            track.shift_ticks = rescaled(duration, track.ticks_per_second, movie_ticks);
        } else if (!has_media && media_time >= 0 && rate == 0x10000) {
            track.shift_ticks -= media_time;
            has_media = true;
        } else {
            track.has_single_edit = false;
        }
    }
    return {};
}

/// Samples whose entry says `encv`, `enca` or the like, or that carries protection information.
Result<bool> has_encrypted_entry(const Box& stbl) {
    auto stsd = need_child(stbl, fourcc("stsd"));
    if (!stsd)
        return fail(stsd.error());
    auto entries = child_boxes(*stsd, 8);
    if (!entries)
        return fail(entries.error());
    return std::any_of(entries->begin(), entries->end(), [](const Box& entry) {
        return entry.type == fourcc("encv") || entry.type == fourcc("enca") || entry.type == fourcc("encs") ||
               entry.type == fourcc("enct") || entry.type == fourcc("encm") || entry.type == fourcc("drmi") ||
               entry.type == fourcc("drms");
    });
}

/// Item tables point at bytes by their place in the file.
Result<> check_no_items(const std::vector<Box>& boxes) {
    const Box* meta = find_box(boxes, fourcc("meta"));
    if (meta == nullptr || meta->bytes.empty())
        return {};
    for (const std::size_t skip : {std::size_t{4}, std::size_t{0}}) // a full box in MP4, a plain one in QuickTime
        if (auto children = child_boxes(*meta, skip); children && find_box(*children, fourcc("iloc")) != nullptr)
            return fail(ErrorCode::refused, "box " + meta->name() + " holds items (iloc), which Ombud does not move");
    return {};
}

Result<Mp4Track> read_track(const Box& trak, std::uint32_t movie_ticks) {
    Mp4Track track;
    track.trak = trak;
    auto children = child_boxes(trak);
    if (!children)
        return fail(children.error());
    if (auto ok = check_no_items(*children); !ok)
        return fail(ok.error());
    auto tkhd = need_child(trak, fourcc("tkhd"));
    if (!tkhd)
        return fail(tkhd.error());
    if (auto ok = need_body(*tkhd, 24); !ok)
        return fail(ok.error());
    track.id = be32(tkhd->body(), tkhd->body()[0] == 1 ? 20 : 12);
    auto mdia = need_child(trak, fourcc("mdia"));
    if (!mdia)
        return fail(mdia.error());
    auto mdhd = need_child(*mdia, fourcc("mdhd"));
    if (!mdhd)
        return fail(mdhd.error());
    auto ticks = read_timescale(*mdhd);
    if (!ticks)
        return fail(ticks.error());
    track.ticks_per_second = *ticks;
    auto minf = need_child(*mdia, fourcc("minf"));
    if (!minf)
        return fail(minf.error());
    if (auto ok = check_data_references(*minf); !ok)
        return fail(ok.error());
    auto stbl = need_child(*minf, fourcc("stbl"));
    if (!stbl)
        return fail(stbl.error());
    track.stbl = *stbl;
    auto encrypted = has_encrypted_entry(*stbl);
    if (!encrypted)
        return fail(encrypted.error());
    track.is_encrypted = *encrypted;
    if (track.is_encrypted)
        return track; // what its tables say is not needed to refuse it
    auto samples = SampleTable::parse(*stbl);
    if (!samples)
        return fail(samples.error());
    track.samples = *samples;
    if (const Box* tref = find_box(*children, fourcc("tref")))
        track.tref = *tref;
    if (const Box* edts = find_box(*children, fourcc("edts"))) {
        track.edts = *edts;
        if (auto ok = read_edits(*edts, movie_ticks, track); !ok)
            return fail(ok.error());
    }
    return track;
}

Result<> read_fragment_defaults(const Box& mvex, Movie& movie) {
    auto children = child_boxes(mvex);
    if (!children)
        return fail(children.error());
    for (const Box& trex : *children) {
        if (trex.type != fourcc("trex"))
            continue;
        if (auto ok = need_body(trex, 24); !ok)
            return ok;
        movie.fragment_defaults.push_back(
            {be32(trex.body(), 4), be32(trex.body(), 12), be32(trex.body(), 16), be32(trex.body(), 20), trex});
    }
    return {};
}

} // namespace

Result<Movie> read_movie(const ByteSource& source) {
    Movie movie;
    auto top = read_top_boxes(source);
    if (!top)
        return fail(top.error());
    movie.top = std::move(*top);
    const auto is_moov = [](const Box& box) { return box.type == fourcc("moov"); };
    const Box* moov = find_box(movie.top, fourcc("moov"));
    if (moov == nullptr)
        return fail(ErrorCode::corrupt, "no moov box: the recording was not finished, or its end is missing");
    if (std::count_if(movie.top.begin(), movie.top.end(), is_moov) != 1)
        return fail(ErrorCode::corrupt, "more than one moov box");
    if (moov->size_bytes > moov_bytes_max)
        return fail(ErrorCode::refused, "box " + moov->name() + " is " + std::to_string(moov->size_bytes) +
                                            " bytes; at most " + std::to_string(moov_bytes_max) + " are read");
    if (find_box(movie.top, fourcc("meta")) != nullptr)
        return fail(ErrorCode::refused, "box " + find_box(movie.top, fourcc("meta"))->name() +
                                            " may hold items, which Ombud does not move");
    auto bytes = source.read_bytes(moov->offset, moov->size_bytes);
    if (!bytes)
        return fail(bytes.error());
    movie.bytes = std::move(*bytes);
    movie.moov = *moov;
    movie.moov.bytes = movie.bytes;

    auto children = child_boxes(movie.moov);
    if (!children)
        return fail(children.error());
    if (find_box(*children, fourcc("cmov")) != nullptr)
        return fail(ErrorCode::refused, "box " + movie.moov.name() + " is compressed (cmov)");
    if (auto ok = check_no_items(*children); !ok)
        return fail(ok.error());
    auto mvhd = need_child(movie.moov, fourcc("mvhd"));
    if (!mvhd)
        return fail(mvhd.error());
    auto ticks = read_timescale(*mvhd);
    if (!ticks)
        return fail(ticks.error());
    movie.ticks_per_second = *ticks;
    for (const Box& child : *children) {
        if (child.type == fourcc("mvex")) {
            movie.is_fragmented = true;
            movie.mvex = child;
            if (auto ok = read_fragment_defaults(child, movie); !ok)
                return fail(ok.error());
        }
        if (child.type != fourcc("trak"))
            continue;
        auto track = read_track(child, movie.ticks_per_second);
        if (!track)
            return fail(std::move(track.error()).within("box " + child.name()));
        if (std::any_of(movie.tracks.begin(), movie.tracks.end(), [&](const Mp4Track& t) { return t.id == track->id; }))
            return fail(ErrorCode::corrupt, "two tracks have the number " + std::to_string(track->id));
        movie.tracks.push_back(std::move(*track));
    }
    return movie;
}

} // namespace ombud::media
