#pragma once
// What a push service wants: a message that only the device can read, and proof of who sends it.

#include "events/result.hpp"
#include "signing/p256.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::signing {

/// A subscription's keys, as a browser or app made them. Source RFC 8291, section 2
struct PushKeys {
    P256Point p256dh{};
    std::array<std::uint8_t, 16> auth{};

    /// Both base64url.
    /// Errors  invalid_input  not base64url, or of another length; whether the point is on the curve shows at first use
    static Result<PushKeys> parse(std::string_view p256dh, std::string_view auth);
};

/// Longest plaintext: push services take bodies of 4096 bytes, of which 86 are a head, 16 a tag and 1 a mark.
inline constexpr std::size_t push_bytes_max = 4096 - 86 - 16 - 1;

/// The body of a push message under a fresh key and salt; content coding aes128gcm, one record.
/// Errors  invalid_input  over push_bytes_max, or p256dh is not on the curve;  unavailable  no random bytes
/// Thread  any
/// Source  RFC 8291, RFC 8188
[[nodiscard]] Result<std::vector<std::uint8_t>> encrypt_push(const PushKeys& keys, std::string_view plaintext);

/// The same with a given key and salt, for test vectors: never use either twice.
[[nodiscard]] Result<std::vector<std::uint8_t>> encrypt_push(const PushKeys& keys, std::string_view plaintext,
                                                             const P256Key& sender,
                                                             const std::array<std::uint8_t, 16>& salt);

/// The value of the field Authorization: `vapid t=JWT, k=KEY`.
/// @param audience       origin of the push service: `https://push.example`
/// @param contact        `mailto:…` or `https://…` of who answers for the sender
/// @param expires_utc_s  seconds since 1970; push services want at most 24 hours from now
/// Errors  invalid_input  audience or contact has a character that no URL has
/// Source  RFC 8292
[[nodiscard]] Result<std::string> vapid_authorization(const P256Key& key, std::string_view audience,
                                                      std::string_view contact, std::int64_t expires_utc_s);

} // namespace ombud::signing
