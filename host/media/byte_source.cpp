#include "media/byte_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace ombud::media {

namespace {

Result<> check_range(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
    if (offset > size || length > size - offset)
        return fail(ErrorCode::corrupt, "byte " + std::to_string(offset) + ": " + std::to_string(length) +
                                            " bytes are announced, and the file ends at " + std::to_string(size));
    return {};
}

} // namespace

std::vector<Range> coalesced(std::vector<Range> ranges) {
    std::erase_if(ranges, [](const Range& range) { return range.length == 0; });
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.offset < b.offset; });
    std::vector<Range> joined;
    for (const Range& range : ranges) {
        if (!joined.empty() && range.offset <= joined.back().end())
            joined.back().length = std::max(joined.back().end(), range.end()) - joined.back().offset;
        else
            joined.push_back(range);
    }
    return joined;
}

Range first_overlap(const std::vector<Range>& a, const std::vector<Range>& b) {
    auto x = a.begin();
    auto y = b.begin();
    while (x != a.end() && y != b.end()) {
        const std::uint64_t from = std::max(x->offset, y->offset);
        const std::uint64_t to = std::min(x->end(), y->end());
        if (from < to)
            return {from, to - from};
        if (x->end() <= y->end())
            ++x;
        else
            ++y;
    }
    return {};
}

Result<Bytes> ByteSource::read_bytes(std::uint64_t offset, std::uint64_t length) const {
    // Checked before the allocation: a damaged length must not become a demand for memory.
    if (auto checked = check_range(offset, length, size()); !checked)
        return fail(checked.error());
    Bytes bytes(length);
    if (auto done = read_at(offset, bytes); !done)
        return fail(done.error());
    return bytes;
}

Result<> MemorySource::read_at(std::uint64_t offset, std::span<std::uint8_t> into) const {
    if (auto checked = check_range(offset, into.size(), size()); !checked)
        return checked;
    const auto from = bytes_.subspan(offset, into.size());
    std::copy(from.begin(), from.end(), into.begin());
    return {};
}

Result<> FileSource::read_at(std::uint64_t offset, std::span<std::uint8_t> into) const {
    if (auto checked = check_range(offset, into.size(), size_); !checked)
        return checked;
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t count =
            ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(ErrorCode::unavailable, "reading at byte " + std::to_string(offset + done) + ": " +
                                                    std::strerror(errno));
        if (count == 0)
            return fail(ErrorCode::unavailable, "the file shrank to " + std::to_string(offset + done) +
                                                    " bytes while it was read; try again later");
        done += static_cast<std::size_t>(count);
    }
    return {};
}

Result<std::span<const std::uint8_t>> Window::view(std::uint64_t offset, std::size_t length) {
    if (auto checked = check_range(offset, length, source_.size()); !checked)
        return fail(checked.error());
    if (length > buffer_.size())
        return fail(ErrorCode::internal, "a view of " + std::to_string(length) + " bytes is wider than its window");
    if (offset < held_.offset || offset + length > held_.end()) {
        held_ = {offset, std::min<std::uint64_t>(buffer_.size(), source_.size() - offset)};
        if (auto done = source_.read_at(offset, std::span(buffer_).first(held_.length)); !done) {
            held_ = {};
            return fail(done.error());
        }
    }
    return std::span<const std::uint8_t>(buffer_).subspan(offset - held_.offset, length);
}

std::uint64_t read_big_endian(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    return value;
}

void write_big_endian(std::span<std::uint8_t> into, std::uint64_t value) {
    for (std::size_t i = into.size(); i-- > 0; value >>= 8)
        into[i] = static_cast<std::uint8_t>(value);
}

} // namespace ombud::media
