#include "media/mpegts.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace ombud::media {

namespace {

using Keep = TrackRule::Keep;
using Packet = std::span<const std::uint8_t>;

constexpr std::size_t packet_bytes = 188;
constexpr std::uint8_t sync_byte = 0x47;
constexpr std::uint32_t pat_pid = 0, reserved_pids_end = 0x20, null_pid = 0x1FFF;
constexpr std::size_t window_bytes = packet_bytes * 4096;

std::uint32_t pid_of(Packet packet) { return be16(packet, 1) & 0x1FFF; }
bool starts_unit(Packet packet) { return (packet[1] & 0x40) != 0; }
bool has_payload(Packet packet) { return (packet[3] & 0x10) != 0; }
bool has_adaptation(Packet packet) { return (packet[3] & 0x20) != 0; }
bool is_scrambled(Packet packet) { return (packet[3] & 0xC0) != 0; }
bool has_clock(Packet packet) { return has_adaptation(packet) && packet[4] >= 7 && (packet[5] & 0x10) != 0; }

std::size_t payload_at(Packet packet) {
    return std::min<std::size_t>(packet_bytes, has_adaptation(packet) ? 5U + packet[4] : 4U);
}

/// CRC of ISO/IEC 13818-1, annex A; 0 over a section with its own checksum.
std::uint32_t section_crc(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const std::uint8_t byte : bytes) {
        crc ^= std::uint32_t{byte} << 24;
        for (int bit = 0; bit < 8; ++bit)
            crc = crc << 1 ^ ((crc & 0x8000'0000) != 0 ? 0x04C1'1DB7 : 0);
    }
    return crc;
}

/// A table that lies in one packet, as those of recordings do.
struct Section {
    std::size_t at = 0; ///< in the packet
    std::span<const std::uint8_t> bytes;
};

/// @return  nothing when no sound table of this kind begins here
std::optional<Section> section_in(Packet packet, std::uint8_t table_id) {
    if (!starts_unit(packet) || !has_payload(packet))
        return std::nullopt;
    std::size_t at = payload_at(packet);
    if (at >= packet_bytes)
        return std::nullopt;
    at += 1U + packet[at];
    if (at + 12 > packet_bytes || packet[at] != table_id)
        return std::nullopt;
    const std::size_t length = 3U + (be16(packet, at + 1) & 0xFFF);
    if (length < 12 || at + length > packet_bytes || section_crc(packet.subspan(at, length)) != 0)
        return std::nullopt;
    return Section{at, packet.subspan(at, length)};
}

struct MapEntry {
    std::size_t at = 0; ///< in the section
    std::size_t length = 0;
    std::uint32_t pid = 0;
};

/// The elementary streams of a programme map.
std::vector<MapEntry> entries_of(const Section& map) {
    std::vector<MapEntry> entries;
    std::size_t at = 12U + (be16(map.bytes, 10) & 0xFFF);
    const std::size_t end = map.bytes.size() - 4;
    while (at + 5 <= end) {
        const std::size_t length = 5U + (be16(map.bytes, at + 3) & 0xFFF);
        if (at + length > end)
            break;
        entries.push_back({at, length, be16(map.bytes, at + 1) & 0x1FFFU});
        at += length;
    }
    return entries;
}

std::optional<std::int64_t> presentation_of(Packet packet) {
    const auto pes = packet.subspan(payload_at(packet));
    if (pes.size() < 14 || be32(pes, 0) >> 8 != 1 || (pes[7] & 0x80) == 0)
        return std::nullopt;
    return std::int64_t{pes[9] >> 1 & 7} << 30 | std::int64_t{be16(pes, 10) >> 1} << 15 | be16(pes, 12) >> 1;
}

/// Calls `visit(packet, offset)` for every whole packet.
template <class Visit>
Result<> for_each_packet(const ByteSource& source, const Visit& visit) {
    Window window(source, window_bytes);
    const std::uint64_t end = source.size() - source.size() % packet_bytes;
    for (std::uint64_t at = 0; at < end; at += packet_bytes) {
        auto packet = window.view(at, packet_bytes);
        if (!packet)
            return fail(packet.error());
        if ((*packet)[0] != sync_byte)
            return fail(ErrorCode::corrupt, "byte " + std::to_string(at) + ": no packet begins here; the stream is damaged");
        if (auto ok = visit(*packet, at); !ok)
            return fail(ok.error());
    }
    return {};
}

/// What a whole stream announces and carries.
struct Survey {
    std::set<std::uint32_t> maps;
    std::vector<ContainerTrack> tracks;
    std::map<std::uint32_t, std::int64_t> earliest; ///< presentation time by PID, for those that have one

