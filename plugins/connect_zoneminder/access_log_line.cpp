#include "access_log_line.hpp"

#include "server_text.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <ctime>
#include <map>

namespace ombud::zoneminder {
namespace json = boost::json;

namespace {

int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/// The byte of two hexadecimal digits; empty: they are none.
std::optional<char> hex_byte(std::string_view digits) {
    if (digits.size() < 2 || hex_digit(digits[0]) < 0 || hex_digit(digits[1]) < 0)
        return std::nullopt;
    return static_cast<char>(hex_digit(digits[0]) * 16 + hex_digit(digits[1]));
}

/// Takes back how Apache writes bytes that would break a line: \" \\ \n \t … and \xhh.
std::string without_escapes(std::string_view text) {
    constexpr std::string_view letters = "bnrtv", bytes = "\b\n\r\t\v";
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            plain += text[i];
            continue;
        }
        const char next = text[++i];
        const auto letter = letters.find(next);
        if (const auto byte = next == 'x' ? hex_byte(text.substr(i + 1)) : std::nullopt) {
            plain += *byte;
            i += 2;
        } else {
            plain += letter == std::string_view::npos ? next : bytes[letter];
        }
    }
    return plain;
}

std::string url_decoded(std::string_view text, bool plus_is_blank) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const auto byte = text[i] == '%' ? hex_byte(text.substr(i + 1)) : std::nullopt) {
            plain += *byte;
            i += 2;
        } else {
            plain += text[i] == '+' && plus_is_blank ? ' ' : text[i];
        }
    }
    return plain;
}

/// PHP's name of a parameter: leading blanks away, blanks and dots as '_', what is behind '[' an index, cut at NUL.
std::string php_name(std::string name) {
    name.erase(0, name.find_first_not_of(' '));
    name.resize(std::min(name.find('\0'), name.size()));
    const auto bracket = name.find('[');
    for (std::size_t i = 0; i < std::min(bracket, name.size()); ++i)
        if (name[i] == ' ' || name[i] == '.')
            name[i] = '_';
    return name.substr(0, bracket);
}

/// As $_GET has it: of several of one name the last.
std::map<std::string, std::string> php_query(std::string_view query) {
    std::map<std::string, std::string> parameters;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const auto equals = pair.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        std::string name = php_name(url_decoded(pair.substr(0, equals), true));
        if (!name.empty())
            parameters.insert_or_assign(std::move(name), url_decoded(value, true));
    }
    return parameters;
}

/// The recordings of an export: eids=1, eids[]=1, eids[x]=1, or id=1 where there are none.
std::vector<std::uint64_t> recordings_of(std::string_view query) {
    constexpr std::size_t recordings_max = 4096;
    std::vector<std::uint64_t> by_eids, by_id;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        const std::string name = php_name(url_decoded(pair.substr(0, equals), true));
        auto& ids = name == "eids" ? by_eids : by_id;
        const std::string value = url_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
        std::uint64_t id = 0;
        const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), id);
        if ((name == "eids" || name == "id") && error == std::errc() && stop != value.data() && ids.size() < recordings_max)
            ids.push_back(id);
    }
    return by_eids.empty() ? by_id : by_eids;
}

/// "22/Nov/2026:04:24:09 +0000"
std::optional<std::int64_t> parse_time(std::string_view text) {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::string_view shape = "00/AAA/0000:00:00:00 +0000";
    if (text.size() != shape.size())
        return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool fits = shape[i] == '0'   ? text[i] >= '0' && text[i] <= '9'
                          : shape[i] == 'A' ? true
                          : shape[i] == '+' ? text[i] == '+' || text[i] == '-'
                                            : text[i] == shape[i];
        if (!fits)
            return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t digits) {
        int value = 0;
        for (const char c : text.substr(at, digits))
            value = value * 10 + (c - '0');
        return value;
    };
    std::tm parts{};
    while (parts.tm_mon < 12 && months.at(static_cast<std::size_t>(parts.tm_mon)) != text.substr(3, 3))
        ++parts.tm_mon;
    if (parts.tm_mon == 12)
        return std::nullopt;
    parts.tm_mday = number(0, 2);
    parts.tm_year = number(7, 4) - 1900;
    parts.tm_hour = number(12, 2);
    parts.tm_min = number(15, 2);
    parts.tm_sec = number(18, 2);
    const int offset_s = (number(22, 2) * 60 + number(24, 2)) * 60;
    return static_cast<std::int64_t>(timegm(&parts)) - (text[21] == '-' ? -offset_s : offset_s);
}

/// The name inside a JSON Web Token. That it is genuine ZoneMinder has checked, or its answer was no success.
std::string user_of_token(std::string_view token) {
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos)
        return {};
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : token.substr(first + 1, second - first - 1)) {
        const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                          : c >= 'a' && c <= 'z' ? c - 'a' + 26
                          : c >= '0' && c <= '9' ? c - '0' + 52
                          : c == '-' || c == '+' ? 62
                          : c == '_' || c == '/' ? 63
                                                 : -1;
        if (value < 0)
            return {};
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
        if ((count += 6) >= 8)
            bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
    }
    json::error_code error;
    const json::value claims = json::parse(bytes, error);
    const auto* object = error ? nullptr : claims.if_object();
    const auto* user = object ? object->if_contains("user") : nullptr;
    return user && user->is_string() ? to_utf8(std::string(user->get_string())) : std::string();
}

