#include "signing/encoding.hpp"

#include <array>

namespace ombud::signing {
namespace {

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}();

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

} // namespace

std::string base64(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const std::uint32_t group = static_cast<std::uint32_t>(bytes[i]) << 16 |
                                    (left > 1 ? static_cast<std::uint32_t>(bytes[i + 1]) << 8 : 0u) |
                                    (left > 2 ? static_cast<std::uint32_t>(bytes[i + 2]) : 0u);
        text += base64_alphabet[group >> 18];
        text += base64_alphabet[group >> 12 & 63];
        text += left > 1 ? base64_alphabet[group >> 6 & 63] : '=';
        text += left > 2 ? base64_alphabet[group & 63] : '=';
    }
    return text;
}

Result<std::vector<std::uint8_t>> parse_base64(std::string_view text) {
    const auto wrong = [](const char* what) {
        return fail(ErrorCode::invalid_input, std::string("not base64: ") + what);
    };
    if (text.size() % 4 != 0)
        return wrong("its length is no multiple of 4");
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    text.remove_suffix(padding);
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0)
            return wrong("a character outside the alphabet");
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffu;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> held));
        }
    }
    if ((bits & ((1u << held) - 1)) != 0)
        return wrong("bits are set behind the last byte");
    return bytes;
}

std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

Result<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0)
        return fail(ErrorCode::invalid_input, "not hexadecimal: an odd number of digits");
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0)
            return fail(ErrorCode::invalid_input, "not hexadecimal: '" + std::string(text.substr(i, 2)) + "'");
        bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return bytes;
}

} // namespace ombud::signing
