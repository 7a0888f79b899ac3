#include "media/proof.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>

#include "media/kept_packets.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace ombud::media {

namespace {

using Keep = TrackRule::Keep;

/// Files may order the packets of different tracks differently, but not by more than this.
constexpr std::size_t waiting_bytes_max = std::size_t{128} << 20;
constexpr std::size_t piece_bytes = std::size_t{256} << 10; // two of them stay in the processor's cache

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

/// All of a packet but its data.
void add_head(signing::Sha256& hash, const AVPacket& packet, bool is_whole) {
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
}

/// The first field in which two packets differ, or null.
const char* difference(const AVPacket& a, const AVPacket& b, bool is_whole, bool with_data) {
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
    if (with_data && a.size > 0 && std::memcmp(a.data, b.data, static_cast<std::size_t>(a.size)) != 0)
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

Result<> compare_tracks(const Demuxer& before, const Demuxer& after, const Rules& rules) {
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
    return {};
}

bool is_whole(const Rules& rules, std::uint32_t id) {
    const auto rule = rules.find(id);
    return rule == rules.end() || rule->second.keep == Keep::all;
}

/// The digest of the kept packets: one hash a track while they come, one over all at the end.
class PacketDigest {
  public:
    /// All of the track's next packet but its data, which go to the same hash after it.
    signing::Sha256& add_head(std::uint32_t id, const AVPacket& packet, bool is_whole) {
        signing::Sha256& hash = tracks_[id];
        ombud::media::add_head(hash, packet, is_whole);
        return hash;
    }
    signing::Digest finish(const Parameters& parameters) {
        signing::Sha256 all;
        for (const auto& [id, of_track] : parameters) {
            add_number(all, id);
            all.update(of_track);
            all.update(tracks_[id].finish());
        }
        return all.finish();
    }

  private:
    std::map<std::uint32_t, signing::Sha256> tracks_;
};

/// Matches the packets of two files, track by track: files may order the tracks differently.
class Comparison {
  public:
    Comparison(const Rules& rules, bool with_data) : rules_(rules), with_data_(with_data) {}

    Result<> add(std::uint32_t id, Packet packet, bool is_before) {
        Lane& lane = lanes_[id];
        waiting_bytes_ += static_cast<std::size_t>(packet->size);
        (is_before ? lane.before : lane.after).push_back(std::move(packet));
        while (!lane.before.empty() && !lane.after.empty()) {
            const Packet old = std::move(lane.before.front());
            const Packet now = std::move(lane.after.front());
            lane.before.pop_front();
            lane.after.pop_front();
            waiting_bytes_ -= static_cast<std::size_t>(old->size) + static_cast<std::size_t>(now->size);
            if (const char* field = difference(*old, *now, is_whole(rules_, id), with_data_))
                return fail(ErrorCode::internal, "packet " + std::to_string(lane.packets) + " of track " +
                                                     std::to_string(id) + " differs in its " + field);
            note_place(*old, *now);
            ++lane.packets;
            lane.bytes += static_cast<std::uint64_t>(old->size);
        }
        if (waiting_bytes_ > waiting_bytes_max)
            return fail(ErrorCode::internal, "the packets of track " + std::to_string(id) + " come in another order");
        return {};
    }

    /// Errors  internal  one side has packets that the other lacks
    [[nodiscard]] Result<Evidence> finish() const {
        Evidence evidence;
        for (const auto& [id, lane] : lanes_) {
            if (!lane.before.empty() || !lane.after.empty())
                return fail(ErrorCode::internal, "track " + std::to_string(id) + " has " +
                                                     std::to_string(lane.packets + lane.before.size()) + " packets to keep and " +
                                                     std::to_string(lane.packets + lane.after.size()) + " kept");
            evidence.kept_packets += lane.packets;
            evidence.kept_bytes += lane.bytes;
        }
        return evidence;
    }

    /// Where the data of all matched packets lie, neighbours joined.
    [[nodiscard]] const std::vector<Moved>& places() const { return places_; }

  private:
    /// The packets of one track that only one side has shown so far.
    struct Lane {
        std::deque<Packet> before;
        std::deque<Packet> after;
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
    };

    void note_place(const AVPacket& old, const AVPacket& now) {
        append_moved(places_, {static_cast<std::uint64_t>(old.pos), static_cast<std::uint64_t>(now.pos),
                               static_cast<std::uint64_t>(old.size)});
    }

    const Rules& rules_;
    bool with_data_;
    std::map<std::uint32_t, Lane> lanes_;
    std::vector<Moved> places_;
    std::size_t waiting_bytes_ = 0;
};

/// Pairs every kept packet of both files; with `skims_media`, all but their data is compared.
/// @param digest  of the packets with their data, or null; not with `skims_media`
Result<Evidence> pair_packets(const ByteSource& before, const ByteSource& after, Container container, const Rules& rules,
                              std::int64_t origin_ticks, bool skims_media, Comparison& comparison,
                              PacketDigest* digest, const std::function<bool(double)>& progress) {
    auto old = KeptPackets::open(before, container, rules, origin_ticks, skims_media);
    if (!old)
        return fail(std::move(old.error()).within("the old file"));
    auto now = KeptPackets::open(after, container, rules, origin_ticks, skims_media);
    if (!now)
        return fail(std::move(now.error()).within("the new file"));
    if (auto same = compare_tracks(old->demuxer(), now->demuxer(), rules); !same)
        return fail(same.error());
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
            if (is_before && digest != nullptr)
                digest->add_head(id, **packet, is_whole(rules, id))
                    .update(std::span<const std::uint8_t>((*packet)->data, static_cast<std::size_t>((*packet)->size)));
            if (auto ok = comparison.add(id, std::move(*packet), is_before); !ok)
                return fail(ok.error());
            if (is_before && progress && at > 0 && !progress(static_cast<double>(at) / static_cast<double>(before.size())))
                return fail(ErrorCode::unavailable, "stopped on request; nothing was changed");
        }
    }
    auto evidence = comparison.finish();
    if (evidence && digest != nullptr)
        evidence->kept_sha256 = digest->finish(kept_parameters(old->demuxer(), rules));
    return evidence;
}

