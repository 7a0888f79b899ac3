#include "media/mp4/trim.hpp"

#include <algorithm>

namespace ombud::media {

namespace {

/// Writes boxes one inside the other; the size fields are filled in when a box is closed.
class BoxWriter {
  public:
    void open(std::uint32_t type) {
        open_.push_back(bytes_.size());
        number(0, 4);
        number(type, 4);
    }
    void close() {
        write_big_endian(std::span(bytes_).subspan(open_.back(), 4), bytes_.size() - open_.back());
        open_.pop_back();
    }
    void number(std::uint64_t value, std::size_t width) {
        bytes_.resize(bytes_.size() + width);
        write_big_endian(std::span(bytes_).last(width), value);
    }
    void copy(std::span<const std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    /// Overwrites a number of a box already copied.
    void set(std::size_t at, std::uint64_t value, std::size_t width) {
        write_big_endian(std::span(bytes_).subspan(at, width), value);
    }
    Bytes take() { return std::move(bytes_); }

  private:
    Bytes bytes_;
    std::vector<std::size_t> open_;
};

/// Samples that stay together in the file and in order.
struct Run {
    std::uint64_t offset = 0;
    std::uint32_t first_sample = 0;
    std::uint32_t samples = 0;
    std::uint32_t description = 1;
};

class TrakWriter {
  public:
    TrakWriter(const Movie& movie, const Mp4Track& track, std::vector<SampleTable::Time> times, std::vector<Run> runs)
        : movie_(movie), track_(track), times_(std::move(times)), runs_(std::move(runs)) {
        for (const Run& run : runs_)
            for (std::uint32_t i = 0; i < run.samples; ++i)
                kept_.push_back(run.first_sample + i);
        for (std::size_t i = 0; i < kept_.size(); ++i)
            media_ticks_ += duration_of(i);
        // The first kept sample becomes media time 0; an empty edit moves it to where it was. The edit counts in the
        // movie's coarser ticks, so it is rounded up and the excess is skipped in the media.
        const std::int64_t shift = times_[kept_.front()].decode + track_.shift_ticks;
        if (shift > 0) {
            empty_movie_ticks_ = rescaled(shift, movie_.ticks_per_second, track_.ticks_per_second);
            if (rescaled(empty_movie_ticks_, track_.ticks_per_second, movie_.ticks_per_second) < shift)
                ++empty_movie_ticks_;
        }
        media_time_ = rescaled(empty_movie_ticks_, track_.ticks_per_second, movie_.ticks_per_second) - shift;
        shown_movie_ticks_ =
            rescaled(std::max<std::int64_t>(media_ticks_ - media_time_, 0), movie_.ticks_per_second, track_.ticks_per_second);
    }

    Result<Cut> write() {
        Cut cut = cut_box(track_.trak);
        if (auto ok = copy_box(track_.trak); !ok)
            return fail(ok.error());
        cut.insert = out_.take();
        cut.insert_relocations = std::move(relocations_);
        return cut;
    }

  private:
    /// Until the next sample that stays, so that every later one keeps its time.
    [[nodiscard]] std::int64_t duration_of(std::size_t i) const {
        return i + 1 < kept_.size() ? times_[kept_[i + 1]].decode - times_[kept_[i]].decode
                                    : std::int64_t{times_[kept_[i]].duration};
    }

    Result<> copy_box(const Box& box) {
        switch (box.type) {
        case fourcc("trak"):
        case fourcc("mdia"):
        case fourcc("minf"):
        case fourcc("stbl"): break;
        case fourcc("edts"): return {}; // written anew, after tkhd
        case fourcc("tkhd"): return copy_header(box, 28, 20, empty_movie_ticks_ + shown_movie_ticks_), write_edits(), Result<>{};
        case fourcc("mdhd"): return copy_header(box, 24, 16, media_ticks_), Result<>{};
        case fourcc("stts"): return write_durations(), Result<>{};
        case fourcc("ctts"): return write_presentation_deltas(box), Result<>{};
        case fourcc("stss"): return write_sync(), Result<>{};
        case fourcc("stsz"): return write_sizes(), Result<>{};
        case fourcc("stsc"): return write_chunks(), Result<>{};
        case fourcc("stco"):
        case fourcc("co64"): return write_offsets(), Result<>{};
        // One entry a sample or a run of samples, and none that readers need.
        case fourcc("sbgp"):
        case fourcc("sgpd"):
        case fourcc("sdtp"):
        case fourcc("stdp"):
        case fourcc("padb"):
        case fourcc("stsh"):
        case fourcc("cslg"):
        case fourcc("subs"): return {};
        default: return out_.copy(box.bytes), Result<>{};
        }
        auto children = child_boxes(box);
        if (!children)
            return fail(children.error());
        out_.open(box.type);
        for (const Box& child : *children)
            if (auto ok = copy_box(child); !ok)
                return ok;
        out_.close();
        return {};
    }

    /// A header box with its duration replaced; the places are those of version 1 and version 0.
    void copy_header(const Box& box, std::size_t wide_at, std::size_t narrow_at, std::int64_t duration) {
        const bool is_wide = box.body()[0] == 1;
        const std::size_t at = out_.size() + box.header_bytes + (is_wide ? wide_at : narrow_at);
        const std::size_t width = is_wide ? 8 : 4;
        out_.copy(box.bytes);
        if (at + width <= out_.size())
            out_.set(at, static_cast<std::uint64_t>(duration), width);
    }

