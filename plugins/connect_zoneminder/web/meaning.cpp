#include "meaning.hpp"

#include <algorithm>
#include <array>

namespace ombud::zoneminder::web {
namespace {

constexpr std::size_t target_bytes_max = 8192;

void strange(Meaning& meaning, std::string why) {
    if (meaning.strange.empty())
        meaning.strange = std::move(why);
}

// RFC 3986's pchar, and what separates segments. Nothing else stands raw in an address.
bool is_path_char(char c) {
    constexpr std::string_view others = "-._~!$&'()*+,=:@%/<> ";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (others.find(c) != std::string_view::npos && c != ' ');
}

bool is_session_id(std::string_view text) {
    return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ',' || c == '-';
    });
}

// PHP takes the first of two, trims, and bends names: only the plain form is taken.
void read_cookie(Meaning& meaning, std::string_view cookie) {
    constexpr std::string_view session_name = "ZMSESSID";
    while (!cookie.empty()) {
        const auto end = cookie.find(';');
        auto part = cookie.substr(0, end);
        cookie.remove_prefix(end == std::string_view::npos ? cookie.size() : end + 1);
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        if (part.find(session_name) == std::string_view::npos)
            continue;
        const auto name = part.substr(0, part.find('='));
        if (name != session_name) {
            if (name.find(session_name) != std::string_view::npos)
                strange(meaning, "a cookie whose name PHP could take for the session's");
            continue;
        }
        const auto value = part.substr(std::min(part.size(), session_name.size() + 1));
        if (meaning.credentials.has_session || !is_session_id(value))
            return strange(meaning, "a session cookie that is given twice or malformed");
        meaning.credentials.has_session = true;
        meaning.credentials.session = value;
    }
}

bool has_suffix(std::string_view text, std::string_view suffix) {
    return text.size() > suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool is_static_name(std::string_view name) {
    constexpr std::array<std::string_view, 13> kinds{".css", ".js",   ".png",   ".svg", ".gif", ".jpg", ".ico",
                                                     ".ttf", ".woff", ".woff2", ".eot", ".map", ".mp3"};
    return std::any_of(kinds.begin(), kinds.end(), [&](std::string_view kind) { return has_suffix(name, kind); }) &&
           name.find(".php") == std::string_view::npos;
}

// The package's alias of /zm/cache serves ZoneMinder's merged scripts, and below them every recording, to anybody.
void read_cache(Meaning& meaning, std::string_view method, const std::vector<std::string>& segments) {
    if (segments.size() == 1 && is_static_name(segments[0]) && (method == "GET" || method == "HEAD")) {
        meaning.is_open = true;
        return;
    }
    meaning.act = "download";
    meaning.is_export = true;
    meaning.closed = "recordings are not fetched past ZoneMinder's pages";
    if (segments.size() > 2 && segments[0] == "events" && is_id(segments[1]))
        meaning.devices.push_back(segments[1]);
    // EVENTS/MONITOR/DAY/ID/…, or MONITOR/ID/… where the area is shallow.
    if (segments.size() >= 5 && is_id(segments[3]))
        meaning.recordings.push_back(segments[3]);
    else if (segments.size() == 4 && is_id(segments[2]))
        meaning.recordings.push_back(segments[2]);
}

void read_static(Meaning& meaning, std::string_view method, const std::vector<std::string>& segments) {
    constexpr std::array<std::string_view, 6> folders{"skins", "css", "js", "graphics", "fonts", "vendor"};
    const bool is_known = segments.size() > 1 && std::find(folders.begin(), folders.end(), segments[0]) != folders.end();
    const bool is_read = method == "GET" || method == "HEAD";
    if (is_read && ((is_known && is_static_name(segments.back())) ||
                    (segments.size() == 1 && (segments[0] == "robots.txt" || segments[0] == "favicon.ico"))))
        meaning.is_open = true;
    else
        strange(meaning, "a path that is none of ZoneMinder's pages");
}

bool has_form_type(std::string_view type) {
    constexpr std::string_view form = "application/x-www-form-urlencoded";
    if (type.substr(0, form.size()) != form)
        return false;
    type.remove_prefix(form.size());
    return type.empty() || type == "; charset=UTF-8" || type == "; charset=utf-8" || type == ";charset=UTF-8" ||
           type == ";charset=utf-8";
}

bool has_body_of_its_own(std::string_view method) { return method == "POST" || method == "PUT"; }

void take_credentials(Meaning& meaning, const Form& form) {
    meaning.credentials.token = form.text("token");
    meaning.credentials.auth = form.text("auth");
    if (form.has("ZMSESSID") || form.has("_method") || form.has("GLOBALS"))
        strange(meaning, "a parameter that ZoneMinder's pages have no use for");
    if ((form.has("token") && form.text("token").empty()) || (form.has("auth") && !form.text("auth").empty() && form.has("token")))
        strange(meaning, "two ways of saying who asks");
}

Result<std::vector<std::string>> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(1); // the slash
        const auto end = std::min(path.find('/'), path.size());
        const auto raw = path.substr(0, end);
        path.remove_prefix(end);
        if (raw.empty() && !path.empty())
            return fail(ErrorCode::invalid_input, "an empty part in the path");
        auto segment = decode(raw, false, false);
        if (!segment)
            return fail(segment.error());
        if (*segment == "." || *segment == ".." || segment->find_first_of("/\\%") != std::string::npos)
            return fail(ErrorCode::invalid_input, "a path that servers read differently");
        segments.push_back(std::move(*segment));
    }
    return segments;
}

