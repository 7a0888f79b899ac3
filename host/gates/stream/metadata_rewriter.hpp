#pragma once
// Metadata on its way to the viewer: documents are put together from their packets, pseudonymised, and sent on in packets of ours.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "events/clock.hpp"
#include "metadata/pseudonyms.hpp"

namespace ombud::stream {

/// The metadata tracks of one session. Every hour, and with every session, the pseudonyms are others. A document that is not whole,
/// not readable or too long does not pass; nothing of it does.
/// Thread  one at a time
/// Source  ONVIF Streaming Specification, section 5.1.2.1 (XML over RTP: the marker ends a document); RFC 3550
class MetadataRewriter {
  public:
    using Packet = std::vector<std::uint8_t>;
    static constexpr std::int64_t pseudonyms_ns = 3600LL * 1'000'000'000;
    static constexpr std::size_t payload_bytes_max = 1400;

    explicit MetadataRewriter(const Clock& clock) : clock_(clock) {}

    /// Takes one RTP packet of the camera's.
    /// @return RTP packets that go in its place: none until the document is whole. Valid until the next call
    std::span<const Packet> packets(std::size_t track, std::span<const std::uint8_t> packet);
    /// The same as interleaved frames for the viewer's channel, one behind the other. Valid until `forget`.
    std::span<const std::uint8_t> frames(std::size_t track, std::uint8_t channel, std::span<const std::uint8_t> packet);
    void forget() { frames_.clear(); }
    /// The session at the camera is over.
    void leave();
    /// Documents that did not pass, since `leave`.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

  private:
    struct Track {
        std::string document;
        std::uint32_t timestamp = 0;
        std::optional<std::uint16_t> last; // the camera's sequence number
        bool is_broken = true;             // until a document begins of which we know that it does
        std::optional<std::uint16_t> next; // ours
    };
    const metadata::Pseudonyms* pseudonyms();
    void write(Track& track, const std::string& document, std::span<const std::uint8_t> head);

    const Clock& clock_;
    std::optional<metadata::Pseudonyms> pseudonyms_;
    std::int64_t until_mono_ns_ = 0;
    std::map<std::size_t, Track> tracks_;
    std::vector<Packet> packets_;
    std::vector<Packet> frames_; // each of them one document's: addresses stay while others join
    std::uint64_t refused_ = 0;
};

} // namespace ombud::stream
