#pragma once
// ZoneMinder's tokens: JWT (RFC 7519), signed with HMAC-SHA256.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::zoneminder::web {

struct Token {
    std::string user;
    bool is_refresh = false;
    std::int64_t issued_s = 0, expires_s = 0; ///< epoch seconds
};

/// Checks form, algorithm and signature; the times are the caller's to judge.
/// @return nothing: not a token that this secret signed
std::optional<Token> read_token(std::string_view text, std::string_view secret);

} // namespace ombud::zoneminder::web