    /// The recording's start: of the tracks that stay whole, so that it stays the same when another loses its beginning.
    [[nodiscard]] std::int64_t origin(const Rules& rules) const {
        for (const bool only_whole : {true, false}) {
            std::optional<std::int64_t> origin;
            for (const auto& [pid, time] : earliest) {
                const auto rule = rules.find(pid);
                const bool counts = !only_whole || (rule != rules.end() && rule->second.keep == Keep::all);
                if (counts && (!origin || mpegts_distance(*origin, time) < 0))
                    origin = time;
            }
            if (origin)
                return *origin;
        }
        return 0;
    }

    [[nodiscard]] bool lists(std::uint32_t pid) const {
        return std::any_of(tracks.begin(), tracks.end(), [&](const ContainerTrack& track) { return track.id == pid; });
    }
};

Result<Survey> survey(const ByteSource& source) {
    Survey found;
    std::set<std::uint32_t> scrambled;
    std::set<std::uint32_t> carrying;
    struct Shown { std::int64_t first = 0, until = 0; }; // until: distance from the first
    std::map<std::uint32_t, Shown> shown;
    auto walked = for_each_packet(source, [&](Packet packet, std::uint64_t at) -> Result<> {
        const std::uint32_t pid = pid_of(packet);
        if (pid == null_pid || !has_payload(packet))
            return {};
        if (pid == pat_pid) {
            const auto section = section_in(packet, 0);
            for (std::size_t i = 8; section && i + 8 <= section->bytes.size(); i += 4)
                if (be16(section->bytes, i) != 0) // 0 names the network table
                    found.maps.insert(be16(section->bytes, i + 2) & 0x1FFFU);
            return {};
        }
        if (found.maps.contains(pid)) {
            const auto section = section_in(packet, 2);
            if (!section && starts_unit(packet))
                return fail(ErrorCode::refused, "byte " + std::to_string(at) +
                                                    ": a programme map is damaged or longer than one packet");
            if (section)
                for (const MapEntry& entry : entries_of(*section))
                    if (!found.lists(entry.pid))
                        found.tracks.push_back({entry.pid, false, {}, {}});
            return {};
        }
        if (pid < reserved_pids_end)
            return {};
        carrying.insert(pid);
        if (is_scrambled(packet))
            scrambled.insert(pid);
        const auto time = starts_unit(packet) ? presentation_of(packet) : std::nullopt;
        if (!time)
            return {};
        std::int64_t& earliest = found.earliest.try_emplace(pid, *time).first->second;
        if (mpegts_distance(earliest, *time) < 0)
            earliest = *time;
        Shown& times = shown.try_emplace(pid, Shown{*time, 0}).first->second;
        times.until = std::max(times.until, mpegts_distance(times.first, *time));
        return {};
    });
    if (!walked)
        return fail(walked.error());
    if (found.tracks.empty())
        return fail(ErrorCode::corrupt, "no programme map: the beginning of the recording is missing");
    for (const std::uint32_t pid : carrying)
        if (!found.lists(pid) && !found.maps.contains(pid))
            found.tracks.push_back({pid, false, {}, {}});
    for (ContainerTrack& track : found.tracks) {
        track.is_encrypted = scrambled.contains(track.id);
        if (const auto times = shown.find(track.id); times != shown.end())
            track.duration_ns = ticks_to_ns(times->second.until, 1, 90'000);
    }
    return found;
}

class Surgeon {
  public:
    Surgeon(const Survey& survey, const Rules& rules) : survey_(survey), rules_(rules) {
        surgery_.origin_ticks = survey.origin(rules);
        surgery_.has_filler = false;
    }

    Result<> visit(Packet packet, std::uint64_t at) {
        const std::uint32_t pid = pid_of(packet);
        if (survey_.maps.contains(pid))
            return shorten_map(packet, at);
        const auto rule = rules_.find(pid);
        if (rule == rules_.end() || rule->second.keep == Keep::all)
            return {};
        Progress& progress = progress_[pid];
        if (has_payload(packet) && starts_unit(packet)) {
            if (const auto time = presentation_of(packet))
                progress.time = *time;
            progress.keeps = rule->second.keeps(ticks_to_ns(
                mpegts_distance(surgery_.origin_ticks, progress.time.value_or(surgery_.origin_ticks)), 1, 90'000));
            surgery_.removed_packets += progress.keeps ? 0 : 1;
        }
        if (!progress.keeps)
            remove(packet, at, progress);
        else if (progress.dropped > 0)
            recount(packet, at, progress);
        return {};
    }

    Result<Surgery> finish(std::uint64_t file_bytes) {
        if (ranges_.empty() && surgery_.patches.empty())
            return Surgery{};
        // What stands after the last whole packet belongs to nobody, and might be sound.
        const std::uint64_t rest = file_bytes % packet_bytes;
        ranges_.push_back({file_bytes - rest, rest});
        for (const Range& range : coalesced(std::move(ranges_)))
            surgery_.cuts.push_back({range, {}, {}, {}});
        return std::move(surgery_);
    }

  private:
    struct Progress {
        std::optional<std::int64_t> time;
        bool keeps = false; ///< packets before the first start of a unit belong to nothing that could be judged
        std::uint8_t dropped = 0; ///< packets with payload taken out so far, modulo 16
    };

    Result<> shorten_map(Packet packet, std::uint64_t at) {
        const auto section = section_in(packet, 2);
        if (!section)
            return {};
        Bytes map(section->bytes.begin(), section->bytes.begin() + 12 + (be16(section->bytes, 10) & 0xFFF));
        bool is_shorter = false;
        for (const MapEntry& entry : entries_of(*section)) {
            const auto rule = rules_.find(entry.pid);
            if (rule != rules_.end() && rule->second.keep == Keep::none) {
                is_shorter = true;
                continue;
            }
            const auto bytes = section->bytes.subspan(entry.at, entry.length);
            map.insert(map.end(), bytes.begin(), bytes.end());
        }
        if (!is_shorter)
            return {};
        const std::size_t length = map.size() + 4 - 3;
        write_big_endian(std::span(map).subspan(1, 2), (be16(map, 1) & 0xF000U) | length);
        const std::uint32_t crc = section_crc(map);
        map.resize(map.size() + 4);
        write_big_endian(std::span(map).last(4), crc);
        // A second section could follow in the packet; stuffing ends the search for one, so it must be stuffing already.
        const auto after = packet.subspan(section->at + section->bytes.size());
        if (!after.empty() && after[0] != 0xFF)
            return fail(ErrorCode::refused, "byte " + std::to_string(at) + ": a packet holds more than a programme map");
        map.resize(section->bytes.size(), 0xFF);
        surgery_.patches.push_back({at + section->at, std::move(map)});
        return {};
    }

    void remove(Packet packet, std::uint64_t at, Progress& progress) {
        if (!has_clock(packet)) {
            if (has_payload(packet))
                progress.dropped = (progress.dropped + 1) & 15;
            ranges_.push_back({at, packet_bytes});
            return;
        }
        if (!has_payload(packet))
            return;
        // The programme's clock stays: a packet of nothing but an adaptation field with the six bytes of it.
        Bytes clock(packet.begin(), packet.begin() + 12);
        clock[1] &= 0xBF;
        const std::uint8_t before_it = (packet[3] - progress.dropped - 1) & 15;
        clock[3] = static_cast<std::uint8_t>(0x20 | before_it);
        clock[4] = packet_bytes - 5;
        clock[5] &= 0x90; // discontinuity and clock
        clock.resize(packet_bytes, 0xFF);
        progress.dropped = (progress.dropped + 1) & 15;
        surgery_.patches.push_back({at, std::move(clock)});
    }

    /// Keeps the count of packets without gaps, so that no reader takes a planned removal for loss.
    void recount(Packet packet, std::uint64_t at, const Progress& progress) {
        const std::uint8_t count = (packet[3] - progress.dropped) & 15;
        surgery_.patches.push_back({at + 3, {static_cast<std::uint8_t>((packet[3] & 0xF0) | count)}});
    }

    const Survey& survey_;
    const Rules& rules_;
    Surgery surgery_;
    std::vector<Range> ranges_;
    std::map<std::uint32_t, Progress> progress_;
};

} // namespace

bool looks_like_mpegts(std::span<const std::uint8_t> head) {
    if (head.size() < packet_bytes)
        return false;
    for (std::size_t at = 0; at < head.size(); at += packet_bytes)
        if (head[at] != sync_byte)
            return false;
    return true;
}

Result<std::vector<ContainerTrack>> list_mpegts_tracks(const ByteSource& source) {
    auto found = survey(source);
    if (!found)
        return fail(found.error());
    return std::move(found->tracks);
}

Result<Surgery> plan_mpegts_surgery(const ByteSource& source, const Rules& rules) {
    auto found = survey(source);
    if (!found)
        return fail(found.error());
    for (const ContainerTrack& track : found->tracks)
        if (!rules.contains(track.id))
            return fail(ErrorCode::refused, "track " + std::to_string(track.id) + " has no rule");
    Surgeon surgeon(*found, rules);
    auto walked = for_each_packet(source, [&](Packet packet, std::uint64_t at) { return surgeon.visit(packet, at); });
    if (!walked)
        return fail(walked.error());
    return surgeon.finish(source.size());
}

} // namespace ombud::media
