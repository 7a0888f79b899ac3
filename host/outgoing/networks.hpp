#pragma once
// Ranges of internet addresses: who may call, and where a POST may go.

#include "events/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace ombud::outgoing {

/// An address; IPv4 as ::ffff:a.b.c.d, so that both compare alike.
using Address = std::array<std::uint8_t, 16>;

/// Errors  invalid_input  not an IPv4 or IPv6 address
Result<Address> parse_address(std::string_view text);

struct Network {
    Address address{};
    unsigned bits = 128; ///< of 128; those of an IPv4 range are 96 and more
    [[nodiscard]] bool contains(const Address& other) const;
};

/// `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`.
/// Errors  invalid_input  no address, or more bits than it has
Result<Network> parse_network(std::string_view text);

/// Loopback, RFC 1918 and RFC 4193: what a site calls its own, unless it says otherwise.
const std::vector<Network>& site_networks();

/// Whether an address is one of the public internet: not the site's, not link-local, multicast, shared (RFC 6598), reserved,
/// documentation or a translation (NAT64, 6to4) of anything.
bool is_public(const Address& address);
/// The same of a socket's address; false for families other than IPv4 and IPv6.
bool is_public(const sockaddr* address);

} // namespace ombud::outgoing
