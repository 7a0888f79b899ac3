#include "media/edited_copy.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <future>

#include <sys/uio.h>

#include "media/recording_file.hpp"

namespace ombud::media {

namespace {

// Read, edited and written while it lies in the processor's cache.
constexpr std::size_t window_bytes = std::size_t{512} << 10;
constexpr std::uint64_t halves_from_bytes = 4 * window_bytes; // below, a thread costs more than it saves

/// Borrowed pieces of memory that go to the file one after another, many in one system call, and may be read back while
/// they lie in the processor's cache: later the same comparison takes twice as long.
class Pieces {
  public:
    Pieces(int fd, ReadBack read_back) : fd_(fd), read_back_(read_back == ReadBack::yes ? window_bytes : 0) {}
    void add(std::span<std::uint8_t> bytes) {
        if (!bytes.empty())
            pieces_.push_back({bytes.data(), bytes.size()});
    }
    /// Writes them at `at`, which moves on, compares what the file then holds, and forgets them.
    /// Errors  internal     they differ
    ///         unavailable  the disk failed or is full
    Result<> flush(std::uint64_t& at) {
        if (read_back_.empty())
            return write(at);
        const std::uint64_t from = at;
        const auto written = pieces_; // write() shortens its own
        if (auto ok = write(at); !ok)
            return ok;
        return compare(from, at, written);
    }

  private:
    Result<> write(std::uint64_t& at) {
        for (std::size_t first = 0; first < pieces_.size();) {
            const int count = static_cast<int>(std::min<std::size_t>(pieces_.size() - first, IOV_MAX));
            const ssize_t written = ::pwritev(fd_, pieces_.data() + first, count, static_cast<off_t>(at));
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return fail_errno("writing at byte " + std::to_string(at));
            at += static_cast<std::uint64_t>(written);
            std::size_t left = static_cast<std::size_t>(written);
            for (; first < pieces_.size() && left >= pieces_[first].iov_len; ++first)
                left -= pieces_[first].iov_len;
            if (left > 0)
                pieces_[first] = {static_cast<std::uint8_t*>(pieces_[first].iov_base) + left, pieces_[first].iov_len - left};
        }
        pieces_.clear();
        return {};
    }

    Result<> compare(std::uint64_t from, std::uint64_t end, const std::vector<iovec>& written) {
        const auto bytes = std::span(read_back_).first(end - from);
        if (auto ok = FileSource(fd_, end).read_at(from, bytes); !ok)
            return ok;
        std::size_t at = 0;
        for (const iovec& piece : written) {
            if (std::memcmp(bytes.data() + at, piece.iov_base, piece.iov_len) != 0)
                return fail(ErrorCode::internal, "the new file reads otherwise than it was written, after byte " +
                                                     std::to_string(from + at));
            at += piece.iov_len;
        }
        return {};
    }

    int fd_;
    std::vector<iovec> pieces_;
    Bytes read_back_;
};

/// Bytes to put over the old ones, at the old file's offsets.
struct Field {
    std::uint64_t offset = 0;
    Bytes bytes;

