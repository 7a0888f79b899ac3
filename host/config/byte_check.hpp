#pragma once
// What can be said about a file's bytes before any parser sees them.

#include <optional>
#include <string>
#include <string_view>

#include "config/problem.hpp"

namespace ombud::config {

inline constexpr std::size_t file_bytes_max = 4U << 20U;
inline constexpr std::size_t tag_bytes_max = 64U << 10U; // libxml2 2.9 compares each attribute with all before it

/// The first reason not to parse the bytes: empty, larger than 4 MiB, NUL, not UTF-8 (by its bytes or by its own
/// declaration), a tag longer than 64 KiB.
/// Thread  any
/// Source  RFC 3629 for UTF-8
[[nodiscard]] std::optional<Problem> check_bytes(std::string_view text, const std::string& name);

/// The text behind a byte order mark, if it begins with one.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view text);

/// Source  RFC 3629
[[nodiscard]] bool is_utf8(std::string_view text);

} // namespace ombud::config
