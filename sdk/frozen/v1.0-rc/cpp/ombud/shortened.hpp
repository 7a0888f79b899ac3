#pragma once
// Texts of strangers inside a verdict's reason, which a host takes up to 1024 bytes long.

#include <cstddef>
#include <string>

namespace ombud::sdk {

inline constexpr std::size_t reason_bytes_max = 1024;

/// The text, or as much of its beginning as fits with "…" into `bytes_max` (at least 3), never within a character.
/// @param text  UTF-8
[[nodiscard]] inline std::string shortened(std::string text, std::size_t bytes_max = reason_bytes_max) {
    constexpr const char* ellipsis = "\xe2\x80\xa6";
    if (text.size() <= bytes_max)
        return text;
    std::size_t end = bytes_max - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    text.resize(end);
    return text += ellipsis;
}

} // namespace ombud::sdk
