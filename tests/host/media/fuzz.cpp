// Feeds arbitrary bytes to the parsers of recordings. Whatever they make of them, the result must be one that can be
// written: cuts sorted and inside the file, and the edited copy readable by the same parser with nothing left to cut.
// ctest runs it for a few seconds. seeds/ holds three seconds of a 32 x 32 test picture and noise each, made by ffmpeg

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <sys/mman.h>
#include <unistd.h>

#include "media/edited_copy.hpp"
#include "media/overwrites.hpp"
#include "media/surgery.hpp"

using namespace ombud::media;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void check_writable(const ByteSource& source, const Surgery& surgery) {
    std::uint64_t at = 0;
    for (const Cut& cut : surgery.cuts) {
        require(cut.range.offset >= at);
        require(cut.range.end() <= source.size());
        require(cut.filler.size() <= cut.range.length);
        at = cut.range.end();
    }
    for (const Patch& patch : surgery.patches)
        require(patch.offset + patch.bytes.size() <= source.size());
}

/// Both methods, into memory. A refusal is a good answer; a copy that still needs cuts is not.
void check_methods(const ByteSource& source, Container container, const Rules& rules, const Surgery& surgery) {
    static const int fd = ::memfd_create("fuzz", 0);
    require(::ftruncate(fd, 0) == 0);
    if (!write_edited(source, surgery, fd, ReadBack::yes, nullptr))
        return;
    const std::uint64_t size = edited_size(source, surgery);
    require(static_cast<std::uint64_t>(::lseek(fd, 0, SEEK_END)) == size);
    Bytes copy(size);
    require(::pread(fd, copy.data(), copy.size(), 0) == static_cast<ssize_t>(copy.size()));
    const MemorySource written(copy);
    if (auto again = plan_surgery(written, container, rules))
        require(again->removed_packets == 0 || again->origin_ticks != surgery.origin_ticks);
    if (!surgery.fits_in_place())
        return;
    InPlaceWrites writes = in_place_writes(surgery);
    std::vector<Overwrite> all = writes.packets;
    all.insert(all.end(), writes.structure.begin(), writes.structure.end());
    std::sort(all.begin(), all.end(), [](const Overwrite& a, const Overwrite& b) { return a.range.offset < b.range.offset; });
    const OverlaySource laid_over(source, all);
    if (auto again = plan_surgery(laid_over, container, rules))
        require(again->removed_packets == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const MemorySource source(std::span(data, size));
    const auto container = sniff_container(source);
    if (!container)
        return 0;
    const auto tracks = list_tracks(source, *container);
    if (!tracks)
        return 0;
    Rules rules;
    for (std::size_t i = 0; i < tracks->size(); ++i) // the first stays, the second goes, the third by time
        rules[(*tracks)[i].id] = {i % 3 == 0   ? TrackRule::Keep::all
                                  : i % 3 == 1 ? TrackRule::Keep::none
                                               : TrackRule::Keep::within,
                                  {{0, 2'000'000'000}}};
    for (const bool by_time : {false, true}) {
        if (by_time)
            for (auto& [id, rule] : rules)
                if (rule.keep == TrackRule::Keep::none)
                    rule = {TrackRule::Keep::within, {{500'000'000, 1'500'000'000}}};
        const auto surgery = plan_surgery(source, *container, rules);
        if (!surgery)
            continue;
        check_writable(source, *surgery);
        check_methods(source, *container, rules, *surgery);
    }
    return 0;
}
