#include "config/values.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <span>
#include <utility>

namespace ombud::config {
namespace {

using Unit = std::pair<std::string_view, std::int64_t>;
constexpr std::array<Unit, 4> duration_units{{{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}}};
constexpr std::array<Unit, 2> deadline_units{{{"ms", 1}, {"s", 1'000}}};
constexpr std::array<Unit, 5> size_units{
    {{"TiB", 1LL << 40}, {"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"B", 1}}};

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// `count` digits from `text`, which has at least that many characters; -1 when one of them is none.
int digits(std::string_view text) {
    int number = 0;
    for (const char c : text) {
        if (!is_digit(c))
            return -1;
        number = number * 10 + (c - '0');
    }
    return number;
}

/// A number of at most `digits_max` digits without leading zero, then one of the units.
std::optional<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units, std::size_t digits_max) {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length]))
        ++length;
    if (length == 0 || length > digits_max || (length > 1 && text[0] == '0'))
        return std::nullopt;
    const auto unit = text.substr(length);
    for (const auto& [name, factor] : units)
        if (unit == name)
            return digits(text.substr(0, length)) * factor;
    return std::nullopt;
}

/// In the largest unit that divides the amount.
std::string quantity_text(std::int64_t amount, std::span<const Unit> units) {
    for (const auto& [name, factor] : units)
        if (amount % factor == 0 && (amount != 0 || factor == 1))
            return std::to_string(amount / factor) + std::string(name);
    return std::to_string(amount);
}

} // namespace

std::optional<std::int64_t> parse_duration_s(std::string_view text) {
    return parse_quantity(text, duration_units, 6);
}
std::string duration_text(std::int64_t s) {
    return quantity_text(s, duration_units);
}

std::optional<std::int64_t> parse_deadline_ms(std::string_view text) {
    const auto ms = parse_quantity(text, deadline_units, 5);
    return ms && *ms > 0 ? ms : std::nullopt;
}

std::optional<std::int64_t> parse_size_bytes(std::string_view text) {
    return parse_quantity(text, size_units, 6);
}
std::string size_text(std::int64_t bytes) {
    return quantity_text(bytes, size_units);
}

std::optional<std::int32_t> parse_time_of_day_s(std::string_view text) {
    if (text.size() != 5 || text[2] != ':')
        return std::nullopt;
    const int hours = digits(text.substr(0, 2));
    const int minutes = digits(text.substr(3, 2));
    if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 24 * 60)
        return std::nullopt;
    return hours * 3600 + minutes * 60;
}

std::string time_of_day_text(std::int64_t s) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%02lld:%02lld", static_cast<long long>(s / 3600),
                  static_cast<long long>(s / 60 % 60));
    return text.data();
}

bool has_date_form(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' && digits(text.substr(0, 4)) >= 0 &&
           digits(text.substr(5, 2)) >= 0 && digits(text.substr(8, 2)) >= 0;
}

std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
    if (!has_date_form(text))
        return std::nullopt;
    const int year = digits(text.substr(0, 4));
    const int month = digits(text.substr(5, 2));
    const int day = digits(text.substr(8, 2));
    if (year < 1970 || year > 2199 || month < 1 || day < 1)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    return date.ok() ? std::optional(date) : std::nullopt;
}

std::string date_text(std::chrono::year_month_day day) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                  static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
    return text.data();
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t bytes_max = 60;
    std::size_t length = text.size();
    if (length > bytes_max) {
        length = bytes_max;
        while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
            --length; // never half a UTF-8 sequence
    }
    std::string out = "'";
    for (const char c : text.substr(0, length)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02X", static_cast<unsigned>(byte));
            out += escape.data();
        } else {
            out += c;
        }
    }
    out += length < text.size() ? "…'" : "'";
    return out;
}

} // namespace ombud::config