void read_target(Meaning& meaning, const sdk::WebRequest& request, std::string_view prefix) {
    const std::string_view target = request.target;
    if (target.empty() || target.front() != '/' || target.size() > target_bytes_max)
        return strange(meaning, "an address that is empty, too long, or no path");
    const auto question = target.find('?');
    const auto path = target.substr(0, question);
    const auto query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    if (!std::all_of(path.begin(), path.end(), is_path_char) || query.find('#') != std::string_view::npos)
        return strange(meaning, "a character that has no place in an address");
    if (path == "/favicon.ico" || path == "/robots.txt" || path == prefix) {
        meaning.is_open = request.method == "GET" || request.method == "HEAD";
        return meaning.is_open ? void() : strange(meaning, "a method that this path has no use for");
    }
    if (path.substr(0, prefix.size()) != prefix || path.size() <= prefix.size() || path[prefix.size()] != '/')
        return strange(meaning, "a path outside of ZoneMinder's pages");
    auto segments = segments_of(path.substr(prefix.size()));
    if (!segments)
        return strange(meaning, segments.error().message);
    const bool is_encoded = path.find('%') != std::string_view::npos;
    const std::string first = segments->front();
    if (is_encoded && first != "api")
        return strange(meaning, "percent codes in a path that needs none");

    if (first == "cgi-bin") {
        if (segments->size() != 2 || ((*segments)[1] != "zms" && (*segments)[1] != "nph-zms"))
            return strange(meaning, "a program that is none of ZoneMinder's");
        return read_zms(meaning, request.method, query);
    }
    if (first == "cache")
        return read_cache(meaning, request.method, {segments->begin() + 1, segments->end()});

    const bool is_page = segments->size() == 1 && (first.empty() || first == "index.php");
    if (!is_page && first != "api")
        return read_static(meaning, request.method, *segments);

    auto form = Form::parse(query, false);
    if (!form)
        return strange(meaning, form.error().message);
    if (has_body_of_its_own(request.method)) {
        if (request.is_body_unseen)
            return strange(meaning, "a body that the proxy does not show");
        if (!request.body.empty() && !has_form_type(request.content_type))
            return strange(meaning, "a body that is no form");
        auto body = Form::parse(request.body, true);
        if (!body)
            return strange(meaning, body.error().message);
        form = Form::merged(*form, *body);
        if (!form)
            return strange(meaning, form.error().message);
    } else if (!request.body.empty() || request.is_body_unseen) {
        return strange(meaning, "a body where none belongs");
    }
    take_credentials(meaning, *form);
    if (!meaning.strange.empty())
        return;
    if (is_page)
        return read_page(meaning, request.method, *form);
    meaning.credentials.is_api = true;
    read_api(meaning, request.method, {segments->begin() + 1, segments->end()}, *form);
}

} // namespace

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 20 && text.front() != '0' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Meaning meaning_of(const sdk::WebRequest& request, std::string_view prefix) {
    Meaning meaning;
    constexpr std::array<std::string_view, 5> methods{"GET", "HEAD", "POST", "PUT", "DELETE"};
    read_cookie(meaning, request.cookie);
    if (std::find(methods.begin(), methods.end(), request.method) == methods.end())
        strange(meaning, "a method that ZoneMinder's pages have no use for");
    if (!request.authorization.empty())
        strange(meaning, "a field Authorization, which ZoneMinder's pages have no use for");
    if (meaning.strange.empty())
        read_target(meaning, request, prefix);
    if (!meaning.strange.empty()) { // nothing that was half read is claimed
        Meaning nothing;
        nothing.strange = std::move(meaning.strange);
        nothing.credentials = std::move(meaning.credentials);
        return nothing;
    }
    return meaning;
}

} // namespace ombud::zoneminder::web
