#pragma once
// RTSP 1.0 messages: requests and answers, out of bytes and into bytes.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"

namespace ombud::stream {

struct Header {
    std::string name, value;
};

/// A request (`method` set) or an answer (`status` set). Names of headers compare without regard to case.
struct Message {
    std::string method, url; ///< of a request
    int status = 0;          ///< of an answer: 100 to 599; 0: a request
    std::string reason;      ///< of an answer: its phrase
    std::vector<Header> headers;
    std::string body;

    [[nodiscard]] bool is_request() const { return status == 0; }
    /// The first value under that name; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
    void erase(std::string_view name);
    /// Replaces every value under that name by this one.
    void set(std::string_view name, std::string value);
    /// The bytes that go out; Content-Length is that of the body.
    [[nodiscard]] std::string bytes() const;
};

Message request(std::string method, std::string url);
/// @param reason  empty: the usual phrase of that status; of what it says, only printable ASCII goes out
Message answer(int status, std::string_view reason = {});

struct MessageLimits {
    std::size_t head_bytes_max = 16 * 1024; ///< first line and headers
    std::size_t headers_max = 100;
    std::size_t body_bytes_max = 64 * 1024;
};

struct ParsedMessage {
    Message message;
    std::size_t size = 0; ///< bytes that it took, with empty lines before it
};

/// Reads the message at the start of `bytes`; nothing when it is not complete yet.
/// Errors  invalid_input  what is wrong; the connection cannot be used any more
/// Thread  any
/// Source  RFC 2326, sections 4, 6, 7; lines may end in a bare LF, and may be folded, as section 4 asks of receivers
Result<std::optional<ParsedMessage>> parse_message(std::string_view bytes, const MessageLimits& limits);

[[nodiscard]] bool equal_without_case(std::string_view left, std::string_view right);
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
/// A decimal number of 1 to `digits_max` digits and nothing else.
[[nodiscard]] std::optional<unsigned long> parse_number(std::string_view text, std::size_t digits_max = 9);

} // namespace ombud::stream
