#include "api/error_json.hpp"

#include <array>
#include <utility>

namespace ombud::api {
namespace {

struct Row {
    ErrorCode code;
    std::string_view name;
    unsigned status;
};

constexpr std::array<Row, 8> rows{{
    {ErrorCode::not_found, "not_found", 404},
    {ErrorCode::invalid_input, "invalid_input", 400},
    {ErrorCode::unavailable, "unavailable", 503},
    {ErrorCode::too_new, "too_new", 400},
    {ErrorCode::refused, "refused", 403},
    {ErrorCode::corrupt, "corrupt", 500},
    {ErrorCode::internal, "internal", 500},
    {ErrorCode::cancelled, "cancelled", 409},
}};

const Row& row_of(ErrorCode code) {
    for (const Row& row : rows)
        if (row.code == code)
            return row;
    return rows[6]; // a number that is no code at all can only come from a fault in the host
}

const boost::json::string* text_in(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value ? value->if_string() : nullptr;
}

} // namespace

Advice split_hint(std::string_view message) {
    constexpr std::string_view mark = "hint: ";
    const auto newline = message.rfind('\n');
    const std::string_view last = newline == std::string_view::npos ? message : message.substr(newline + 1);
    if (newline == std::string_view::npos || last.substr(0, mark.size()) != mark)
        return {std::string(message), {}};
    return {std::string(message.substr(0, newline)), std::string(last.substr(mark.size()))};
}

std::string_view name_of(ErrorCode code) {
    return row_of(code).name;
}

unsigned http_status_of(ErrorCode code) {
    return row_of(code).status;
}

boost::json::value error_to_json(const Error& error) {
    const Advice advice = split_hint(error.message);
    boost::json::object inner{{"code", name_of(error.code)}, {"message", advice.message}};
    if (!advice.hint.empty())
        inner.emplace("hint", advice.hint);
    return boost::json::object{{"error", std::move(inner)}};
}

Error error_from_json(const boost::json::value& answer, unsigned status) {
    const auto* outer = answer.if_object();
    const auto* error = outer ? outer->if_contains("error") : nullptr;
    const auto* inner = error ? error->if_object() : nullptr;
    const auto* code = inner ? text_in(*inner, "code") : nullptr;
    const auto* message = inner ? text_in(*inner, "message") : nullptr;
    if (!code || !message)
        return {ErrorCode::internal, "the daemon answered with status " + std::to_string(status) + " and no reason"};
    std::string text(*message);
    if (const auto* hint = text_in(*inner, "hint"))
        text += "\nhint: " + std::string(*hint);
    for (const Row& row : rows)
        if (row.name == std::string_view(*code))
            return {row.code, std::move(text)};
    return {ErrorCode::internal, std::move(text)};
}

} // namespace ombud::api
