#include "config/byte_check.hpp"

#include <algorithm>
#include <cctype>

#include "config/values.hpp"

namespace ombud::config {
namespace {

constexpr std::size_t none = std::string_view::npos;

std::size_t line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

unsigned byte_at(std::string_view text, std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

/// Length of the UTF-8 sequence at `i`; 0: there is none, overlong forms and surrogates included.
std::size_t sequence_length(std::string_view text, std::size_t i) {
    const unsigned first = byte_at(text, i);
    const unsigned second = byte_at(text, i + 1);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
        return 0;
    for (std::size_t k = 1; k < length; ++k)
        if ((byte_at(text, i + k) & 0xC0U) != 0x80U)
            return 0;
    return length;
}

std::size_t first_invalid_byte(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_length(text, i);
        if (length == 0)
            return i;
        i += length;
    }
    return none;
}

/// The encoding that the XML declaration names; empty: none named.
std::string_view declared_encoding(std::string_view text) {
    if (!text.starts_with("<?xml"))
        return {};
    const auto declaration = text.substr(0, text.find("?>"));
    const auto key = declaration.find("encoding");
    if (key == none)
        return {};
    const auto open = declaration.find_first_of("'\"", key);
    if (open == none)
        return {};
    const auto close = declaration.find(declaration[open], open + 1);
    return declaration.substr(open + 1, close == none ? none : close - open - 1);
}

bool is_utf8_name(std::string_view encoding) {
    std::string upper(encoding);
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return upper.empty() || upper == "UTF-8" || upper == "US-ASCII";
}

/// Offset of the first start tag longer than tag_bytes_max. A `>` in a quoted value does not end a tag.
std::size_t first_long_tag(std::string_view text) {
    for (std::size_t begin = text.find('<'); begin != none; begin = text.find('<', begin + 1)) {
        const unsigned next = byte_at(text, begin + 1);
        if (next == '!' || next == '?' || next == '/')
            continue;
        char quote = 0;
        for (std::size_t i = begin + 1; i < text.size(); ++i) {
            if (i - begin > tag_bytes_max)
                return begin;
            const char c = text[i];
            if (quote == 0 && (c == '>' || c == '<'))
                break;
            if (quote == 0 && (c == '"' || c == '\''))
                quote = c;
            else if (c == quote)
                quote = 0;
        }
    }
    return none;
}

} // namespace

std::string_view without_byte_order_mark(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

bool is_utf8(std::string_view text) {
    return first_invalid_byte(text) == none;
}

std::optional<Problem> check_bytes(std::string_view text, const std::string& name) {
    using namespace std::string_view_literals;
    if (text.size() > file_bytes_max)
        return Problem{name, 0, std::to_string(text.size()) + " bytes; at most 4 MiB are read"};
    if (text.starts_with("\xFF\xFE"sv) || text.starts_with("\xFE\xFF"sv) || text.starts_with("<\0"sv) ||
        text.starts_with("\0<"sv) || text.starts_with("\0\0"sv))
        return Problem{name, 1, "is encoded as UTF-16 or UTF-32; save it as UTF-8"};
    const auto content = without_byte_order_mark(text);
    if (trimmed(content).empty())
        return Problem{name, 0, "is empty"};
    if (const auto nul = content.find('\0'); nul != none)
        return Problem{name, line_at(content, nul), "holds a NUL byte; it is no text file, or was damaged"};
    if (const auto bad = first_invalid_byte(content); bad != none)
        return Problem{name, line_at(content, bad),
                       "is not UTF-8 from byte " + std::to_string(bad) + "; save it as UTF-8"};
    if (const auto encoding = declared_encoding(content); !is_utf8_name(encoding))
        return Problem{name, 1, "declares the encoding " + in_quotes(encoding) + "; save it as UTF-8 and declare that"};
    if (const auto tag = first_long_tag(content); tag != none)
        return Problem{name, line_at(content, tag), "a tag is longer than 64 KiB"};
    return std::nullopt;
}

} // namespace ombud::config
