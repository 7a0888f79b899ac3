#include "media/overwrites.hpp"

#include <algorithm>

#include "media/recording_file.hpp"

namespace ombud::media {

namespace {

void sort_by_offset(std::vector<Overwrite>& overwrites) {
    std::sort(overwrites.begin(), overwrites.end(),
              [](const Overwrite& a, const Overwrite& b) { return a.range.offset < b.range.offset; });
}

} // namespace

InPlaceWrites in_place_writes(const Surgery& surgery) {
    InPlaceWrites writes;
    for (const Cut& cut : surgery.cuts)
        (cut.filler.empty() ? writes.packets : writes.structure).push_back({cut.range, cut.filler});
    for (const Patch& patch : surgery.patches)
        writes.structure.push_back({{patch.offset, patch.bytes.size()}, patch.bytes});
    sort_by_offset(writes.packets);
    sort_by_offset(writes.structure);
    return writes;
}

Result<> OverlaySource::read_at(std::uint64_t offset, std::span<std::uint8_t> into) const {
    if (auto done = base_.read_at(offset, into); !done)
        return done;
    const std::uint64_t end = offset + into.size();
    auto next = std::upper_bound(overwrites_.begin(), overwrites_.end(), offset,
                                 [](std::uint64_t at, const Overwrite& overwrite) { return at < overwrite.range.end(); });
    for (; next != overwrites_.end() && next->range.offset < end; ++next) {
        const std::uint64_t from = std::max(offset, next->range.offset);
        const std::uint64_t to = std::min(end, next->range.end());
        for (std::uint64_t at = from; at < to; ++at) {
            const std::uint64_t in_range = at - next->range.offset;
            into[at - offset] = in_range < next->head.size() ? next->head[in_range] : 0;
        }
    }
    return {};
}

Result<> write_over(int fd, const std::vector<Overwrite>& overwrites) {
    for (const Overwrite& overwrite : overwrites) {
        if (auto ok = write_at(fd, overwrite.range.offset, overwrite.head); !ok)
            return ok;
        const std::uint64_t written = overwrite.head.size();
        if (auto ok = write_zeros(fd, {overwrite.range.offset + written, overwrite.range.length - written}); !ok)
            return ok;
    }
    return {};
}

} // namespace ombud::media
