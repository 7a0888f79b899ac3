#include "gates/push/device_token.hpp"

#include "signing/base64url.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

#include <array>

namespace ombud::push {

Result<DeviceToken> new_device_token() {
    std::array<std::uint8_t, 32> bytes{};
    if (auto filled = signing::random_bytes(bytes); !filled)
        return fail(std::move(filled.error()));
    std::string token = signing::base64url(bytes);
    std::string hash = sha256_hex(token);
    return DeviceToken{std::move(token), std::move(hash)};
}

std::string sha256_hex(std::string_view text) {
    return signing::hex(signing::sha256(text));
}

bool is_token_of(std::string_view token, std::string_view sha256) {
    const std::string given = sha256_hex(token);
    return !token.empty() && signing::constant_time_equal(signing::bytes_of(given), signing::bytes_of(sha256));
}

} // namespace ombud::push
