#include "gates/web/asked.hpp"

#include <algorithm>
#include <array>

namespace ombud::web {
namespace {

// Some server, somewhere, takes another method or address from these than from the request line.
constexpr std::array<std::string_view, 6> disguises{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
                                                    "X-Original-URL",         "X-Rewrite-URL", "X-Forwarded-Prefix"};
// Of two, servers take the first, the last, or both.
constexpr std::array<std::string_view, 8> single{"Cookie",  "Authorization", "Content-Type",   "Origin",
                                                 "Referer", "Host",          "Sec-Fetch-Site", "Content-Length"};

/// HOST[:PORT] of an address.
std::string_view authority_of(std::string_view url) {
    const auto begin = url.find("://");
    if (begin == std::string_view::npos)
        return {};
    url.remove_prefix(begin + 3);
    return url.substr(0, url.find_first_of("/?#"));
}

bool same(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_location(std::string_view name) {
    return name.size() > 1 && name.size() <= 64 && name.front() == '@' && std::all_of(name.begin() + 1, name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

} // namespace

Result<Asked> read_asked(const api::HttpCall& call) {
    Asked asked;
    const auto proxys = [&](std::string_view name) -> Result<std::string_view> {
        const auto value = call.field(name);
        if (value.empty() || call.count(name) != 1)
            return fail(ErrorCode::invalid_input, std::string(name) + ": the proxy sets it, once, to the request's own; see "
                                                                      "host/gates/web/README.md");
        return value;
    };
    const auto target = proxys("X-Original-URI");
    const auto method = proxys("X-Original-Method");
    const auto peer = proxys("X-Real-IP");
    for (const auto* one : {&target, &method, &peer})
        if (!*one)
            return fail(one->error());
    asked.target = *target;
    asked.method = *method;
    asked.peer = *peer;
    asked.host = call.field("Host");
    asked.cookie = call.field("Cookie");
    asked.authorization = call.field("Authorization");
    asked.content_type = call.field("Content-Type");
    asked.origin = call.field("Origin");
    asked.referer = call.field("Referer");
    asked.fetch_site = call.field("Sec-Fetch-Site");
    asked.body = call.body;
    asked.wants_page = call.field("Accept").find("text/html") != std::string_view::npos;
    asked.forward = call.field("X-Ombud-Forward");
    if (!asked.forward.empty() && !is_location(asked.forward))
        return fail(ErrorCode::invalid_input, "X-Ombud-Forward: names no location, such as @vms");
    asked.is_body_unseen = asked.forward.empty() && asked.body.empty() && asked.method != "GET" && asked.method != "HEAD";
    for (const std::string_view name : disguises)
        if (call.count(name) != 0)
            asked.strange = "a field that puts another method or address in place of the request's";
    for (const std::string_view name : single)
        if (call.count(name) > 1)
            asked.strange = "a field that is given twice";
    return asked;
}

bool is_same_site(const Asked& asked) {
    if (!asked.fetch_site.empty())
        return asked.fetch_site == "same-origin" || asked.fetch_site == "none";
    if (!asked.origin.empty())
        return same(authority_of(asked.origin), asked.host);
    return same(authority_of(asked.referer), asked.host);
}

} // namespace ombud::web
