#include "gates/push/message.hpp"

#include "signing/encoding.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace ombud::push {
namespace json = boost::json;
namespace {

struct Text {
    std::string_view name;
    std::string Message::*into;
    std::size_t bytes_max;
    bool has_lines;
};
constexpr std::array<Text, 5> texts{{
    {"person", &Message::person, 254, false},
    {"device", &Message::device, 64, false},
    {"title", &Message::title, 1024, false},
    {"text", &Message::text, 8 * 1024, true},
    {"picture", &Message::picture, 16 * 1024 * 1024, false}, // what fits the body
}};
constexpr std::size_t data_bytes_max = 16 * 1024;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

bool is_device_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '-';
}

tl::unexpected<Error> wrong(std::string_view name, const std::string& what) {
    return fail(ErrorCode::invalid_input, "body: " + std::string(name) + ": " + what);
}

Result<void> read_text(const Text& rule, const json::value& value, Message& message) {
    const auto* text = value.if_string();
    if (!text)
        return wrong(rule.name, "is not a text");
    if (text->size() > rule.bytes_max)
        return wrong(rule.name, "has " + std::to_string(text->size()) + " bytes, more than " +
                                    std::to_string(rule.bytes_max));
    const bool has_bad = std::any_of(text->begin(), text->end(), [&](char c) {
        return is_control(c) && !(rule.has_lines && (c == '\n' || c == '\t' || c == '\r'));
    });
    if (has_bad)
        return wrong(rule.name, "has control characters");
    (message.*rule.into).assign(text->data(), text->size());
    return {};
}

Result<void> read_member(const json::key_value_pair& member, Message& message) {
    const std::string_view name(member.key().data(), member.key().size());
    if (member.value().is_null())
        return {};
    if (name == "data") {
        if (!member.value().is_object())
            return wrong(name, "is not an object");
        message.data = json::serialize(member.value());
        return message.data.size() > data_bytes_max
                   ? wrong(name, "is longer than " + std::to_string(data_bytes_max) + " bytes")
                   : Result<void>();
    }
    for (const Text& rule : texts)
        if (rule.name == name)
            return read_text(rule, member.value(), message);
    return fail(ErrorCode::invalid_input, "body: '" + std::string(name) +
                                              "' is not known here; known are: person, device, title, text, data, picture");
}

} // namespace

Result<Message> parse_message(std::string_view body) {
    json::error_code error;
    const json::value value = json::parse({body.data(), body.size()}, error);
    if (error)
        return fail(ErrorCode::invalid_input, "body: is not JSON: " + error.message());
    const auto* object = value.if_object();
    if (!object)
        return fail(ErrorCode::invalid_input, "body: is not a JSON object");
    Message message;
    for (const auto& member : *object)
        if (auto read = read_member(member, message); !read)
            return fail(std::move(read.error()));
    if (message.person.empty())
        return wrong("person", "is missing; it says for whom this is");
    if (!std::all_of(message.device.begin(), message.device.end(), is_device_character))
        return wrong("device", "has characters other than A-Z, a-z, 0-9, '.', '_', ':' and '-'");
    if (!signing::parse_base64(message.picture))
        return wrong("picture", "is not base64");
    if (message.title.empty() && message.text.empty() && message.data.empty() && message.picture.empty())
        return fail(ErrorCode::invalid_input, "body: has neither title, text, data nor picture");
    return message;
}

std::string to_json(const Message& message) {
    json::object object;
    if (!message.title.empty())
        object["title"] = message.title;
    if (!message.text.empty())
        object["text"] = message.text;
    if (!message.data.empty())
        object["data"] = json::parse(message.data);
    if (!message.picture.empty())
        object["picture"] = message.picture;
    return json::serialize(object);
}

} // namespace ombud::push
