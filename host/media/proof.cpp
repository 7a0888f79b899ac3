#include "media/proof.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>

#include "media/demuxer.hpp"
#include "media/mpegts.hpp"

extern "C" {
#include <libavcodec/packet.h>
#include <libavformat/avformat.h>
}

namespace ombud::media {

namespace {

using Keep = TrackRule::Keep;

/// Files may order the packets of different tracks differently, but not by more than this.
constexpr std::size_t waiting_bytes_max = std::size_t{128} << 20;

struct PacketFree {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using Packet = std::unique_ptr<AVPacket, PacketFree>;

/// One side of the comparison: the packets that the rules keep.
class KeptPackets {
  public:
    static Result<KeptPackets> open(const ByteSource& source, Container container, const Rules& rules,
                                    std::int64_t origin_ticks) {
        auto tracks = list_tracks(source, container);
        if (!tracks)
            return fail(tracks.error());
        auto demuxer = Demuxer::open(source, container, *tracks, nullptr);
        if (!demuxer)
            return fail(demuxer.error());
        KeptPackets kept(std::move(*demuxer), container, origin_ticks);
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

    /// @return  null at the end
    Result<Packet> next() {
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

    [[nodiscard]] std::uint32_t track_of(const AVPacket& packet) const {
        return demuxer_.track_ids()[static_cast<std::size_t>(packet.stream_index)];
    }
    [[nodiscard]] const Demuxer& demuxer() const { return demuxer_; }

  private:
    KeptPackets(Demuxer demuxer, Container container, std::int64_t origin_ticks)
        : demuxer_(std::move(demuxer)), container_(container), origin_ticks_(origin_ticks) {}

    bool keeps(const AVPacket& packet) {
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

    Demuxer demuxer_;
    Container container_;
    std::int64_t origin_ticks_;
    std::vector<TrackRule> rules_;
    std::vector<bool> keeps_last_;
};

template <class Number>
void add_number(signing::Sha256& hash, Number number) {
    std::uint8_t bytes[8];
    write_big_endian(bytes, static_cast<std::uint64_t>(number));
    hash.update(std::span<const std::uint8_t>(bytes));
}

/// A packet's side data; of a track kept in part, less how many samples a player skips.
std::vector<const AVPacketSideData*> side_data_of(const AVPacket& packet, bool is_whole) {
    std::vector<const AVPacketSideData*> all;
    for (int i = 0; i < packet.side_data_elems; ++i)
        if (is_whole || packet.side_data[i].type != AV_PKT_DATA_SKIP_SAMPLES)
            all.push_back(&packet.side_data[i]);
    return all;
}

void add_packet(signing::Sha256& hash, const AVPacket& packet, bool is_whole) {
    const auto side_data = side_data_of(packet, is_whole);
    for (const std::int64_t number : {packet.pts, packet.dts, is_whole ? packet.duration : 0,
                                      std::int64_t{packet.flags}, static_cast<std::int64_t>(side_data.size())})
        add_number(hash, number);
    for (const AVPacketSideData* side : side_data) {
        add_number(hash, side->type);
        add_number(hash, side->size);
        hash.update(std::span<const std::uint8_t>(side->data, side->size));
    }
    add_number(hash, packet.size);
    hash.update(std::span<const std::uint8_t>(packet.data, static_cast<std::size_t>(packet.size)));
}

/// The first field in which two packets differ, or null.
const char* difference(const AVPacket& a, const AVPacket& b, bool is_whole) {
    if (a.pts != b.pts)
        return "presentation time";
    if (a.dts != b.dts)
        return "decode time";
    if (is_whole && a.duration != b.duration)
        return "duration";
    if (a.flags != b.flags)
        return "flags";
    if (a.size != b.size)
        return "size";
    if (a.size > 0 && std::memcmp(a.data, b.data, static_cast<std::size_t>(a.size)) != 0)
        return "data";
    const auto same = [](const AVPacketSideData* x, const AVPacketSideData* y) {
        return x->type == y->type && x->size == y->size && std::memcmp(x->data, y->data, x->size) == 0;
    };
    const auto x = side_data_of(a, is_whole);
    const auto y = side_data_of(b, is_whole);
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same) ? nullptr : "side data";
}

Bytes parameters_of(const AVStream& stream) {
    const AVCodecParameters& p = *stream.codecpar;
    Bytes bytes;
    for (const std::int64_t number :
         {std::int64_t{p.codec_type}, std::int64_t{p.codec_id}, std::int64_t{p.codec_tag}, std::int64_t{p.format},
          std::int64_t{p.profile}, std::int64_t{p.level}, std::int64_t{p.width}, std::int64_t{p.height},
          std::int64_t{p.sample_rate}, std::int64_t{p.ch_layout.nb_channels}, std::int64_t{stream.time_base.num},
          std::int64_t{stream.time_base.den}, std::int64_t{p.extradata_size}}) {
        bytes.resize(bytes.size() + 8);
        write_big_endian(std::span(bytes).last(8), static_cast<std::uint64_t>(number));
    }
    if (p.extradata_size > 0)
        bytes.insert(bytes.end(), p.extradata, p.extradata + p.extradata_size);
    for (int i = 0; i < stream.nb_side_data; ++i) // rotation and the like
        bytes.insert(bytes.end(), stream.side_data[i].data, stream.side_data[i].data + stream.side_data[i].size);
    return bytes;
}

using Parameters = std::vector<std::pair<std::uint32_t, Bytes>>; // by track, in the order of the file

Parameters kept_parameters(const Demuxer& demuxer, const Rules& rules) {
    Parameters found;
    for (std::size_t i = 0; i < demuxer.track_ids().size(); ++i)
        if (const auto rule = rules.find(demuxer.track_ids()[i]); rule == rules.end() || rule->second.keep != Keep::none)
            found.emplace_back(demuxer.track_ids()[i], parameters_of(*demuxer.context().streams[i]));
    return found;
}

/// @return  the parameters of the tracks that stay in both
Result<Parameters> compare_tracks(const Demuxer& before, const Demuxer& after, const Rules& rules) {
    for (const std::uint32_t id : after.track_ids())
        if (const auto rule = rules.find(id); rule == rules.end() || rule->second.keep == Keep::none)
            return fail(ErrorCode::internal, "track " + std::to_string(id) + " is still there");
    const Parameters old = kept_parameters(before, rules);
    const Parameters now = kept_parameters(after, rules);
    for (const auto& [id, parameters] : old) {
        const auto same = std::find_if(now.begin(), now.end(), [id = id](const auto& track) { return track.first == id; });
        if (same == now.end() && rules.at(id).keep == Keep::within)
            continue; // none of it lay within its hours
        if (same == now.end())
            return fail(ErrorCode::internal, "track " + std::to_string(id) + " is missing");
        if (same->second != parameters)
            return fail(ErrorCode::internal, "the codec parameters of track " + std::to_string(id) + " differ");
    }
    return old;
}

/// The packets of one track that only one side has shown so far, and what has been said of it.
struct Lane {
    std::deque<Packet> before;
    std::deque<Packet> after;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    signing::Sha256 hash;
};

class Comparison {
  public:
    Comparison(const Rules& rules, bool with_hash) : rules_(rules), with_hash_(with_hash) {}

    Result<> add(std::uint32_t id, Packet packet, bool is_before) {
        Lane& lane = lanes_[id];
        waiting_bytes_ += static_cast<std::size_t>(packet->size);
        (is_before ? lane.before : lane.after).push_back(std::move(packet));
        const auto rule = rules_.find(id);
        const bool is_whole = rule == rules_.end() || rule->second.keep == Keep::all;
        while (!lane.before.empty() && !lane.after.empty()) {
            const Packet old = std::move(lane.before.front());
            const Packet now = std::move(lane.after.front());
            lane.before.pop_front();
            lane.after.pop_front();
            waiting_bytes_ -= static_cast<std::size_t>(old->size) + static_cast<std::size_t>(now->size);
            if (const char* field = difference(*old, *now, is_whole))
                return fail(ErrorCode::internal, "packet " + std::to_string(lane.packets) + " of track " +
                                                     std::to_string(id) + " differs in its " + field);
            if (with_hash_)
                add_packet(lane.hash, *old, is_whole);
            ++lane.packets;
            lane.bytes += static_cast<std::uint64_t>(old->size);
        }
        if (waiting_bytes_ > waiting_bytes_max)
            return fail(ErrorCode::internal, "the packets of track " + std::to_string(id) + " come in another order");
        return {};
    }

    Result<Evidence> finish(const Parameters& parameters) {
        Evidence evidence;
        for (const auto& [id, lane] : lanes_) {
            if (!lane.before.empty() || !lane.after.empty())
                return fail(ErrorCode::internal, "track " + std::to_string(id) + " has " +
                                                     std::to_string(lane.packets + lane.before.size()) + " packets to keep and " +
                                                     std::to_string(lane.packets + lane.after.size()) + " kept");
            evidence.kept_packets += lane.packets;
            evidence.kept_bytes += lane.bytes;
        }
        if (!with_hash_)
            return evidence;
        signing::Sha256 all;
        for (const auto& [id, bytes] : parameters) {
            add_number(all, id);
            all.update(bytes);
            all.update(lanes_[id].hash.finish());
        }
        evidence.kept_sha256 = all.finish();
        return evidence;
    }

  private:
    const Rules& rules_;
    bool with_hash_;
    std::map<std::uint32_t, Lane> lanes_;
    std::size_t waiting_bytes_ = 0;
};

} // namespace

Result<Evidence> prove_equal(const ByteSource& before, const ByteSource& after, Container container, const Rules& rules,
                             std::int64_t origin_ticks, bool with_hash, const std::function<bool(double)>& progress) {
    auto old = KeptPackets::open(before, container, rules, origin_ticks);
    if (!old)
        return fail(std::move(old.error()).within("the old file"));
    auto now = KeptPackets::open(after, container, rules, origin_ticks);
    if (!now)
        return fail(std::move(now.error()).within("the new file"));
    auto parameters = compare_tracks(old->demuxer(), now->demuxer(), rules);
    if (!parameters)
        return fail(parameters.error());
    Comparison comparison(rules, with_hash);
    for (bool old_goes_on = true, now_goes_on = true; old_goes_on || now_goes_on;) {
        for (const bool is_before : {true, false}) {
            if (!(is_before ? old_goes_on : now_goes_on))
                continue;
            KeptPackets& side = is_before ? *old : *now;
            auto packet = side.next();
            if (!packet)
                return fail(std::move(packet.error()).within(is_before ? "the old file" : "the new file"));
            if (!*packet) {
                (is_before ? old_goes_on : now_goes_on) = false;
                continue;
            }
            const std::int64_t at = (*packet)->pos;
            const std::uint32_t id = side.track_of(**packet);
            if (auto ok = comparison.add(id, std::move(*packet), is_before); !ok)
                return fail(ok.error());
            if (is_before && progress && at > 0 && !progress(static_cast<double>(at) / static_cast<double>(before.size())))
                return fail(ErrorCode::unavailable, "stopped on request; nothing was changed");
        }
    }
    return comparison.finish(*parameters);
}

Result<Evidence> prove_untouched(const ByteSource& before, const ByteSource& after, const Surgery& surgery,
                                 const Rules& rules) {
    auto old = KeptPackets::open(before, Container::mp4, rules, 0);
    if (!old)
        return fail(std::move(old.error()).within("the old file"));
    auto now = KeptPackets::open(after, Container::mp4, rules, 0);
    if (!now)
        return fail(std::move(now.error()).within("the new file"));
    if (auto same = compare_tracks(old->demuxer(), now->demuxer(), rules); !same)
        return fail(same.error());
    std::vector<Range> written;
    for (const Cut& cut : surgery.cuts)
        written.push_back(cut.range);
    for (const Patch& patch : surgery.patches)
        written.push_back({patch.offset, patch.bytes.size()});
    written = coalesced(std::move(written));

    Evidence evidence;
    std::vector<Range> packets;
    const auto& old_ids = old->demuxer().track_ids();
    const auto& now_ids = now->demuxer().track_ids();
    for (std::size_t i = 0; i < now_ids.size(); ++i) {
        const auto at = static_cast<std::size_t>(std::find(old_ids.begin(), old_ids.end(), now_ids[i]) - old_ids.begin());
        AVStream* was = old->demuxer().context().streams[at];
        AVStream* is = now->demuxer().context().streams[i];
        const int count = avformat_index_get_entries_count(was);
        if (count != avformat_index_get_entries_count(is))
            return fail(ErrorCode::internal, "track " + std::to_string(now_ids[i]) + " has another number of packets");
        for (int n = 0; n < count; ++n) {
            const AVIndexEntry* x = avformat_index_get_entry(was, n);
            const AVIndexEntry* y = avformat_index_get_entry(is, n);
            if (x->pos != y->pos || x->timestamp != y->timestamp || x->size != y->size || x->flags != y->flags)
                return fail(ErrorCode::internal, "packet " + std::to_string(n) + " of track " +
                                                     std::to_string(now_ids[i]) + " moved");
            packets.push_back({static_cast<std::uint64_t>(x->pos), static_cast<std::uint64_t>(x->size)});
            evidence.kept_bytes += static_cast<std::uint64_t>(x->size);
        }
        evidence.kept_packets += static_cast<std::uint64_t>(count);
    }
    if (const Range shared = first_overlap(coalesced(std::move(packets)), written); shared.length > 0)
        return fail(ErrorCode::internal, "byte " + std::to_string(shared.offset) + " of a kept packet would be overwritten");
    return evidence;
}

} // namespace ombud::media
