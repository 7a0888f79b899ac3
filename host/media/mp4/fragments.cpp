#include "media/mp4/fragments.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace ombud::media {

namespace {

using Keep = TrackRule::Keep;

constexpr std::uint64_t moof_bytes_max = std::uint64_t{64} << 20;

// tfhd flags
constexpr std::uint32_t has_base_offset = 0x1, has_description = 0x2, has_default_duration = 0x8,
                        has_default_size = 0x10, has_default_flags = 0x20, base_is_moof = 0x2'0000;
// trun flags
constexpr std::uint32_t has_data_offset = 0x1, has_first_flags = 0x4, has_durations = 0x100, has_sizes = 0x200,
                        has_flags = 0x400, has_presentation_deltas = 0x800;

struct Sample {
    std::uint64_t offset = 0;
    std::uint32_t size_bytes = 0;
    std::int64_t decode = 0;
    std::uint32_t duration = 0;
    std::uint32_t flags = 0;
    std::uint32_t presentation_delta = 0; // signed in trun version 1; copied as it is
    std::uint8_t delta_version = 0;
};

/// One `traf` with its samples' places worked out.
struct Fragment {
    const Mp4Track* track = nullptr;
    Box traf;
    Box tfhd;
    std::uint64_t base = 0;
    bool has_explicit_base = false;
    bool has_deltas = false;
    std::vector<Sample> samples;
    std::vector<Relocation> relocations; ///< for when it stays whole
};

/// Fields of a box body read one after another; reading past the end gives 0 and is remembered.
class Fields {
  public:
    explicit Fields(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    std::uint64_t next(std::size_t width) {
        if (bytes_.size() - at_ < width) {
            is_short_ = true;
            return 0;
        }
        at_ += width;
        return read_big_endian(bytes_.subspan(at_ - width, width));
    }
    std::uint32_t next32() { return static_cast<std::uint32_t>(next(4)); }
    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] bool is_short() const { return is_short_; }

  private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
    bool is_short_ = false;
};

class FragmentReader {
  public:
    FragmentReader(const Movie& movie, std::uint64_t file_bytes) : movie_(movie), file_bytes_(file_bytes) {}

    /// The track fragments of one `moof`, whose box carries its bytes.
    Result<std::vector<Fragment>> read(const Box& moof) {
        auto children = child_boxes(moof);
        if (!children)
            return fail(children.error());
        std::vector<Fragment> fragments;
        std::uint64_t implicit_base = moof.offset;
        for (const Box& child : *children) {
            if (child.type != fourcc("traf"))
                continue;
            auto fragment = read_traf(child, moof.offset, implicit_base, fragments.empty());
            if (!fragment)
                return fail(std::move(fragment.error()).within("box " + child.name()));
            fragments.push_back(std::move(*fragment));
        }
        return fragments;
    }

  private:
    Result<Fragment> read_traf(const Box& traf, std::uint64_t moof_offset, std::uint64_t& implicit_base,
                               bool is_first) {
        auto children = child_boxes(traf);
        if (!children)
            return fail(children.error());
        const Box* tfhd = find_box(*children, fourcc("tfhd"));
        if (tfhd == nullptr)
            return fail(ErrorCode::corrupt, "no tfhd");
        if (find_box(*children, fourcc("saio")) != nullptr)
            return fail(ErrorCode::refused, "it points at auxiliary data (saio), as encrypted files do");
        Fragment fragment;
        fragment.traf = traf;
        fragment.tfhd = *tfhd;
        Fields head(tfhd->body());
        const std::uint32_t flags = head.next32() & 0xFF'FFFF;
        const std::uint32_t id = head.next32();
        const auto track = std::find_if(movie_.tracks.begin(), movie_.tracks.end(), [&](const Mp4Track& t) { return t.id == id; });
        if (track == movie_.tracks.end())
            return fail(ErrorCode::corrupt, "it belongs to track " + std::to_string(id) + ", which moov does not have");
        fragment.track = &*track;
        defaults_ = {};
        for (const FragmentDefaults& defaults : movie_.fragment_defaults)
            if (defaults.track_id == id)
                defaults_ = defaults;
        fragment.base = moof_offset;
        if ((flags & has_base_offset) != 0) {
            fragment.relocations.push_back({tfhd->body_offset() + head.at(), 8, Relocation::Encoding::big_endian, 0, 0});
            fragment.base = head.next(8);
            fragment.relocations.back().to = fragment.base;
            fragment.has_explicit_base = true;
        } else if ((flags & base_is_moof) == 0 && !is_first) {
            return fail(ErrorCode::refused, "it says its data's place only by the fragment before it (no base offset)");
        }
        if ((flags & has_description) != 0)
            head.next(4);
        if ((flags & has_default_duration) != 0)
            defaults_.duration = head.next32();
        if ((flags & has_default_size) != 0)
            defaults_.size_bytes = head.next32();
        if ((flags & has_default_flags) != 0)
            defaults_.flags = head.next32();
        if (head.is_short())
            return fail(ErrorCode::corrupt, "box " + tfhd->name() + " is too short");

        std::int64_t& decode = next_decode_[id];
        if (const Box* tfdt = find_box(*children, fourcc("tfdt"))) {
            Fields time(tfdt->body());
            decode = static_cast<std::int64_t>((time.next32() >> 24) == 1 ? time.next(8) : time.next(4));
            if (time.is_short())
                return fail(ErrorCode::corrupt, "box " + tfdt->name() + " is too short");
        }
        std::uint64_t data = fragment.base;
        for (const Box& child : *children)
            if (child.type == fourcc("trun"))
                if (auto ok = read_trun(child, data, decode, fragment); !ok)
                    return fail(std::move(ok.error()).within("box " + child.name()));
        implicit_base = data;
        return fragment;
    }