bool is_empty(const std::string& text) { // as PHP has it
    return text.empty() || text == "0";
}

/// ZoneMinder's detaintPath(): what it makes of view and request. Taking away "../" until there is none is the same in
/// any order, so one pass does.
std::string detainted(std::string_view path) {
    constexpr std::string_view up = "../";
    std::string plain;
    for (const char c : path) {
        plain += c;
        if (plain.size() >= up.size() && plain.compare(plain.size() - up.size(), up.size(), up) == 0)
            plain.resize(plain.size() - up.size());
    }
    return plain.substr(std::min(plain.find_first_not_of('/'), plain.size()));
}

void tell_who(LoggedAct& act, const std::map<std::string, std::string>& query, bool is_post) {
    const auto value = [&](const char* name) {
        const auto found = query.find(name);
        return found == query.end() ? std::string() : found->second;
    };
    act.who = LoggedAct::Who::session;
    if (!is_empty(value("token")))
        act.user = user_of_token(value("token"));
    else if (!is_empty(value("username")) && !is_empty(value("password")))
        act.user = to_utf8(value("username"));
    else if (is_empty(value("auth")))
        return;
    // A POST's body comes before its address.
    act.who = is_post || act.user.empty() ? LoggedAct::Who::unknown : LoggedAct::Who::named;
    if (act.who == LoggedAct::Who::unknown)
        act.user.clear();
}

/// The next word of a line; the line begins behind it then.
std::string_view take_word(std::string_view& line) {
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

std::int64_t to_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && stop == text.data() + text.size() ? value : 0;
}

} // namespace

std::optional<LoggedAct> export_act_of(std::string_view line) {
    if (line.size() > line_bytes_max)
        return std::nullopt;
    // The account behind the client's name may hold anything but a bare quote, which Apache escapes.
    const auto head_end = line.find("] \"");
    const auto time_begin = head_end == std::string_view::npos ? head_end : line.rfind('[', head_end);
    if (time_begin == std::string_view::npos)
        return std::nullopt;
    LoggedAct act;
    const auto utc_s = parse_time(line.substr(time_begin + 1, head_end - time_begin - 1));
    std::string_view head = line.substr(0, time_begin);
    act.client = take_word(head);
    if (act.client.find(':') != std::string::npos && head.substr(0, 2) != "- ") // vhost:port before it
        act.client = take_word(head);
    const auto request_begin = head_end + 3;
    auto request_end = request_begin;
    while (request_end < line.size() && line[request_end] != '"')
        request_end += line[request_end] == '\\' ? 2U : 1U;
    if (!utc_s || request_end >= line.size())
        return std::nullopt;
    act.utc_s = *utc_s;
    std::string_view tail = line.substr(request_end + 1);
    if (take_word(tail) != "")
        return std::nullopt;
    const auto status = take_word(tail);
    if (status.size() != 3 || status.front() != '2')
        return std::nullopt;
    act.bytes = std::max<std::int64_t>(to_number(take_word(tail)), 0);

    const std::string request = without_escapes(line.substr(request_begin, request_end - request_begin));
    std::string_view rest = request;
    const auto method = take_word(rest);
    const auto target = rest.substr(0, rest.rfind(' '));
    const auto mark = target.find('?');
    const std::string path = url_decoded(target.substr(0, mark), false);
    if (mark == std::string_view::npos || method == "HEAD" || method == "OPTIONS" ||
        (path.find("/index.php") == std::string::npos && (path.empty() || path.back() != '/')))
        return std::nullopt;
    const auto query = php_query(target.substr(mark + 1));
    const auto value = [&](const char* name) {
        const auto found = query.find(name);
        return found == query.end() ? std::string() : found->second;
    };
    const std::string action = value("action");
    const std::string connkey = value("connkey");
    if (const std::string asked = detainted(value("request")); !asked.empty()) {
        if (asked != "event" || (action != "export" && action != "download"))
            return std::nullopt;
        act.by_download = action == "download";
        const std::string root = act.by_download || is_empty(value("exportFile")) ? "zmExport" : value("exportFile");
        act.archive = root + (is_empty(connkey) ? "" : "_" + connkey);
        act.recordings = recordings_of(target.substr(mark + 1));
        if (act.archive.find('/') != std::string::npos) {
            act.beyond = act.archive;
            act.archive.erase(0, act.archive.rfind('/') + 1);
        }
    } else if (detainted(value("view")) == "archive") {
        act.kind = LoggedAct::Kind::fetch;
        act.archive = query.count("file") != 0 ? value("file") : "zmExport_" + connkey + "." + value("type");
        std::erase(act.archive, '/');
    } else {
        return std::nullopt;
    }
    if (act.archive.empty())
        return std::nullopt;
    tell_who(act, query, method == "POST");
    return act;
}

} // namespace ombud::zoneminder
