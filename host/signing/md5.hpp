#pragma once
// MD5, for protocols that prescribe it (HTTP and RTSP Digest). Nothing of our own may rest on it.

#include <array>
#include <cstdint>
#include <string_view>

namespace ombud::signing {

/// 16 bytes. Thread any.
/// Source  RFC 1321
[[nodiscard]] std::array<std::uint8_t, 16> md5(std::string_view text);

} // namespace ombud::signing
