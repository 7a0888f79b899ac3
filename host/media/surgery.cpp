#include "media/surgery.hpp"

#include <algorithm>
#include <array>

#include "media/matroska/matroska.hpp"
#include "media/mp4/mp4.hpp"
#include "media/mpegts.hpp"

namespace ombud::media {

const char* name_of(Container container) {
    switch (container) {
    case Container::mp4: return "mp4";
    case Container::fragmented_mp4: return "fragmented mp4";
    case Container::matroska: return "matroska";
    case Container::mpegts: return "mpegts";
    }
    return "?";
}

const char* name_of(TrackKind kind) {
    switch (kind) {
    case TrackKind::video: return "video";
    case TrackKind::audio: return "audio";
    case TrackKind::data: return "data";
    case TrackKind::subtitle: return "subtitle";
    case TrackKind::attachment: return "attachment";
    case TrackKind::unknown: break;
    }
    return "unknown";
}

bool Surgery::fits_in_place() const {
    return has_filler && std::all_of(cuts.begin(), cuts.end(), [](const Cut& cut) { return cut.insert.empty(); });
}

std::uint64_t Surgery::cut_bytes() const {
    std::uint64_t total = 0;
    for (const Cut& cut : cuts)
        total += cut.range.length;
    return total;
}

OffsetMap::OffsetMap(const std::vector<Cut>& cuts) {
    steps_.reserve(cuts.size());
    // Unsigned wrap-around is meant: an insert longer than its cut makes `removed` a negative number mod 2^64.
    std::uint64_t removed = 0;
    for (const Cut& cut : cuts) {
        removed += cut.range.length - cut.insert.size();
        steps_.push_back({cut.range.end(), removed});
    }
}

std::uint64_t OffsetMap::operator()(std::uint64_t old_offset) const {
    const auto after = std::upper_bound(steps_.begin(), steps_.end(), old_offset,
                                        [](std::uint64_t offset, const Step& step) { return offset < step.end; });
    return after == steps_.begin() ? old_offset : old_offset - std::prev(after)->removed;
}

Result<Bytes> encoded(const Relocation& relocation, const OffsetMap& place) {
    const std::uint64_t value = place(relocation.to) - place(relocation.from);
    const unsigned bits = relocation.width_bytes * 8U;
    Bytes bytes(relocation.width_bytes);
    if (relocation.encoding == Relocation::Encoding::ebml_size) {
        // A VINT gives one bit a byte to its length marker; all ones mean "unknown".
        const unsigned value_bits = relocation.width_bytes * 7U;
        if (value >= (std::uint64_t{1} << value_bits) - 1)
            return fail(ErrorCode::refused, "byte " + std::to_string(relocation.field_offset) +
                                                ": the new size does not fit into its field");
        write_big_endian(bytes, value | std::uint64_t{1} << value_bits);
        return bytes;
    }
    const bool is_negative = (value >> 63) != 0; // only ever a 32-bit signed distance (trun)
    const bool fits = bits == 64 || (is_negative ? ~value < std::uint64_t{1} << (bits - 1) : value >> bits == 0);
    if (!fits)
        return fail(ErrorCode::refused, "byte " + std::to_string(relocation.field_offset) +
                                            ": the new offset does not fit into its field");
    write_big_endian(bytes, value);
    return bytes;
}

Result<Container> sniff_container(const ByteSource& source) {
    std::array<std::uint8_t, 1024> head{};
    const std::size_t size = std::min<std::uint64_t>(head.size(), source.size());
    const auto bytes = std::span<std::uint8_t>(head).first(size);
    if (auto done = source.read_at(0, bytes); !done)
        return fail(done.error());
    if (looks_like_matroska(bytes))
        return Container::matroska;
    if (looks_like_mpegts(bytes))
        return Container::mpegts;
    if (looks_like_mp4(bytes))
        return Container::mp4;
    std::string shown;
    constexpr const char* digits = "0123456789abcdef";
    for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(size, 8)))
        shown += {' ', digits[byte >> 4], digits[byte & 15]};
    return fail(ErrorCode::invalid_input,
                "neither MP4, Matroska nor MPEG-TS: it begins with" + shown + "; quarantine it or look at it by hand");
}

Result<std::vector<ContainerTrack>> list_tracks(const ByteSource& source, Container container) {
    switch (container) {
    case Container::mp4:
    case Container::fragmented_mp4: return list_mp4_tracks(source);
    case Container::matroska: return list_matroska_tracks(source);
    case Container::mpegts: return list_mpegts_tracks(source);
    }
    return fail(ErrorCode::internal, "no such container");
}

Result<Surgery> plan_surgery(const ByteSource& source, Container container, const Rules& rules) {
    Result<Surgery> planned = fail(ErrorCode::internal, "no such container");
    switch (container) {
    case Container::mp4:
    case Container::fragmented_mp4: planned = plan_mp4_surgery(source, rules); break;
    case Container::matroska: planned = plan_matroska_surgery(source, rules); break;
    case Container::mpegts: planned = plan_mpegts_surgery(source, rules); break;
    }
    if (!planned)
        return planned;
    auto& cuts = planned->cuts;
    std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.range.offset < b.range.offset; });
    for (std::size_t i = 1; i < cuts.size(); ++i)
        if (cuts[i].range.offset < cuts[i - 1].range.end())
            return fail(ErrorCode::corrupt, "byte " + std::to_string(cuts[i].range.offset) +
                                                ": two removals overlap; the file contradicts itself");
    return planned;
}

} // namespace ombud::media
