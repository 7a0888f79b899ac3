#include "outgoing/networks.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace ombud::outgoing {
namespace {

constexpr unsigned mapped_bits = 96; ///< the prefix of IPv4 in IPv6

bool is_mapped(const Address& address) {
    return std::all_of(address.begin(), address.begin() + 10, [](auto byte) { return byte == 0; }) &&
           address[10] == 0xff && address[11] == 0xff;
}

Address mapped(const void* ipv4) {
    Address address{};
    address[10] = address[11] = 0xff;
    std::memcpy(address.data() + 12, ipv4, 4);
    return address;
}

std::vector<Network> networks(std::initializer_list<const char*> texts) {
    std::vector<Network> list;
    for (const char* text : texts)
        list.push_back(parse_network(text).value());
    return list;
}

bool any_contains(const std::vector<Network>& list, const Address& address) {
    return std::any_of(list.begin(), list.end(), [&](const Network& one) { return one.contains(address); });
}

} // namespace

Result<Address> parse_address(std::string_view text) {
    const std::string copy(text);
    in_addr four{};
    if (inet_pton(AF_INET, copy.c_str(), &four) == 1)
        return mapped(&four);
    Address six{};
    if (inet_pton(AF_INET6, copy.c_str(), six.data()) == 1)
        return six;
    return fail(ErrorCode::invalid_input, "'" + copy + "' is not an IPv4 or IPv6 address");
}

bool Network::contains(const Address& other) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), other.begin()))
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (address[whole] >> (8 - rest)) == (other[whole] >> (8 - rest));
}

Result<Network> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address)
        return fail(address.error());
    const unsigned prefix = is_mapped(*address) ? mapped_bits : 0;
    if (slash == std::string_view::npos)
        return Network{*address, 128};
    unsigned bits = 0;
    const auto number = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
    if (error != std::errc{} || end != number.data() + number.size() || bits > 128 - prefix)
        return fail(ErrorCode::invalid_input, "'" + std::string(text) + "': the bits behind '/' are not in 0.." +
                                                  std::to_string(128 - prefix));
    return Network{*address, bits + prefix};
}

const std::vector<Network>& site_networks() {
    static const auto list =
        networks({"127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"});
    return list;
}

bool is_public(const Address& address) {
    static const auto never =
        networks({"0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
                  "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"});
    // Of IPv6 only what is handed out, less what stands for something else.
    static const auto unicast = networks({"2000::/3"});
    static const auto translated = networks({"2001::/23", "2001:db8::/32", "2002::/16"});
    if (any_contains(site_networks(), address))
        return false;
    if (is_mapped(address))
        return !any_contains(never, address);
    return any_contains(unicast, address) && !any_contains(translated, address);
}

bool is_public(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, address, sizeof four);
        return is_public(mapped(&four.sin_addr));
    }
    if (address->sa_family != AF_INET6)
        return false;
    sockaddr_in6 six{};
    std::memcpy(&six, address, sizeof six);
    Address bytes{};
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return is_public(bytes);
}

} // namespace ombud::outgoing
