#pragma once
// ombud_view <-> std::string_view, and the id in its usual spelling.

#include <cstdint>
#include <ombud/base.h>
#include <string>
#include <string_view>

namespace ombud::sdk {

/// The same bytes, not copied.
[[nodiscard]] inline ombud_view to_view(std::string_view text) noexcept {
    return {text.data(), text.size()};
}
[[nodiscard]] inline std::string_view to_text(ombud_view view) noexcept {
    return view.ptr && view.len ? std::string_view(static_cast<const char*>(view.ptr), view.len) : std::string_view();
}

[[nodiscard]] inline bool is_none(const ombud_id& id) noexcept {
    for (const std::uint8_t byte : id.b)
        if (byte)
            return false;
    return true;
}

/// 8-4-4-4-12 lower-case hexadecimal digits (RFC 9562).
[[nodiscard]] inline std::string to_string(const ombud_id& id) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        text += digits[id.b[i] >> 4];
        text += digits[id.b[i] & 15];
    }
    return text;
}

/// Whether `text` is UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while (at != end) {
        const unsigned lead = *at++;
        if (lead < 0x80)
            continue;
        if (lead < 0xC2 || lead > 0xF4)
            return false;
        const int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        if (end - at < more)
            return false;
        // Only the first continuation byte can make a sequence overlong, a surrogate or too large.
        const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (*at < low || *at > high)
            return false;
        for (int i = 1; i < more; ++i)
            if ((at[i] & 0xC0) != 0x80)
                return false;
        at += more;
    }
    return true;
}

} // namespace ombud::sdk
