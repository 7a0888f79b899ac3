#pragma once
// Texts that came from ZoneMinder, its files or its users, made fit for messages and events.

#include <string>
#include <string_view>

namespace ombud::zoneminder {

/// What a server said, at most 200 bytes, valid UTF-8 and without control characters: fit for a message.
std::string excerpt(std::string_view text);

/// UTF-8 of any bytes: each byte that belongs to no character becomes U+FFFD.
std::string to_utf8(std::string text);

} // namespace ombud::zoneminder
