#include "gates/stream/metadata_rewriter.hpp"

#include <algorithm>
#include <array>

namespace ombud::stream {
namespace {

constexpr std::size_t head_bytes = 12;

std::uint16_t sequence_of(std::span<const std::uint8_t> packet) {
    return static_cast<std::uint16_t>(packet[2] << 8 | packet[3]);
}
std::uint32_t timestamp_of(std::span<const std::uint8_t> packet) {
    return std::uint32_t{packet[4]} << 24 | std::uint32_t{packet[5]} << 16 | std::uint32_t{packet[6]} << 8 | packet[7];
}

/// What an RTP packet carries, behind contributing sources and an extension, before padding; nothing: it is none.
std::optional<std::span<const std::uint8_t>> payload_of(std::span<const std::uint8_t> packet) {
    if (packet.size() < head_bytes || packet[0] >> 6 != 2)
        return std::nullopt;
    std::size_t begin = head_bytes + std::size_t{packet[0] & 0x0fu} * 4, end = packet.size();
    if ((packet[0] & 0x10u) != 0) {
        if (begin + 4 > end)
            return std::nullopt;
        begin += 4 + (std::size_t{packet[begin + 2]} << 8 | packet[begin + 3]) * 4;
    }
    if ((packet[0] & 0x20u) != 0) {
        if (packet.back() == 0 || packet.back() > end)
            return std::nullopt;
        end -= packet.back();
    }
    if (begin > end)
        return std::nullopt;
    return packet.subspan(begin, end - begin);
}

} // namespace

std::span<const MetadataRewriter::Packet> MetadataRewriter::packets(std::size_t number, std::span<const std::uint8_t> packet) {
    packets_.clear();
    const auto payload = payload_of(packet);
    if (!payload) {
        ++refused_;
        return {};
    }
    Track& track = tracks_[number];
    const std::uint16_t sequence = sequence_of(packet);
    const bool follows = track.last && sequence == static_cast<std::uint16_t>(*track.last + 1);
    const bool ends = (packet[1] & 0x80u) != 0;
    if (track.last && !follows)
        track.is_broken = true;
    if (!track.document.empty() && track.timestamp != timestamp_of(packet))
        track.is_broken = true; // the one before never ended
    if (track.is_broken && payload->size() >= 1 && (*payload)[0] == '<' && track.document.empty())
        track.is_broken = false; // a first packet, or the first after a loss: what is only part of a document is no XML
    track.last = sequence;
    track.timestamp = timestamp_of(packet);
    if (track.document.size() + payload->size() > metadata::document_bytes_max)
        track.is_broken = true;
    if (!track.is_broken)
        track.document.append(reinterpret_cast<const char*>(payload->data()), payload->size());
    if (!ends) {
        if (track.is_broken)
            track.document.assign(1, ' '); // something was here: what follows is not a beginning
        return {};
    }
    const metadata::Pseudonyms* names = pseudonyms();
    if (track.is_broken || names == nullptr)
        ++refused_;
    else if (const auto document = metadata::pseudonymise(track.document, *names))
        write(track, *document, packet.first(head_bytes));
    else
        ++refused_;
    track.document.clear();
    track.is_broken = false; // behind a document's end one begins
    return packets_;
}

void MetadataRewriter::write(Track& track, const std::string& document, std::span<const std::uint8_t> head) {
    if (!track.next)
        track.next = sequence_of(head);
    for (std::size_t at = 0; at < document.size(); at += payload_bytes_max) {
        const std::size_t size = std::min(payload_bytes_max, document.size() - at);
        Packet packet(head.begin(), head.end());
        packet[0] = 0x80;
        packet[1] = static_cast<std::uint8_t>((head[1] & 0x7fu) | (at + size == document.size() ? 0x80u : 0u));
        packet[2] = static_cast<std::uint8_t>(*track.next >> 8);
        packet[3] = static_cast<std::uint8_t>(*track.next & 0xff);
        *track.next = static_cast<std::uint16_t>(*track.next + 1);
        packet.insert(packet.end(), document.begin() + static_cast<std::ptrdiff_t>(at), document.begin() + static_cast<std::ptrdiff_t>(at + size));
        packets_.push_back(std::move(packet));
    }
}

std::span<const std::uint8_t> MetadataRewriter::frames(std::size_t track, std::uint8_t channel, std::span<const std::uint8_t> packet) {
    Packet all;
    for (const Packet& one : packets(track, packet)) {
        const std::array<std::uint8_t, 4> head{'$', channel, static_cast<std::uint8_t>(one.size() >> 8), static_cast<std::uint8_t>(one.size() & 0xff)};
        all.insert(all.end(), head.begin(), head.end());
        all.insert(all.end(), one.begin(), one.end());
    }
    if (all.empty())
        return {};
    return frames_.emplace_back(std::move(all));
}

void MetadataRewriter::leave() {
    tracks_.clear();
    frames_.clear();
    pseudonyms_.reset();
    refused_ = 0;
}

const metadata::Pseudonyms* MetadataRewriter::pseudonyms() {
    const std::int64_t now = clock_.mono_ns();
    if (!pseudonyms_ || now >= until_mono_ns_) {
        pseudonyms_.reset();
        if (auto made = metadata::Pseudonyms::make())
            pseudonyms_ = *made;
        until_mono_ns_ = now + pseudonyms_ns;
    }
    return pseudonyms_ ? &*pseudonyms_ : nullptr;
}

} // namespace ombud::stream
