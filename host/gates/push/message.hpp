#pragma once
// What a sender asks for: one alarm for one person.

#include "events/result.hpp"

#include <string>
#include <string_view>

namespace ombud::push {

struct Message {
    std::string person;  ///< account name, 1 to 254 bytes
    std::string device;  ///< [A-Za-z0-9._:-], 1 to 64; empty: all devices of the person
    std::string title;   ///< at most 1 KiB
    std::string text;    ///< at most 8 KiB; with line breaks
    std::string data;    ///< a JSON object, at most 16 KiB; empty: none
    std::string picture; ///< base64; empty: none
};

/// Reads the body of POST /v1/push.
/// Errors  invalid_input  no JSON object, an unknown or wrong member, nothing to say; names it and what is allowed
Result<Message> parse_message(std::string_view body);

/// The message as it came, as JSON: `{"title", "text", "data", "picture"}`, each only when there is one.
std::string to_json(const Message& message);

} // namespace ombud::push