    Result<> read_trun(const Box& trun, std::uint64_t& data, std::int64_t& decode, Fragment& fragment) {
        Fields fields(trun.body());
        const std::uint32_t head = fields.next32();
        const std::uint32_t flags = head & 0xFF'FFFF;
        const std::uint32_t count = fields.next32();
        if ((flags & has_data_offset) != 0) {
            const std::uint64_t field = trun.body_offset() + fields.at();
            // Two's complement: a negative distance wraps round to the right place, or past the file's end.
            data = fragment.base + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(fields.next32())});
            fragment.relocations.push_back({field, 4, Relocation::Encoding::big_endian, fragment.base, data});
        } else if (fragment.samples.empty() && !fragment.has_explicit_base) {
            return fail(ErrorCode::refused, "it does not say where its data lie");
        }
        const bool overrides_first = (flags & has_first_flags) != 0;
        const std::uint32_t first_flags = overrides_first ? fields.next32() : 0;
        const auto per_sample = 4U * static_cast<std::uint64_t>(std::popcount(
                                         flags & (has_durations | has_sizes | has_flags | has_presentation_deltas)));
        // Samples that cost no bytes in the table must at least cost bytes in the file.
        if (per_sample * count > trun.body().size() - std::min(trun.body().size(), fields.at()) ||
            (per_sample == 0 && (defaults_.size_bytes == 0 || count > file_bytes_ / defaults_.size_bytes)))
            return fail(ErrorCode::corrupt, "it says it has " + std::to_string(count) + " samples, more than fit");
        fragment.has_deltas = fragment.has_deltas || (flags & has_presentation_deltas) != 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            Sample sample;
            sample.offset = data;
            sample.decode = decode;
            sample.duration = (flags & has_durations) != 0 ? fields.next32() : defaults_.duration;
            sample.size_bytes = (flags & has_sizes) != 0 ? fields.next32() : defaults_.size_bytes;
            sample.flags = (flags & has_flags) != 0 ? fields.next32() : defaults_.flags;
            if (i == 0 && overrides_first)
                sample.flags = first_flags;
            sample.presentation_delta = (flags & has_presentation_deltas) != 0 ? fields.next32() : 0;
            sample.delta_version = static_cast<std::uint8_t>(head >> 24);
            if (sample.offset > file_bytes_ || sample.size_bytes > file_bytes_ - sample.offset)
                return fail(ErrorCode::corrupt, "sample " + std::to_string(i) + " at byte " + std::to_string(data) +
                                                    " reaches past the end of the file: it is truncated");
            data += sample.size_bytes;
            decode += sample.duration;
            fragment.samples.push_back(sample);
        }
        return {};
    }

    const Movie& movie_;
    std::uint64_t file_bytes_;
    FragmentDefaults defaults_;
    std::map<std::uint32_t, std::int64_t> next_decode_; ///< by track, for fragments without tfdt
};

void append_big_endian(Bytes& bytes, std::uint64_t value, std::size_t width) {
    bytes.resize(bytes.size() + width);
    write_big_endian(std::span(bytes).last(width), value);
}

void close_box(Bytes& bytes, std::size_t begin) {
    write_big_endian(std::span(bytes).subspan(begin, 4), bytes.size() - begin);
}

