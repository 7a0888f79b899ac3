#include "gates/stream/frames.hpp"

#include <numeric>

#include "gates/stream/metadata_rewriter.hpp"

namespace ombud::stream {
namespace {

constexpr std::size_t head_bytes = 4, stretches_max = 64;

/// RTP and RTCP in one channel (RFC 5761): these numbers are never payload types there.
bool is_rtcp_type(unsigned type) {
    return type >= 64 && type <= 95;
}

bool has_payload_of(std::span<const std::uint8_t> packet, const Lane& lane) {
    if (packet.size() < 2 || packet[0] >> 6 != 2)
        return false;
    const unsigned type = packet[1] & 0x7fu;
    return lane.payload_types[type] || is_rtcp_type(type);
}

} // namespace

std::uint64_t PacketCounts::dropped_count() const {
    return std::accumulate(dropped.begin(), dropped.end(), unknown);
}

bool passes(std::span<const std::uint8_t> packet, const Lane& lane, const Rules& rules, PacketCounts& counts) {
    if (!lane.is_rtcp && !lane.is_forward) {
        ++counts.unknown;
        return false;
    }
    if (!rules.everything) {
        if (!rules.is_open(lane)) {
            ++counts.dropped[static_cast<std::size_t>(lane.kind)];
            return false;
        }
        if (!lane.is_rtcp && !has_payload_of(packet, lane)) {
            ++counts.unknown;
            return false;
        }
    }
    ++counts.packets;
    counts.bytes += packet.size();
    return true;
}

bool Channels::join(std::uint16_t from, std::uint16_t to, const Lane& lane, std::size_t track) {
    if (from > 255 || to > 255 || by_number[from].is_set || taken[to])
        return false;
    by_number[from] = {true, static_cast<std::uint8_t>(to), lane, track};
    taken.set(to);
    return true;
}

void Channels::leave(std::size_t track) {
    for (Channel& channel : by_number)
        if (channel.is_set && channel.track == track) {
            taken.reset(channel.to);
            channel = {};
        }
}

void PacketCounts::add(const PacketCounts& more) {
    packets += more.packets;
    bytes += more.bytes;
    unknown += more.unknown;
    for (std::size_t kind = 0; kind < kind_count; ++kind)
        dropped[kind] += more.dropped[kind];
}

SortedFrames sort_frames(std::span<std::uint8_t> bytes, const Channels& channels, const Rules& rules, PacketCounts& counts,
                         std::vector<std::span<const std::uint8_t>>& pass, MetadataRewriter* rewriter) {
    pass.clear();
    if (rewriter != nullptr)
        rewriter->forget();
    SortedFrames sorted;
    while (bytes.size() > sorted.size) {
        const auto rest = bytes.subspan(sorted.size);
        if (rest[0] != '$') {
            sorted.next = SortedFrames::Next::message;
            return sorted;
        }
        if (rest.size() < head_bytes)
            return sorted;
        const std::size_t size = head_bytes + (std::size_t{rest[2]} << 8 | rest[3]);
        if (rest.size() < size)
            return sorted;
        const Channels::Channel& channel = channels.by_number[rest[1]];
        bool is_passed = false;
        if (channel.is_set) {
            is_passed = passes(rest.subspan(head_bytes, size - head_bytes), channel.lane, rules, counts);
        } else if (rules.everything && !channels.taken[rest[1]]) {
            ++counts.packets;
            counts.bytes += size - head_bytes;
            is_passed = true;
        } else {
            ++counts.unknown;
        }
        if (is_passed) {
            const bool is_rewritten = rewriter != nullptr && channel.is_set && rules.rewrites(channel.lane);
            const bool continues = !is_rewritten && !pass.empty() && pass.back().data() + pass.back().size() == rest.data();
            if (!continues && pass.size() == stretches_max) {
                // Counted when it is walked over again.
                --counts.packets;
                counts.bytes -= size - head_bytes;
                sorted.next = SortedFrames::Next::full;
                return sorted;
            }
            if (channel.is_set)
                rest[1] = channel.to;
            if (is_rewritten) {
                if (const auto frames = rewriter->frames(channel.track, channel.to, rest.subspan(head_bytes, size - head_bytes)); !frames.empty())
                    pass.push_back(frames);
            } else if (continues)
                pass.back() = {pass.back().data(), pass.back().size() + size};
            else
                pass.push_back(rest.first(size));
        }
        sorted.size += size;
    }
    return sorted;
}

} // namespace ombud::stream
