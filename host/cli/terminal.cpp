#include "cli/terminal.hpp"

#include "api/error_json.hpp"
#include "events/printable.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <wchar.h>

namespace ombud::cli {
namespace {

std::string_view code_of(Style style) {
    switch (style) {
    case Style::plain:
        return "";
    case Style::strong:
        return "\x1b[1m";
    case Style::faint:
        return "\x1b[2m";
    case Style::good:
        return "\x1b[32m";
    case Style::warning:
        return "\x1b[33m";
    case Style::bad:
        return "\x1b[1;31m";
    }
    return "";
}

// Length in bytes and columns of the character at the front; the text is well-formed UTF-8.
std::pair<std::size_t, std::size_t> first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = std::min<std::size_t>(lead < 0x80   ? 1
                                                     : lead < 0xe0 ? 2
                                                     : lead < 0xf0 ? 3
                                                                   : 4,
                                                     text.size());
    std::uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
    const int columns = wcwidth(static_cast<wchar_t>(point));
    return {length, columns < 0 ? 1U : static_cast<std::size_t>(columns)};
}

} // namespace

std::string Terminal::styled(std::string_view text, Style style) const {
    if (!colours || style == Style::plain || text.empty())
        return std::string(text);
    return std::string(code_of(style)) + std::string(text) + "\x1b[0m";
}

void Terminal::print_error(const Error& error) const {
    const api::Advice advice = api::split_hint(error.message);
    for (std::size_t begin = 0; begin <= advice.message.size();) {
        const auto end = std::min(advice.message.find('\n', begin), advice.message.size());
        if (end > begin || advice.message.empty())
            err << "ombud: " << styled("error:", Style::bad) << ' '
                << harmless(advice.message.substr(begin, end - begin)) << '\n';
        begin = end + 1;
    }
    if (!advice.hint.empty())
        err << "ombud: " << styled("hint:", Style::strong) << ' ' << harmless(advice.hint) << '\n';
}

void Terminal::remark(std::string_view text) const {
    if (!quiet)
        err << "ombud: " << text << '\n';
}

std::string harmless(std::string_view text) {
    // The bytes of C1 controls (U+0080 to U+009F), and of the marks that embed, override or isolate a direction.
    const auto is_steering = [](unsigned char second, unsigned char third, unsigned char lead) {
        if (lead == 0xc2)
            return second >= 0x80 && second <= 0x9f;
        return lead == 0xe2 && ((second == 0x80 && third >= 0xaa && third <= 0xae) ||
                                (second == 0x81 && third >= 0xa6 && third <= 0xa9));
    };
    constexpr std::string_view digits = "0123456789abcdef";
    std::string safe;
    std::string_view rest;
    const std::string shown = printable(text);
    for (rest = shown; !rest.empty();) {
        const std::size_t length = first_character(rest).first;
        const auto byte = [&](std::size_t i) { return i < length ? static_cast<unsigned char>(rest[i]) : 0; };
        if (is_steering(static_cast<unsigned char>(byte(1)), static_cast<unsigned char>(byte(2)),
                        static_cast<unsigned char>(byte(0))))
            for (const char c : rest.substr(0, length)) {
                const auto value = static_cast<unsigned char>(c);
                safe += {'\\', 'x', digits[value >> 4U], digits[value & 0xfU]};
            }
        else
            safe += rest.substr(0, length);
        rest.remove_prefix(length);
    }
    return safe;
}

std::size_t width_of(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const auto [length, width] = first_character(text);
        columns += width;
        text.remove_prefix(length);
    }
    return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
    if (width_of(text) <= columns)
        return std::string(text);
    if (columns == 0)
        return {};
    std::size_t used = 0;
    std::size_t bytes = 0;
    while (bytes < text.size()) {
        const auto [length, width] = first_character(text.substr(bytes));
        if (used + width > columns - 1)
            break;
        used += width;
        bytes += length;
    }
    return std::string(text.substr(0, bytes)) + "…";
}

} // namespace ombud::cli
