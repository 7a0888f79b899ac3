#pragma once
// Made-up media packets: in the forms that codecs have, with lengths that lie, and plain noise.

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <ombud/packet.h>

namespace ombud::conformance {

/// Zero bytes that a host has readable behind a packet's data (ombud/packet.h).
inline constexpr std::size_t packet_padding = 64;

struct MadeUpPacket {
    ombud_packet packet{};               ///< whole but for the pointers of `data` and `extradata`
    std::vector<std::uint8_t> data;      ///< with its padding
    std::vector<std::uint8_t> extradata; ///< has none
};

/// Thread  one. The same seed and the same number of calls give the same packet.
class PacketSampler {
  public:
    explicit PacketSampler(std::uint64_t seed) : random_(seed) {}
    MadeUpPacket next();

  private:
    using Bytes = std::vector<std::uint8_t>;
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    void noise(Bytes& to, std::size_t count);
    std::uint64_t length_of(std::size_t really, unsigned bits);
    std::int64_t odd_time();
    Bytes annex_b();
    Bytes length_prefixed();
    Bytes adts();
    Bytes obu();
    Bytes jpeg();
    Bytes content();
    Bytes configuration();

    std::mt19937_64 random_;
};

} // namespace ombud::conformance