/// The same `traf` with the kept samples alone: one `trun` for each unbroken run of them.
Cut shortened(const Fragment& fragment, const std::vector<bool>& keeps) {
    Cut cut = cut_box(fragment.traf);
    Bytes& bytes = cut.insert;
    const auto& samples = fragment.samples;
    append_big_endian(bytes, 0, 4);
    append_big_endian(bytes, fourcc("traf"), 4);
    if (fragment.has_explicit_base)
        cut.insert_relocations.push_back({bytes.size() + fragment.tfhd.header_bytes + 8, 8,
                                          Relocation::Encoding::big_endian, 0, fragment.base});
    bytes.insert(bytes.end(), fragment.tfhd.bytes.begin(), fragment.tfhd.bytes.end());
    const auto first = static_cast<std::size_t>(std::find(keeps.begin(), keeps.end(), true) - keeps.begin());
    append_big_endian(bytes, 20, 4);
    append_big_endian(bytes, fourcc("tfdt"), 4);
    append_big_endian(bytes, 0x0100'0000, 4);
    append_big_endian(bytes, static_cast<std::uint64_t>(samples[first].decode), 8);

    for (std::size_t from = first; from < samples.size();) {
        std::size_t to = from;
        for (std::uint64_t at = samples[from].offset; to < samples.size() && keeps[to] && samples[to].offset == at; ++to)
            at += samples[to].size_bytes;
        std::size_t next = to;
        while (next < samples.size() && !keeps[next])
            ++next;
        const std::size_t begin = bytes.size();
        append_big_endian(bytes, 0, 4);
        append_big_endian(bytes, fourcc("trun"), 4);
        const std::uint32_t deltas = fragment.has_deltas ? has_presentation_deltas : 0;
        append_big_endian(bytes, std::uint32_t{samples[from].delta_version} << 24 | has_data_offset | has_durations |
                                     has_sizes | has_flags | deltas, 4);
        append_big_endian(bytes, to - from, 4);
        cut.insert_relocations.push_back(
            {bytes.size(), 4, Relocation::Encoding::big_endian, fragment.base, samples[from].offset});
        append_big_endian(bytes, 0, 4);
        for (std::size_t i = from; i < to; ++i) {
            // The sample before a gap lasts until the one after it, so that the later ones keep their time.
            const bool is_before_gap = i + 1 == to && next < samples.size();
            append_big_endian(bytes, is_before_gap ? static_cast<std::uint64_t>(samples[next].decode - samples[i].decode)
                                                   : samples[i].duration, 4);
            append_big_endian(bytes, samples[i].size_bytes, 4);
            append_big_endian(bytes, samples[i].flags, 4);
            if (fragment.has_deltas)
                append_big_endian(bytes, samples[i].presentation_delta, 4);
        }
        close_box(bytes, begin);
        from = next;
    }
    close_box(bytes, 0);
    return cut;
}

void plan_fragment(const Fragment& fragment, const TrackRule& rule, Surgery& surgery, std::vector<Range>& removed) {
    std::vector<bool> keeps(fragment.samples.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < keeps.size(); ++i) {
        const Sample& sample = fragment.samples[i];
        keeps[i] = rule.keep == Keep::all ||
                   (rule.keep == Keep::within &&
                    rule.keeps(fragment.track->presentation_ns(sample.decode,
                                                               static_cast<std::int32_t>(sample.presentation_delta))));
        kept += keeps[i] ? 1U : 0U;
        (keeps[i] ? surgery.kept_media : removed).push_back({sample.offset, sample.size_bytes});
    }
    surgery.removed_packets += keeps.size() - kept;
    if (rule.keep == Keep::none || (kept == 0 && !keeps.empty()))
        surgery.cuts.push_back(cut_box(fragment.traf));
    else if (kept < keeps.size())
        surgery.cuts.push_back(shortened(fragment, keeps));
    else
        surgery.relocations.insert(surgery.relocations.end(), fragment.relocations.begin(), fragment.relocations.end());
}

} // namespace

Result<> plan_fragments(const ByteSource& source, const Movie& movie, const Rules& rules, Surgery& surgery,
                        std::vector<Range>& removed) {
    FragmentReader reader(movie, source.size());
    for (Box moof : movie.top) {
        if (moof.type != fourcc("moof"))
            continue;
        if (moof.size_bytes > moof_bytes_max)
            return fail(ErrorCode::refused, "box " + moof.name() + " is " + std::to_string(moof.size_bytes) +
                                                " bytes; at most " + std::to_string(moof_bytes_max) + " are read");
        auto bytes = source.read_bytes(moof.offset, moof.size_bytes);
        if (!bytes)
            return fail(bytes.error());
        moof.bytes = *bytes;
        auto fragments = reader.read(moof);
        if (!fragments)
            return fail(fragments.error());
        for (const Fragment& fragment : *fragments) {
            const auto rule = rules.find(fragment.track->id);
            if (rule == rules.end())
                return fail(ErrorCode::refused, "track " + std::to_string(fragment.track->id) + " has no rule");
            plan_fragment(fragment, rule->second, surgery, removed);
        }
        if (auto size = size_relocation(moof))
            surgery.relocations.push_back(*size);
        surgery.kept_media = coalesced(std::move(surgery.kept_media));
    }
    return {};
}

} // namespace ombud::media
