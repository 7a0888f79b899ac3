#pragma once
// Bytes as text.

#include "events/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::signing {

/// Standard alphabet with padding, no line breaks.  Source RFC 4648, section 4
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

/// The bytes of exactly what `base64` writes.
/// Errors  invalid_input  another character, wrong padding, or non-zero bits behind the last byte
[[nodiscard]] Result<std::vector<std::uint8_t>> parse_base64(std::string_view text);

/// Two lower-case digits a byte.
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// Errors  invalid_input  an odd length, or a character that is not 0-9, a-f or A-F
[[nodiscard]] Result<std::vector<std::uint8_t>> parse_hex(std::string_view text);

} // namespace ombud::signing