    [[nodiscard]] std::uint64_t end() const { return offset + bytes.size(); }
};

Result<std::vector<Field>> fields_of(const Surgery& surgery, const OffsetMap& place) {
    std::vector<Field> fields;
    fields.reserve(surgery.patches.size() + surgery.relocations.size());
    for (const Patch& patch : surgery.patches)
        fields.push_back({patch.offset, patch.bytes});
    for (const Relocation& relocation : surgery.relocations) {
        auto bytes = encoded(relocation, place);
        if (!bytes)
            return fail(bytes.error());
        fields.push_back({relocation.field_offset, std::move(*bytes)});
    }
    std::sort(fields.begin(), fields.end(), [](const Field& a, const Field& b) { return a.offset < b.offset; });
    for (std::size_t i = 1; i < fields.size(); ++i)
        if (fields[i].offset < fields[i - 1].end())
            return fail(ErrorCode::corrupt, "byte " + std::to_string(fields[i].offset) + ": two changes claim it");
    return fields;
}

/// Notes what of [from, to) in the old file is taken over to `at` as it was: all but the fields.
/// @param first, last  the fields that may lie in it, sorted
void note_unchanged(std::uint64_t from, std::uint64_t to, std::uint64_t at, std::vector<Field>::const_iterator first,
                    std::vector<Field>::const_iterator last, std::vector<Moved>& unchanged) {
    const std::uint64_t begin = from;
    for (; first != last && first->offset < to; ++first) {
        if (first->end() <= from)
            continue;
        if (first->offset > from)
            append_moved(unchanged, {from, at + (from - begin), first->offset - from});
        from = std::min(first->end(), to);
    }
    if (from < to)
        append_moved(unchanged, {from, at + (from - begin), to - from});
}

Error stopped() { return Error{ErrorCode::unavailable, "stopped on request; nothing was changed"}; }

Result<Bytes> finished_insert(const Cut& cut, const OffsetMap& place) {
    Bytes insert = cut.insert;
    for (const Relocation& relocation : cut.insert_relocations) {
        auto bytes = encoded(relocation, place);
        if (!bytes)
            return fail(bytes.error());
        std::copy(bytes->begin(), bytes->end(), insert.begin() + static_cast<std::ptrdiff_t>(relocation.field_offset));
    }
    return insert;
}

/// What of the old file becomes what of the new one; stretches of it can be copied at once.
class EditedCopy {
  public:
    /// @param fields  sorted, none over another
    EditedCopy(const ByteSource& source, const Surgery& surgery, const std::vector<Field>& fields, const OffsetMap& place, int fd,
               ReadBack read_back)
        : source_(source), cuts_(surgery.cuts), fields_(fields), place_(place), fd_(fd), read_back_(read_back) {}

    /// The nearest place at or before `at` where one stretch may end and another begin: no cut touches it, no field goes over it.
    [[nodiscard]] std::uint64_t border(std::uint64_t at) const {
        while (at > 0) {
            const auto cut = cut_from(at);
            const auto field = field_from(at);
            if (cut != cuts_.end() && cut->range.offset <= at)
                at = std::max<std::uint64_t>(cut->range.offset, 1) - 1;
            else if (field != fields_.end() && field->offset < at)
                at = field->offset;
            else
                break;
        }
        return at;
    }

    /// Copies [at, end) of the old file, borders both.
    /// @param go_on  called with the bytes read since it was last called; false stops
    Result<std::vector<Moved>> copy(std::uint64_t at, std::uint64_t stretch_end, const std::function<bool(std::uint64_t)>& go_on) const;

  private:
    /// The first that does not end before `at`.
    [[nodiscard]] std::vector<Cut>::const_iterator cut_from(std::uint64_t at) const {
        return std::lower_bound(cuts_.begin(), cuts_.end(), at, [](const Cut& cut, std::uint64_t value) { return cut.range.end() < value; });
    }
    /// The first that does not end at or before `at`.
    [[nodiscard]] std::vector<Field>::const_iterator field_from(std::uint64_t at) const {
        return std::upper_bound(fields_.begin(), fields_.end(), at, [](std::uint64_t value, const Field& field) { return value < field.end(); });
    }

