#pragma once
// With what a device logs in when it resolves a reference: a token of its own, shown once at registration.
//
// A token and not the operator's password: it dies with the device (`ombud device lost`), it is worth nothing anywhere
// else, and with 256 random bits a plain hash protects it, where passwords would need a register of their own.

#include "events/result.hpp"

#include <string>
#include <string_view>

namespace ombud::push {

struct DeviceToken {
    std::string token;  ///< for the device, once; base64url, 43 characters
    std::string sha256; ///< for the register; hex
};

/// Errors  unavailable  no random bytes
Result<DeviceToken> new_device_token();

[[nodiscard]] std::string sha256_hex(std::string_view text);

/// In constant time. False for an empty hash.
[[nodiscard]] bool is_token_of(std::string_view token, std::string_view sha256);

} // namespace ombud::push
