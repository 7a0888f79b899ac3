#include "api/router.hpp"

#include "api/error_json.hpp"
#include "api/target.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cassert>
#include <exception>
#include <optional>

namespace ombud::api {
namespace {

using Segments = std::vector<std::string>;

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{';
}

bool matches(const Segments& pattern, const Segments& path) {
    return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                      [](const auto& want, const auto& have) { return is_parameter(want) || want == have; });
}

[[maybe_unused]] bool same_shape(const Segments& a, const Segments& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
        return left == right || (is_parameter(left) && is_parameter(right));
    });
}

std::optional<Method> parse_method(std::string_view name) {
    if (name == "GET")
        return Method::get;
    if (name == "PUT")
        return Method::put;
    if (name == "POST")
        return Method::post;
    if (name == "DELETE")
        return Method::del;
    return std::nullopt;
}

std::string_view name_of(Method method) {
    switch (method) {
    case Method::get:
        return "GET";
    case Method::put:
        return "PUT";
    case Method::post:
        return "POST";
    case Method::del:
        return "DELETE";
    }
    return "";
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "nothing" : text;
}

// A misspelt name would otherwise be ignored, and the caller believe that it counted.
Result<void> check_name(std::string_view place, std::string_view name, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end())
        return {};
    return fail(ErrorCode::invalid_input,
                std::string(place) + ": '" + std::string(name) + "' is not known here; known are: " + joined(known));
}

Result<boost::json::object> parse_body(std::string_view body) {
    if (body.empty())
        return boost::json::object{};
    boost::json::error_code error;
    auto value = boost::json::parse({body.data(), body.size()}, error);
    if (error)
        return fail(ErrorCode::invalid_input, "body: is not JSON: " + error.message());
    if (!value.is_object())
        return fail(ErrorCode::invalid_input, "body: is not a JSON object");
    return std::move(value.get_object());
}

Answer answer_with(unsigned status, const Error& error) {
    return {status, boost::json::serialize(error_to_json(error)), {}};
}

Error too_little(const Peer& peer, Access needed) {
    const bool approves = needed == Access::approve;
    return {ErrorCode::refused, peer.name + (peer.access == Access::approve ? " may read and approve, not " : " may read, not ") +
                                    (approves ? "approve" : "change") + "\nhint: root, the daemon's own user and " +
                                    (approves ? "approvers" : "administrators") + " in the site's <people> may"};
}

} // namespace

Answer answer_of(const Error& error) {
    return answer_with(http_status_of(error.code), error);
}

void Router::add(Route route) {
    assert(route.pattern.size() > 1 && route.pattern.front() == '/' && route.handler);
    Segments segments;
    for (std::size_t begin = 1; begin <= route.pattern.size();) {
        const auto end = std::min(route.pattern.find('/', begin), route.pattern.size());
        segments.push_back(route.pattern.substr(begin, end - begin));
        begin = end + 1;
    }
    assert(std::none_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.route.method == route.method && same_shape(entry.segments, segments);
    }));
    entries_.push_back({std::move(route), std::move(segments)});
}

Answer Router::dispatch(std::string_view method, std::string_view target, std::string_view body, Peer peer) const try {
    if (peer.access == Access::none)
        return answer_of({ErrorCode::refused, peer.name + " may not use this socket\nhint: root, the daemon's own user "
                                                          "and members of the socket's group may"});
    auto parsed = parse_target(target);
    if (!parsed)
        return answer_of(parsed.error());

    const auto wanted = parse_method(method);
    std::string allowed;
    const Entry* found = nullptr;
    for (const Entry& entry : entries_) {
        if (!matches(entry.segments, parsed->segments))
            continue;
        allowed += (allowed.empty() ? "" : ", ") + std::string(name_of(entry.route.method));
        if (entry.route.method == wanted)
            found = &entry;
    }
    if (allowed.empty())
        return answer_of({ErrorCode::not_found, parsed->path + ": there is no such path"});
    if (!found) {
        Answer answer = answer_with(405, {ErrorCode::invalid_input, parsed->path + ": does not answer " +
                                                                        std::string(method) + ", only " + allowed});
        answer.allow = allowed;
        return answer;
    }
    if (found->route.method != Method::get && peer.access < found->route.needs)
        return answer_of(too_little(peer, found->route.needs));

    Request request;
    request.method = found->route.method;
    request.path = std::move(parsed->path);
    request.peer = std::move(peer);
    request.query = std::move(parsed->query);
    for (std::size_t i = 0; i < found->segments.size(); ++i)
        if (const auto& name = found->segments[i]; is_parameter(name))
            request.parameters.emplace(name.substr(1, name.size() - 2), std::move(parsed->segments[i]));

    const auto value = run(*found, std::move(request), body);
    return value ? Answer{200, boost::json::serialize(*value), {}} : answer_of(value.error());
} catch (const std::exception& exception) {
    return answer_of({ErrorCode::internal, std::string("a handler failed: ") + exception.what()});
} catch (...) {
    return answer_of({ErrorCode::internal, "a handler failed"});
}

Result<boost::json::value> Router::run(const Entry& entry, Request request, std::string_view body) const {
    for (const auto& [name, value] : request.query)
        if (auto known = check_name("query", name, entry.route.query); !known)
            return fail(std::move(known.error()));
    auto object = parse_body(body);
    if (!object)
        return fail(std::move(object.error()));
    for (const auto& member : *object)
        if (auto known = check_name("body", member.key(), entry.route.body); !known)
            return fail(std::move(known.error()));
    request.body = std::move(*object);
    return entry.route.handler(request);
}

} // namespace ombud::api