    const ByteSource& source_;
    const std::vector<Cut>& cuts_;
    const std::vector<Field>& fields_;
    const OffsetMap& place_;
    int fd_;
    ReadBack read_back_;
};

Result<std::vector<Moved>> EditedCopy::copy(std::uint64_t at, std::uint64_t stretch_end,
                                            const std::function<bool(std::uint64_t)>& go_on) const {
    Bytes window(window_bytes);
    std::vector<Moved> unchanged;
    std::uint64_t out_at = place_(at);
    Pieces out(fd_, read_back_);
    auto cut = cut_from(at);
    auto field = field_from(at);
    while (at < stretch_end) {
        std::uint64_t end = std::min<std::uint64_t>(at + window_bytes, stretch_end);
        // A field is written whole: one that straddles the window's end begins the next window.
        const auto first = field;
        auto last = field;
        while (last != fields_.end() && last->end() <= end)
            ++last;
        if (last != fields_.end() && last->offset < end && last->offset > at)
            end = last->offset;
        const auto bytes = std::span(window).first(end - at);
        if (auto done = source_.read_at(at, bytes); !done)
            return fail(done.error());
        for (; field != last; ++field)
            std::copy(field->bytes.begin(), field->bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(field->offset - at));

        std::uint64_t from = at;
        std::uint64_t lands_at = out_at;
        while (from < end) {
            const bool in_cut = cut != cuts_.end() && cut->range.offset <= from;
            const std::uint64_t to = in_cut                          ? std::min(end, cut->range.end())
                                     : cut == cuts_.end()    ? end
                                                                     : std::min(end, cut->range.offset);
            if (in_cut && from == cut->range.offset && !cut->insert.empty()) {
                auto insert = finished_insert(*cut, place_);
                if (!insert)
                    return fail(insert.error());
                if (auto ok = out.flush(out_at); !ok) // the insert lives in this block only
                    return fail(ok.error());
                if (auto ok = write_at(fd_, out_at, *insert); !ok)
                    return fail(ok.error());
                out_at += insert->size();
                lands_at = out_at;
            }
            if (!in_cut) {
                out.add(bytes.subspan(from - at, to - from));
                note_unchanged(from, to, lands_at, first, last, unchanged);
                lands_at += to - from;
            }
            from = to;
            if (in_cut && from == cut->range.end())
                ++cut;
        }
        if (auto ok = out.flush(out_at); !ok)
            return fail(ok.error());
        if (!go_on(end - at))
            return fail(stopped());
        at = end;
    }
    return unchanged;
}

} // namespace

void append_moved(std::vector<Moved>& all, const Moved& moved) {
    if (!all.empty() && all.back().from + all.back().length == moved.from && all.back().to + all.back().length == moved.to)
        all.back().length += moved.length;
    else
        all.push_back(moved);
}

std::uint64_t edited_size(const ByteSource& source, const Surgery& surgery) {
    return OffsetMap(surgery.cuts)(source.size());
}

Result<std::vector<Moved>> write_edited(const ByteSource& source, const Surgery& surgery, int fd,
                                        ReadBack read_back, const std::function<bool(double)>& progress) {
    const OffsetMap place(surgery.cuts);
    auto fields = fields_of(surgery, place);
    if (!fields)
        return fail(fields.error());
    const EditedCopy copy(source, surgery, *fields, place, fd, read_back);
    std::atomic<std::uint64_t> read = 0;
    std::atomic<bool> is_stopped = false;
    // In two halves at once: on memory and fast disks a copy is limited by one processor's.
    const std::uint64_t middle = source.size() < halves_from_bytes ? source.size() : copy.border(source.size() / 2);
    auto second = std::async(middle < source.size() ? std::launch::async | std::launch::deferred : std::launch::deferred, [&] {
        return copy.copy(middle, source.size(), [&](std::uint64_t more) {
            read += more;
            return !is_stopped;
        });
    });
    const auto goes_on = [&](std::uint64_t more) {
        read += more;
        return !progress || progress(static_cast<double>(read) / static_cast<double>(source.size()));
    };
    auto unchanged = copy.copy(0, middle, goes_on);
    is_stopped = !unchanged;
    while (second.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout)
        is_stopped = is_stopped || !goes_on(0);
    auto rest = second.get();
    if (rest && unchanged && !goes_on(0))
        return fail(stopped());
    if (!unchanged || !rest)
        return fail(!unchanged ? unchanged.error() : rest.error());
    for (const Moved& moved : *rest)
        append_moved(*unchanged, moved);
    return unchanged;
}

} // namespace ombud::media
