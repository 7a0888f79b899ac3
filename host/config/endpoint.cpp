#include "config/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "config/values.hpp"

namespace ombud::config {
namespace {

constexpr auto none = std::string_view::npos;

bool is_ipv4(std::string_view text) {
    in_addr address{};
    return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool is_ipv6(std::string_view text) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

/// 0 to 65535 without sign or leading zero.
std::optional<std::int64_t> parse_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0') || text.front() == '-')
        return std::nullopt;
    const auto port = parse_integer(text);
    return port && *port <= 65'535 ? port : std::nullopt;
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
           std::ranges::all_of(host, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

/// Characters that a URL holds unescaped (RFC 3986), but for '#', '[' and ']'.
bool is_url_text(std::string_view text) {
    constexpr std::string_view marks = "-._~:/?@!$&'()*+,;=%";
    return std::ranges::all_of(
        text, [&](char c) { return is_letter_or_digit(c) || marks.find(c) != std::string_view::npos; });
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

/// The first parameter of a query whose name says that it is a secret; empty: there is none.
std::string secret_parameter(std::string_view query) {
    constexpr std::array<std::string_view, 17> secrets{
        "access_token", "api_key", "apikey", "auth", "authorization", "key",   "loginpas", "pass", "passwd",
        "password",     "pwd",     "secret", "sig",  "signature",     "token", "user",     "usr"};
    for (std::size_t begin = 0; begin < query.size();) {
        const auto end = std::min(query.find_first_of("&;", begin), query.size());
        const auto parameter = query.substr(begin, end - begin);
        const auto name = lower_case(parameter.substr(0, parameter.find('=')));
        if (std::ranges::find(secrets, name) != secrets.end())
            return name;
        begin = end + 1;
    }
    return {};
}

/// A URL's parts, as far as they are there.
struct UrlParts {
    std::string_view scheme, authority, path, query;
};

std::optional<UrlParts> split_url(std::string_view text) {
    const auto scheme_end = text.find("://");
    if (scheme_end == none)
        return std::nullopt;
    UrlParts parts{text.substr(0, scheme_end), text.substr(scheme_end + 3), {}, {}};
    if (const auto question = parts.authority.find('?'); question != none) {
        parts.query = parts.authority.substr(question + 1);
        parts.authority = parts.authority.substr(0, question);
    }
    if (const auto slash = parts.authority.find('/'); slash != none) {
        parts.path = parts.authority.substr(slash);
        parts.authority = parts.authority.substr(0, slash);
    }
    return parts;
}

/// The host without brackets; empty: host or port are none.
std::string_view host_of(std::string_view authority) {
    const bool is_bracketed = authority.starts_with('[');
    const auto host_end = is_bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
    if (host_end == none)
        return {};
    const auto host = authority.substr(is_bracketed ? 1 : 0, host_end - (is_bracketed ? 1 : 0));
    const auto behind = authority.substr(host_end + (is_bracketed ? 1 : 0));
    if (is_bracketed ? !is_ipv6(host) : !is_host_name(host))
        return {};
    if (behind.empty())
        return host;
    const auto port = behind.front() == ':' ? parse_port(behind.substr(1)) : std::nullopt;
    return port && *port > 0 ? host : std::string_view();
}

bool is_loopback(std::string_view host) {
    return host == "::1" || lower_case(host) == "localhost" || (host.starts_with("127.") && is_ipv4(host));
}

} // namespace

bool is_listen_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == none || !parse_port(text.substr(colon + 1)))
        return false;
    const auto address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']') && address.size() > 2)
        return is_ipv6(address.substr(1, address.size() - 2));
    return is_ipv4(address);
}

bool is_socket_path(std::string_view text) {
    return text.size() > 1 && text.size() <= socket_path_bytes_max && text.front() == '/' && text.back() != '/' &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::optional<std::string> url_problem(std::string_view text, const UrlRule& rule) {
    const auto parts = split_url(text);
    // Asked first, and wherever it stands: a text with a password in it is not repeated below.
    if (text.find('@') != none)
        return "holds '@': a user and password do not belong into it, name them by user=\"…\" and "
               "secret-file=\"PATH\"; in a path write %40";
    if (const auto name = parts ? secret_parameter(parts->query) : std::string(); !name.empty())
        return "holds a secret, its parameter " + in_quotes(name) + "; secrets come from secret-file=\"PATH\" alone";
    const std::string shown = text.find('?') == none ? in_quotes(text) + " " : std::string();
    const std::string wanted = std::string(rule.encrypted) + ":// or " + std::string(rule.plain) +
                               "://, a host, perhaps a port of 1 to 65535, such as " + std::string(rule.example);
    if (!parts || (parts->scheme != rule.encrypted && parts->scheme != rule.plain))
        return shown + "is not " + wanted;
    if (text.find('#') != none)
        return shown + "has a fragment ('#'), which would never be sent";
    const auto host = host_of(parts->authority);
    if (host.empty())
        return shown + "is not " + wanted;
    if (!is_url_text(parts->path) || !is_url_text(parts->query))
        return shown + "holds a blank or another character that must be written as %XX";
    if (rule.is_host_alone && (text.find('?') != none || (!parts->path.empty() && parts->path != "/")))
        return shown + "has a path; it is host and port alone, such as " + std::string(rule.example);
    if (rule.is_plain_for_loopback && parts->scheme == rule.plain && !is_loopback(host))
        return shown + "is not encrypted; use " + std::string(rule.encrypted) + "://, or " + std::string(rule.plain) +
               ":// to this machine itself (127.0.0.1, [::1], localhost)";
    return std::nullopt;
}

bool is_encrypted(std::string_view url, const UrlRule& rule) {
    return url.starts_with(std::string(rule.encrypted) + "://");
}

bool is_country(std::string_view code) {
    constexpr std::string_view assigned =
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
        "BZ "
        "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM "
        "FO "
        "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT "
        "JE "
        "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN "
        "MO "
        "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT "
        "PW "
        "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL "
        "TM "
        "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";
    return code.size() == 2 && code.find(' ') == none && assigned.find(code) != none;
}

} // namespace ombud::config
