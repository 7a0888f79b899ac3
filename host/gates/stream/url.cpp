#include "gates/stream/url.hpp"

#include <algorithm>

#include "events/printable.hpp"
#include "gates/stream/rtsp.hpp"

namespace ombud::stream {
namespace {

constexpr std::size_t url_bytes_max = 2000;

struct Authority {
    std::string_view host, port; // port empty: none told
};

Result<Authority> split_authority(std::string_view text) {
    Authority authority{text, {}};
    std::size_t colon = std::string_view::npos;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return fail(ErrorCode::invalid_input, "\"" + printable(text) + "\" lacks a closing bracket");
        authority.host = text.substr(1, end - 1);
        if (end + 1 < text.size() && text[end + 1] != ':')
            return fail(ErrorCode::invalid_input, "\"" + printable(text) + "\" has more than a port behind its bracket");
        colon = end + 1 < text.size() ? end + 1 : colon;
    } else {
        colon = text.find(':');
        authority.host = text.substr(0, colon);
    }
    if (colon != std::string_view::npos)
        authority.port = text.substr(colon + 1);
    if (authority.host.empty())
        return fail(ErrorCode::invalid_input, "\"" + printable(text) + "\" has no host");
    return authority;
}

} // namespace

Result<Url> parse_url(std::string_view text) {
    const auto bad = [text](const std::string& why) {
        return fail(ErrorCode::invalid_input, "\"" + printable(text.substr(0, 100)) + "\" " + why);
    };
    if (text.size() > url_bytes_max)
        return bad("is longer than " + std::to_string(url_bytes_max) + " bytes");
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; }))
        return bad("holds a space or a character that is not ASCII");
    const std::size_t mark = text.find("://");
    const std::string scheme = lower(text.substr(0, mark));
    if (mark == std::string_view::npos || (scheme != "rtsp" && scheme != "rtsps" && scheme != "rtspu"))
        return bad("is not rtsp:// or rtsps://");
    std::string_view rest = text.substr(mark + 3);
    const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
    if (rest.substr(0, slash).find('@') != std::string_view::npos)
        return bad("holds a user; name it beside the URL");
    const auto authority = split_authority(rest.substr(0, slash));
    if (!authority)
        return fail(authority.error());
    Url url;
    url.is_tls = scheme == "rtsps";
    url.host = authority->host;
    url.port = url.is_tls ? 322 : 554;
    if (!authority->port.empty()) {
        const auto port = parse_number(authority->port, 5);
        if (!port || *port < 1 || *port > 65'535)
            return bad("has a port that is not 1 to 65535");
        url.port = static_cast<std::uint16_t>(*port);
    }
    url.path = rest.substr(slash);
    url.origin = text.substr(0, mark + 3 + slash);
    return url;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto authority = split_authority(text);
    if (!authority)
        return fail(authority.error());
    const auto port = parse_number(authority->port, 5);
    if (!port || *port > 65'535)
        return fail(ErrorCode::invalid_input, "\"" + printable(text.substr(0, 100)) + "\" is not ADDRESS:PORT, e.g. 127.0.0.1:8554");
    return Endpoint{std::string(authority->host), static_cast<std::uint16_t>(*port)};
}

std::string resolve_control(std::string_view base, std::string_view control) {
    if (control.empty() || control == "*")
        return std::string(base);
    if (control.find("://") != std::string_view::npos)
        return std::string(control);
    std::string url(base);
    if (!url.ends_with('/'))
        url += '/';
    if (control.starts_with('/'))
        control.remove_prefix(1);
    return url.append(control);
}

} // namespace ombud::stream
