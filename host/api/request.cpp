#include "api/request.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>

namespace ombud::api {
namespace {

std::string list(std::initializer_list<std::string_view> allowed) {
    std::string text;
    for (const std::string_view word : allowed)
        text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

Result<std::string> one_of(std::string place, std::string value, std::initializer_list<std::string_view> allowed) {
    if (allowed.size() == 0 || std::find(allowed.begin(), allowed.end(), value) != allowed.end())
        return value;
    return fail(ErrorCode::invalid_input, place + ": '" + value + "' is not one of " + list(allowed));
}

std::string in_body(std::string_view name) {
    return "body: " + std::string(name);
}

// A null stands for an absent value, as many JSON writers put it.
const boost::json::value* present(const boost::json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

} // namespace

std::string_view Request::parameter(std::string_view name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view{} : std::string_view(found->second);
}

Result<std::string> Request::query_text(std::string_view name, std::string_view fallback,
                                        std::initializer_list<std::string_view> allowed) const {
    const auto found = query.find(std::string(name));
    if (found == query.end())
        return std::string(fallback);
    return one_of("query: " + std::string(name), found->second, allowed);
}

Result<std::int64_t> Request::query_integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                                            std::int64_t max) const {
    const auto found = query.find(std::string(name));
    if (found == query.end())
        return fallback;
    const std::string& text = found->second;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < min || number > max)
        return fail(ErrorCode::invalid_input, "query: " + std::string(name) + ": '" + text + "' is not an integer in " +
                                                  std::to_string(min) + ".." + std::to_string(max));
    return number;
}

Result<std::string> Request::body_text(std::string_view name, std::initializer_list<std::string_view> allowed) const {
    auto text = body_text_or(name, {});
    if (!text)
        return text;
    if (text->empty())
        return fail(ErrorCode::invalid_input, in_body(name) + " is missing");
    return one_of(in_body(name), std::move(*text), allowed);
}

Result<std::string> Request::body_text_or(std::string_view name, std::string_view fallback) const {
    const auto* value = present(body, name);
    if (!value)
        return std::string(fallback);
    if (const auto* text = value->if_string())
        return std::string(*text);
    return fail(ErrorCode::invalid_input, in_body(name) + " is not a text");
}

Result<bool> Request::body_flag(std::string_view name, bool fallback) const {
    const auto* value = present(body, name);
    if (!value)
        return fallback;
    if (const auto* flag = value->if_bool())
        return *flag;
    return fail(ErrorCode::invalid_input, in_body(name) + " is neither true nor false");
}

Result<boost::json::object> Request::body_object(std::string_view name) const {
    const auto* value = present(body, name);
    if (!value)
        return boost::json::object{};
    if (const auto* object = value->if_object())
        return *object;
    return fail(ErrorCode::invalid_input, in_body(name) + " is not an object");
}

} // namespace ombud::api