    void write_edits() {
        out_.open(fourcc("edts"));
        out_.open(fourcc("elst"));
        out_.number(0x0100'0000, 4);
        out_.number(empty_movie_ticks_ > 0 ? 2 : 1, 4);
        if (empty_movie_ticks_ > 0) {
            out_.number(static_cast<std::uint64_t>(empty_movie_ticks_), 8);
            out_.number(~std::uint64_t{0}, 8); // media time -1: nothing is shown
            out_.number(0x10000, 4);
        }
        out_.number(static_cast<std::uint64_t>(shown_movie_ticks_), 8);
        out_.number(static_cast<std::uint64_t>(media_time_), 8);
        out_.number(0x10000, 4);
        out_.close();
        out_.close();
    }

    void open_full(std::uint32_t type, std::uint32_t version = 0) {
        out_.open(type);
        out_.number(std::uint64_t{version} << 24, 4);
    }

    /// `count` x `value` entries, as stts and ctts have them.
    template <class Value>
    void write_counted(const Value& value_of) {
        const std::size_t count_at = out_.size();
        out_.number(0, 4);
        std::uint32_t entries = 0;
        for (std::size_t i = 0; i < kept_.size();) {
            std::size_t to = i;
            while (to < kept_.size() && value_of(to) == value_of(i))
                ++to;
            out_.number(to - i, 4);
            out_.number(static_cast<std::uint64_t>(value_of(i)), 4);
            ++entries;
            i = to;
        }
        out_.set(count_at, entries, 4);
        out_.close();
    }

    void write_durations() {
        open_full(fourcc("stts"));
        write_counted([&](std::size_t i) { return duration_of(i); });
    }
    void write_presentation_deltas(const Box& old) {
        open_full(fourcc("ctts"), old.body()[0]);
        write_counted([&](std::size_t i) { return std::int64_t{times_[kept_[i]].presentation_delta}; });
    }
    void write_sync() {
        const auto old = track_.samples.sync_samples().value_or(std::vector<std::uint32_t>{});
        std::vector<std::uint32_t> numbers;
        for (std::size_t i = 0; i < kept_.size(); ++i)
            if (std::binary_search(old.begin(), old.end(), kept_[i]))
                numbers.push_back(static_cast<std::uint32_t>(i + 1));
        open_full(fourcc("stss"));
        out_.number(numbers.size(), 4);
        for (const std::uint32_t number : numbers)
            out_.number(number, 4);
        out_.close();
    }
    void write_sizes() {
        open_full(fourcc("stsz"));
        out_.number(0, 4);
        out_.number(kept_.size(), 4);
        for (const std::uint32_t sample : kept_)
            out_.number(track_.samples.size_of(sample), 4);
        out_.close();
    }
    void write_chunks() {
        open_full(fourcc("stsc"));
        out_.number(runs_.size(), 4);
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            out_.number(i + 1, 4);
            out_.number(runs_[i].samples, 4);
            out_.number(runs_[i].description, 4);
        }
        out_.close();
    }
    void write_offsets() {
        const std::uint8_t width = track_.samples.offset_width();
        open_full(width == 8 ? fourcc("co64") : fourcc("stco"));
        out_.number(runs_.size(), 4);
        for (const Run& run : runs_) {
            relocations_.push_back({out_.size(), width, Relocation::Encoding::big_endian, 0, run.offset});
            out_.number(0, width);
        }
        out_.close();
    }

    const Movie& movie_;
    const Mp4Track& track_;
    std::vector<SampleTable::Time> times_;
    std::vector<Run> runs_;
    std::vector<std::uint32_t> kept_;
    std::int64_t media_ticks_ = 0;
    std::int64_t empty_movie_ticks_ = 0;
    std::int64_t media_time_ = 0;
    std::int64_t shown_movie_ticks_ = 0;
    BoxWriter out_;
    std::vector<Relocation> relocations_;
};

} // namespace

Result<std::optional<Trim>> plan_trim(const Movie& movie, const Mp4Track& track, const TrackRule& rule) {
    const std::uint32_t count = track.samples.sample_count();
    if (count == 0)
        return std::nullopt;
    if (!track.has_single_edit)
        return fail(ErrorCode::refused, "its edit list has several parts, so its sound cannot be cut by time; remove the whole track");
    if (track.samples.has_single_tick_samples())
        return fail(ErrorCode::refused, "its sound is not in packets (PCM, G.711), so it cannot be cut by time and proven; "
                                        "remove the whole track");
    auto times = track.samples.times();
    if (!times)
        return fail(times.error());
    Trim trim;
    std::vector<Run> runs;
    std::uint32_t number = 0;
    auto walked = track.samples.for_each_chunk([&](const SampleTable::Chunk& chunk) {
        std::uint64_t at = chunk.offset;
        const std::uint32_t description = track.samples.description_of(number++);
        bool continues = false;
        for (std::uint32_t sample = chunk.first_sample; sample < chunk.first_sample + chunk.samples; ++sample) {
            const std::uint32_t size = track.samples.size_of(sample);
            const auto& time = (*times)[sample];
            const bool keeps = rule.keeps(track.presentation_ns(time.decode, time.presentation_delta));
            (keeps ? trim.kept : trim.removed).push_back({at, size});
            if (!keeps)
                ++trim.removed_samples;
            else if (continues)
                ++runs.back().samples;
            else
                runs.push_back({at, sample, 1, description});
            continues = keeps;
            at += size;
        }
    });
    if (!walked)
        return fail(walked.error());
    if (trim.removed_samples == 0)
        return std::nullopt;
    if (runs.empty()) {
        trim.trak = cut_box(track.trak); // nothing of it stays
        return trim;
    }
    auto trak = TrakWriter(movie, track, std::move(*times), std::move(runs)).write();
    if (!trak)
        return fail(trak.error());
    trim.trak = std::move(*trak);
    return trim;
}

} // namespace ombud::media
