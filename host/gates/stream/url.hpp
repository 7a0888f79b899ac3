#pragma once
// rtsp:// and rtsps:// URLs: where a camera is, and what of the gate a viewer means.

#include <cstdint>
#include <string>
#include <string_view>

#include "events/result.hpp"

namespace ombud::stream {

struct Url {
    bool is_tls = false;
    std::string host; ///< a name or an address; IPv6 without brackets
    std::uint16_t port = 554;
    std::string path; ///< with its slash and query; may be empty

    /// "rtsp://HOST:PORT", as the URL gave it.
    std::string origin;
};

/// @param url  rtsp:// or rtsps://HOST[:PORT][/PATH]; default ports 554 and 322
/// Errors  invalid_input  another scheme, user info, no host, a port out of 1 to 65535, over 2000 bytes, control characters
Result<Url> parse_url(std::string_view url);

/// "ADDRESS:PORT" or "[ADDRESS]:PORT" to listen on; port 0: any free one.
struct Endpoint {
    std::string address;
    std::uint16_t port = 0;
};
Result<Endpoint> parse_endpoint(std::string_view text);

/// A control name of a description as a URL: absolute ones stay, "*" and nothing are the base, others are appended after a
/// slash, as cameras mean them (query strings included).
std::string resolve_control(std::string_view base, std::string_view control);

} // namespace ombud::stream
