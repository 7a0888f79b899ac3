// A copy with edits, against the same edits done the plain way.
#include <catch2/catch.hpp>

#include <random>
#include <sys/mman.h>

#include "media/edited_copy.hpp"
#include "media/recording_file.hpp"

namespace ombud::media::test {

namespace {

/// Cuts, inserts and patches at random over a source, no two of them over one another; some of them touch.
Surgery random_surgery(std::mt19937& random, std::uint64_t size) {
    const auto below = [&](std::uint64_t bound) { return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random); };
    const auto bytes = [&](std::uint64_t count) {
        Bytes made(count);
        for (std::uint8_t& one : made)
            one = static_cast<std::uint8_t>(below(256));
        return made;
    };
    Surgery surgery;
    const std::uint64_t most = below(2) == 0 ? 3000 : size / 3;
    for (std::uint64_t at = below(most); at < size;) {
        const std::uint64_t length = std::min<std::uint64_t>(below(4) == 0 ? 0 : 1 + below(most), size - at);
        switch (below(3)) {
        case 0: surgery.cuts.push_back({{at, length}, {}, length == 0 ? bytes(1 + below(50)) : Bytes{}, {}}); break;
        case 1: surgery.cuts.push_back({{at, length}, {}, bytes(1 + below(900)), {}}); break;
        default:
            if (const auto patched = std::min<std::uint64_t>(length, 40); patched > 0)
                surgery.patches.push_back({at, bytes(patched)});
        }
        at += std::max<std::uint64_t>(length, 1) + (below(3) == 0 ? 0 : below(most));
    }
    return surgery;
}

Bytes edited_plainly(Bytes bytes, const Surgery& surgery) {
    for (const Patch& patch : surgery.patches)
        std::copy(patch.bytes.begin(), patch.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(patch.offset));
    Bytes made;
    std::uint64_t at = 0;
    const auto take = [&](std::uint64_t end) {
        made.insert(made.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(end));
    };
    for (const Cut& cut : surgery.cuts) {
        take(cut.range.offset);
        made.insert(made.end(), cut.insert.begin(), cut.insert.end());
        at = cut.range.end();
    }
    take(bytes.size());
    return made;
}

Bytes content(int fd, std::uint64_t size) { return FileSource(fd, size).read_bytes(0, size).value(); }

} // namespace

TEST_CASE("A copy with edits holds what the edits say, wherever its two halves meet") {
    std::mt19937 random(20'261'122);
    for (int round = 0; round < 60; ++round) {
        const std::uint64_t size = std::uniform_int_distribution<std::uint64_t>(1, 5U << 20)(random);
        Bytes old(size);
        for (std::size_t at = 0; at < old.size(); ++at)
            old[at] = static_cast<std::uint8_t>(at * 2'654'435'761U >> 13);
        const Surgery surgery = random_surgery(random, size);
        const Fd file(::memfd_create("copy", MFD_CLOEXEC));
        const MemorySource source(old);
        CAPTURE(round, size, surgery.cuts.size(), surgery.patches.size());

        const auto unchanged = write_edited(source, surgery, file.get(), ReadBack::yes, nullptr);

        REQUIRE(unchanged);
        const Bytes wanted = edited_plainly(old, surgery);
        REQUIRE(edited_size(source, surgery) == wanted.size());
        REQUIRE(content(file.get(), wanted.size()) == wanted);
        std::uint64_t behind = 0;
        for (const Moved& one : *unchanged) {
            REQUIRE(one.from >= behind);
            REQUIRE(std::equal(old.begin() + static_cast<std::ptrdiff_t>(one.from), old.begin() + static_cast<std::ptrdiff_t>(one.from + one.length),
                               wanted.begin() + static_cast<std::ptrdiff_t>(one.to)));
            behind = one.from + one.length;
        }
    }
}

TEST_CASE("A copy that is stopped says so, whichever half it was in") {
    const Bytes old(std::size_t{4} << 20, 7);
    const MemorySource source(old);
    for (const double share : {0.0, 0.3, 0.9}) {
        const Fd file(::memfd_create("copy", MFD_CLOEXEC));

        const auto unchanged = write_edited(source, {}, file.get(), ReadBack::no, [&](double done) { return done < share; });

        REQUIRE_FALSE(unchanged);
        CHECK_THAT(unchanged.error().message, Catch::Contains("stopped on request"));
    }
}

} // namespace ombud::media::test
