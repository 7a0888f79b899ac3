#pragma once
// The written forms of single values in site.xml and manifests, and back.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::config {

/// Seconds of `30s`, `10m`, `48h` or `7d`: 0 to 999,999 of a unit, no sign, no space, no leading zero. A day is 86,400
/// s. Errors  nullopt: any other text
[[nodiscard]] std::optional<std::int64_t> parse_duration_s(std::string_view text);
/// The shortest form that parse_duration_s() reads back; `s` is 0 or more.
[[nodiscard]] std::string duration_text(std::int64_t s);

/// Milliseconds of `500ms` or `2s`: 1 to 99,999 of a unit. Errors: nullopt.
[[nodiscard]] std::optional<std::int64_t> parse_deadline_ms(std::string_view text);

/// Bytes of `512B`, `64KiB`, `10MiB`, `2GiB` or `1TiB`: 0 to 999,999 of a unit. Errors: nullopt.
[[nodiscard]] std::optional<std::int64_t> parse_size_bytes(std::string_view text);
/// The shortest form that parse_size_bytes() reads back; `bytes` is 0 or more.
[[nodiscard]] std::string size_text(std::int64_t bytes);

/// Seconds since midnight of `HH:MM`, 00:00 to 24:00. Errors: nullopt.
[[nodiscard]] std::optional<std::int32_t> parse_time_of_day_s(std::string_view text);
/// `HH:MM` of 0 to 86,400 seconds.
[[nodiscard]] std::string time_of_day_text(std::int64_t s);

/// The day of `YYYY-MM-DD`, when the calendar has it, 1970 to 2199. Errors: nullopt.
[[nodiscard]] std::optional<std::chrono::year_month_day> parse_date(std::string_view text);
/// Four digits, two and two with hyphens between, whatever the calendar says.
[[nodiscard]] bool has_date_form(std::string_view text);
[[nodiscard]] std::string date_text(std::chrono::year_month_day day);

/// A decimal number with an optional minus, no plus, no space, that fits. Errors: nullopt.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// The text without blanks at either end.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// The text in single quotes for a message: control bytes as \xNN, cut with … after 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

} // namespace ombud::config
