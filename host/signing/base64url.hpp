#pragma once
// Bytes as text that fits into URLs and HTTP fields.

#include "events/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::signing {

/// URL-safe alphabet without padding.  Source RFC 4648, section 5
[[nodiscard]] std::string base64url(std::span<const std::uint8_t> bytes);

/// The bytes of what `base64url` writes; padding at the end is allowed, since browsers' libraries differ there.
/// Errors  invalid_input  another character, a length that no bytes have, or non-zero bits behind the last byte
[[nodiscard]] Result<std::vector<std::uint8_t>> parse_base64url(std::string_view text);

} // namespace ombud::signing
