#include "conformance/packet_sampler.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace ombud::conformance {
namespace {

using Bytes = std::vector<std::uint8_t>;

void big_endian(Bytes& to, std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i > 0; --i)
        to.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
}

} // namespace

void PacketSampler::noise(Bytes& to, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        to.push_back(static_cast<std::uint8_t>(random_()));
}

// What a length field says of so many bytes: mostly the truth, else too few, too many, none, or all that fits.
std::uint64_t PacketSampler::length_of(std::size_t really, unsigned bits) {
    const std::uint64_t most = (std::uint64_t{1} << bits) - 1;
    switch (below(8)) {
    case 0: return 0;
    case 1: return most;
    case 2: return std::min<std::uint64_t>(really + 1 + below(70), most); // just behind the padding, too
    case 3: return below(most) + 1;
    default: return std::min<std::uint64_t>(really, most);
    }
}

std::int64_t PacketSampler::odd_time() {
    constexpr std::array<std::int64_t, 6> times{0, 1, -1, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                                                std::int64_t{1} << 33};
    return below(2) == 0 ? times[below(times.size())] : static_cast<std::int64_t>(below(1'000'000));
}

// ITU-T H.264 and H.265, annex B: units behind start codes.
PacketSampler::Bytes PacketSampler::annex_b() {
    Bytes bytes;
    for (std::uint64_t units = below(5); units > 0; --units) {
        big_endian(bytes, 1, below(2) == 0 ? 3 : 4);
        noise(bytes, below(below(4) == 0 ? 2 : 120));
    }
    return bytes;
}

// ISO/IEC 14496-15: each unit behind its length.
PacketSampler::Bytes PacketSampler::length_prefixed() {
    Bytes bytes;
    const unsigned width = std::array<unsigned, 3>{1, 2, 4}[below(3)];
    for (std::uint64_t units = 1 + below(4); units > 0; --units) {
        const std::size_t size = below(width == 1 ? 200 : 300);
        big_endian(bytes, length_of(size, 8 * width), width);
        noise(bytes, size);
    }
    return bytes;
}

// ISO/IEC 13818-7: AAC behind a header with the frame's length in 13 bits.
PacketSampler::Bytes PacketSampler::adts() {
    const std::size_t size = below(200);
    const std::uint64_t length = length_of(7 + size, 13);
    Bytes bytes{0xff, 0xf1, static_cast<std::uint8_t>(random_())};
    big_endian(bytes, 0x80000000U | length << 13U | below(1U << 13U), 4);
    noise(bytes, size);
    return bytes;
}

// AV1: units with a size in groups of seven bits, whose last group may never come.
PacketSampler::Bytes PacketSampler::obu() {
    Bytes bytes;
    for (std::uint64_t units = 1 + below(3); units > 0; --units) {
        const std::size_t size = below(150);
        bytes.push_back(static_cast<std::uint8_t>(below(16) << 3U | 2U));
        if (below(6) == 0) {
            bytes.insert(bytes.end(), 1 + below(12), 0xff);
        } else {
            std::uint64_t left = length_of(size, 20);
            do {
                bytes.push_back(static_cast<std::uint8_t>((left & 0x7fU) | (left > 0x7f ? 0x80U : 0U)));
                left >>= 7U;
            } while (left > 0);
        }
        noise(bytes, size);
    }
    return bytes;
}

// ITU-T T.81: segments behind a marker and a length that counts itself.
PacketSampler::Bytes PacketSampler::jpeg() {
    Bytes bytes{0xff, 0xd8};
    for (std::uint64_t segments = below(4); segments > 0; --segments) {
        const std::size_t size = below(100);
        bytes.push_back(0xff);
        bytes.push_back(static_cast<std::uint8_t>(0xc0 + below(0x40)));
        big_endian(bytes, length_of(size + 2, 16), 2);
        noise(bytes, size);
    }
    return bytes;
}

PacketSampler::Bytes PacketSampler::content() {
    Bytes bytes;
    switch (below(8)) {
    case 0: break;
    case 1: noise(bytes, 1 + below(8)); break;
    case 2: noise(bytes, below(4096)); break;
    case 3: bytes = annex_b(); break;
    case 4: bytes = length_prefixed(); break;
    case 5: bytes = adts(); break;
    case 6: bytes = obu(); break;
    default: bytes = jpeg(); break;
    }
    if (!bytes.empty() && below(4) == 0)
        bytes.resize(below(bytes.size())); // cut off anywhere
    return bytes;
}

// A decoder's configuration: that of H.264, whose parameter sets have counts and lengths; or noise; or none.
PacketSampler::Bytes PacketSampler::configuration() {
    Bytes bytes;
    const std::uint64_t kind = below(4);
    if (kind == 0)
        noise(bytes, below(64));
    if (kind != 1)
        return bytes;
    bytes = {1, 100, 0, 31, static_cast<std::uint8_t>(0xfc | below(4)), static_cast<std::uint8_t>(0xe0 | below(32))};
    for (std::uint64_t sets = below(4); sets > 0; --sets) {
        const std::size_t size = below(40);
        big_endian(bytes, length_of(size, 16), 2);
        noise(bytes, size);
    }
    return bytes;
}

MadeUpPacket PacketSampler::next() {
    constexpr std::array<std::uint32_t, 7> codecs{0x31637661 /* avc1 */, 0x31637668 /* hvc1 */, 0x31307661 /* av01 */, 0x6134706d /* mp4a */,
                                                  0x67706a6d /* mjpg */, 0, 0xffffffff};
    constexpr std::array<std::int32_t, 5> bases{0, 1, -1, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    MadeUpPacket made;
    made.data = content();
    made.extradata = configuration();
    ombud_packet& packet = made.packet;
    packet.struct_size = sizeof packet;
    packet.codec_fourcc = codecs[below(codecs.size())];
    packet.flags = static_cast<std::uint32_t>(below(2) == 0 ? below(4) : random_());
    packet.track = static_cast<std::uint32_t>(below(2) == 0 ? below(3) : random_());
    packet.pts = odd_time();
    packet.dts = odd_time();
    packet.duration = odd_time();
    packet.tb_num = below(2) == 0 ? 1 : bases[below(bases.size())];
    packet.tb_den = below(2) == 0 ? 90'000 : bases[below(bases.size())];
    packet.capture_utc_ns = odd_time();
    for (std::uint8_t& byte : packet.stream.b)
        byte = static_cast<std::uint8_t>(random_());
    packet.handle = random_();
    packet.data.len = made.data.size();
    packet.extradata.len = made.extradata.size();
    made.data.resize(made.data.size() + packet_padding, 0);
    return made;
}

} // namespace ombud::conformance
