#include "media/edited_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include <sys/uio.h>

#include "media/recording_file.hpp"

namespace ombud::media {

namespace {

// Read, edited and written while it lies in the processor's cache.
constexpr std::size_t window_bytes = std::size_t{512} << 10;

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
    Bytes window(window_bytes);
    std::vector<Moved> unchanged;
    std::uint64_t out_at = 0;
    Pieces out(fd, read_back);
    auto cut = surgery.cuts.begin();
    auto field = fields->begin();
    for (std::uint64_t at = 0; at < source.size();) {
        std::uint64_t end = std::min<std::uint64_t>(at + window_bytes, source.size());
        // A field is written whole: one that straddles the window's end begins the next window.
        const auto first = field;
        auto last = field;
        while (last != fields->end() && last->end() <= end)
            ++last;
        if (last != fields->end() && last->offset < end && last->offset > at)
            end = last->offset;
        const auto bytes = std::span(window).first(end - at);
        if (auto done = source.read_at(at, bytes); !done)
            return fail(done.error());
        for (; field != last; ++field)
            std::copy(field->bytes.begin(), field->bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(field->offset - at));

        std::uint64_t from = at;
        std::uint64_t lands_at = out_at;
        while (from < end) {
            const bool in_cut = cut != surgery.cuts.end() && cut->range.offset <= from;
            const std::uint64_t to = in_cut                          ? std::min(end, cut->range.end())
                                     : cut == surgery.cuts.end()    ? end
                                                                     : std::min(end, cut->range.offset);
            if (in_cut && from == cut->range.offset && !cut->insert.empty()) {
                auto insert = finished_insert(*cut, place);
                if (!insert)
                    return fail(insert.error());
                if (auto ok = out.flush(out_at); !ok) // the insert lives in this block only
                    return fail(ok.error());
                if (auto ok = write_at(fd, out_at, *insert); !ok)
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
        at = end;
        if (progress && !progress(static_cast<double>(at) / static_cast<double>(source.size())))
            return fail(ErrorCode::unavailable, "stopped on request; nothing was changed");
    }
    return unchanged;
}

} // namespace ombud::media
