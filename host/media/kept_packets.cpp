#include "media/kept_packets.hpp"

#include <algorithm>

#include "media/mp4/boxes.hpp"
#include "media/mpegts.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace ombud::media {

namespace {

using Keep = TrackRule::Keep;

// Packets larger than the buffer bypass it: read straight into place, or skimmed without touching a byte twice.
constexpr int reading_buffer_bytes = 1 << 20;
constexpr int skimming_buffer_bytes = 1 << 12;

Result<std::vector<Range>> media_of(const ByteSource& source) {
    auto boxes = read_top_boxes(source);
    if (!boxes)
        return fail(boxes.error());
    std::vector<Range> media;
    for (const Box& box : *boxes)
        if (box.type == fourcc("mdat"))
            media.push_back({box.body_offset(), box.size_bytes - box.header_bytes});
    return coalesced(std::move(media));
}

} // namespace

Result<> SkimSource::read_at(std::uint64_t offset, std::span<std::uint8_t> into) const {
    const std::uint64_t end = offset + into.size();
    auto next = std::upper_bound(media_.begin(), media_.end(), offset,
                                 [](std::uint64_t at, const Range& media) { return at < media.end(); });
    while (offset < end) {
        const bool in_media = next != media_.end() && next->offset <= offset;
        const std::uint64_t to = next == media_.end() ? end : std::min(end, in_media ? next->end() : next->offset);
        const auto part = into.subspan(into.size() - (end - offset), to - offset);
        if (in_media)
            std::fill(part.begin(), part.end(), std::uint8_t{0});
        else if (auto done = base_.read_at(offset, part); !done)
            return done;
        if (in_media && to == next->end())
            ++next;
        offset = to;
    }
    return {};
}

Result<KeptPackets> KeptPackets::open(const ByteSource& source, Container container, const Rules& rules,
                                      std::int64_t origin_ticks, bool skims_media) {
    auto tracks = list_tracks(source, container);
    if (!tracks)
        return fail(tracks.error());
    std::unique_ptr<SkimSource> skim;
    if (skims_media) {
        auto media = media_of(source);
        if (!media)
            return fail(media.error());
        skim = std::make_unique<SkimSource>(source, std::move(*media));
    }
    const ByteSource& read_from = skim ? static_cast<const ByteSource&>(*skim) : source;
    auto demuxer = Demuxer::open(read_from, container, *tracks, nullptr,
                                 skims_media ? skimming_buffer_bytes : reading_buffer_bytes);
    if (!demuxer)
        return fail(demuxer.error());
    KeptPackets kept(std::move(skim), std::move(*demuxer), container, origin_ticks);
    for (std::size_t i = 0; i < kept.demuxer_.track_ids().size(); ++i) {
        const std::uint32_t id = kept.demuxer_.track_ids()[i];
        const auto rule = rules.find(id);
        if (rule == rules.end())
            return fail(ErrorCode::internal, "track " + std::to_string(id) + " appeared");
        kept.rules_.push_back(rule->second);
        if (rule->second.keep == Keep::none)
            kept.demuxer_.context().streams[i]->discard = AVDISCARD_ALL;
    }
    kept.keeps_last_.resize(kept.rules_.size(), false);
    return kept;
}

Result<Packet> KeptPackets::next() {
    Packet packet(av_packet_alloc());
    if (!packet)
        return fail(ErrorCode::unavailable, "out of memory");
    for (;;) {
        auto more = demuxer_.read(*packet);
        if (!more)
            return fail(more.error());
        if (!*more)
            return Packet();
        if (keeps(*packet))
            return packet;
    }
}

bool KeptPackets::keeps(const AVPacket& packet) {
    const auto index = static_cast<std::size_t>(packet.stream_index);
    if (index >= rules_.size())
        return true; // a stream that appeared: the other side will not have it
    const TrackRule& rule = rules_[index];
    if (rule.keep != Keep::within)
        return rule.keep == Keep::all;
    const std::int64_t ticks = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    if (ticks != AV_NOPTS_VALUE) {
        const AVRational base = demuxer_.context().streams[index]->time_base;
        const std::int64_t since = container_ == Container::mpegts ? mpegts_distance(origin_ticks_, ticks) : ticks;
        keeps_last_[index] = rule.keeps(ticks_to_ns(since, base.num, base.den));
    }
    return keeps_last_[index]; // a packet without a time continues the one before it
}

} // namespace ombud::media
