#pragma once
// libmagic's home: the type of bytes by their beginning.

#include <string>
#include <string_view>

namespace ombud::mail {

/// Enough for every signature that matters here (tar's stands at 257).
inline constexpr std::size_t magic_bytes = 8 * 1024;

/// The media type that the first bytes look like ("image/jpeg"), "application/octet-stream" when nothing is known, empty
/// when libmagic or its database cannot be used. Thread any.
std::string media_type(std::string_view head);

} // namespace ombud::mail
