#include "signing/base64url.hpp"

#include "signing/encoding.hpp"

namespace ombud::signing {

std::string base64url(std::span<const std::uint8_t> bytes) {
    std::string text = base64(bytes);
    while (!text.empty() && text.back() == '=')
        text.pop_back();
    for (char& c : text)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

Result<std::vector<std::uint8_t>> parse_base64url(std::string_view text) {
    while (!text.empty() && text.back() == '=')
        text.remove_suffix(1);
    std::string standard(text);
    for (char& c : standard) {
        if (c == '+' || c == '/')
            return fail(ErrorCode::invalid_input, "base64url has '-' and '_' where this has '+' or '/'");
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    standard.append((4 - standard.size() % 4) % 4, '=');
    return parse_base64(standard);
}

} // namespace ombud::signing