/// Whether the data of packets lie in stretches that both files hold alike.
/// @param unchanged  in rising order of the old file
Result<> check_inside(const std::vector<Moved>& places, const std::vector<Moved>& unchanged) {
    for (const Moved& place : places) {
        const auto after = std::upper_bound(unchanged.begin(), unchanged.end(), place.from,
                                            [](std::uint64_t at, const Moved& run) { return at < run.from; });
        const Moved run = after == unchanged.begin() ? Moved{} : *std::prev(after);
        const bool is_inside = place.from + place.length <= run.from + run.length; // and run.from <= place.from
        if (place.length > 0 && (!is_inside || place.from - run.from != place.to - run.to))
            return fail(ErrorCode::internal, "a kept packet's data, in the old file after byte " + std::to_string(place.from) +
                                                 ", are not what the new file holds after byte " + std::to_string(place.to));
    }
    return {};
}

/// Adds a packet's data to a hash, from where they lie.
Result<> add_data(signing::Sha256& hash, Window& window, std::uint64_t at, std::uint64_t length) {
    while (length > 0) {
        const std::size_t piece = std::min<std::uint64_t>(length, piece_bytes);
        auto bytes = window.view(at, piece);
        if (!bytes)
            return fail(bytes.error());
        hash.update(*bytes);
        at += piece;
        length -= piece;
    }
    return {};
}

} // namespace

Result<Evidence> prove_equal(const ByteSource& before, const ByteSource& after, Container container, const Rules& rules,
                             std::int64_t origin_ticks, bool with_hash, const std::function<bool(double)>& progress) {
    Comparison comparison(rules, true);
    PacketDigest digest;
    return pair_packets(before, after, container, rules, origin_ticks, false, comparison, with_hash ? &digest : nullptr, progress);
}

Result<Evidence> prove_copied(const ByteSource& before, const ByteSource& after, Container container,
                              const std::vector<Moved>& unchanged, const Rules& rules) {
    // An MP4's packets name the place of their data, so FFmpeg need not carry half a gigabyte to where it is compared.
    Comparison comparison(rules, false);
    auto evidence = pair_packets(before, after, container, rules, 0, true, comparison, nullptr, nullptr);
    if (!evidence)
        return evidence;
    if (auto ok = check_inside(comparison.places(), unchanged); !ok)
        return fail(ok.error());
    return evidence;
}

Result<Evidence> prove_untouched(const ByteSource& before, const ByteSource& after, Container container,
                                 const Surgery& surgery, const Rules& rules) {
    Comparison comparison(rules, false);
    auto evidence = pair_packets(before, after, container, rules, 0, true, comparison, nullptr, nullptr);
    if (!evidence)
        return evidence;
    std::vector<Range> written;
    for (const Cut& cut : surgery.cuts)
        written.push_back(cut.range);
    for (const Patch& patch : surgery.patches)
        written.push_back({patch.offset, patch.bytes.size()});
    std::vector<Range> packets;
    for (const Moved& moved : comparison.places()) {
        if (moved.from != moved.to)
            return fail(ErrorCode::internal, "the packet at byte " + std::to_string(moved.from) + " moved");
        packets.push_back({moved.from, moved.length});
    }
    if (const Range shared = first_overlap(coalesced(std::move(packets)), coalesced(std::move(written))); shared.length > 0)
        return fail(ErrorCode::internal, "byte " + std::to_string(shared.offset) + " of a kept packet would be overwritten");
    return evidence;
}

Result<signing::Digest> digest_kept(const ByteSource& source, Container container, const Rules& rules,
                                    std::int64_t origin_ticks, const std::function<bool(double)>& progress) {
    const bool skims_media = names_places(container);
    auto kept = KeptPackets::open(source, container, rules, origin_ticks, skims_media);
    if (!kept)
        return fail(kept.error());
    PacketDigest digest;
    Window window(source, piece_bytes);
    for (;;) {
        auto packet = kept->next();
        if (!packet)
            return fail(packet.error());
        if (!*packet)
            break;
        const std::uint32_t id = kept->track_of(**packet);
        signing::Sha256& hash = digest.add_head(id, **packet, is_whole(rules, id));
        const auto size = static_cast<std::size_t>((*packet)->size);
        if (!skims_media)
            hash.update(std::span<const std::uint8_t>((*packet)->data, size));
        else if (auto ok = add_data(hash, window, static_cast<std::uint64_t>((*packet)->pos), size); !ok)
            return fail(ok.error());
        if (progress && (*packet)->pos > 0 &&
            !progress(static_cast<double>((*packet)->pos) / static_cast<double>(source.size())))
            return fail(ErrorCode::unavailable, "stopped on request; nothing was changed");
    }
    return digest.finish(kept_parameters(kept->demuxer(), rules));
}

} // namespace ombud::media
