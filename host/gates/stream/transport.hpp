#pragma once
// The Transport header: how the packets of one track travel.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/result.hpp"

namespace ombud::stream {

/// Two consecutive numbers of channels or ports: RTP and RTCP.
struct Pair {
    std::uint16_t rtp = 0, rtcp = 0;
    friend bool operator==(const Pair&, const Pair&) = default;
};

/// One of the ways that a Transport header offers or confirms.
struct Transport {
    enum class Carrier { interleaved, udp } carrier = Carrier::interleaved;
    std::string profile = "RTP/AVP"; ///< "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"
    std::optional<Pair> channels;    ///< interleaved=; each 0 to 255
    std::optional<Pair> client_ports, server_ports; ///< each 1 to 65535
    std::vector<std::pair<std::string, std::string>> others; ///< mode, ssrc and unknown ones; a name alone has no value

    [[nodiscard]] std::string text() const;
};

/// The ways that a header tells and that the gate can carry (unicast, RTP over UDP or interleaved), in its order. Others
/// (multicast, SCTP, a destination elsewhere) are left out.
/// Errors  invalid_input  a number that is none or out of range, more than 16 ways, more than 2 kB
/// Source  RFC 2326, section 12.39
Result<std::vector<Transport>> parse_transport(std::string_view header);

} // namespace ombud::stream
