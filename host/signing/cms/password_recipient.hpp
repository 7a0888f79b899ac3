#pragma once
// Whoever knows a passphrase, as a recipient. OpenSSL 3.0 reads this form but cannot write it for AES-GCM, and derives
// by SHA-1 where it does write it. Private to this folder. Source  RFC 5652, 6.2.4 (PasswordRecipientInfo); RFC 8018
// (PBKDF2); RFC 3211, 2.3 (id-alg-PWRI-KEK)

#include "signing/cms/der.hpp"

#include <array>
#include <string>

namespace ombud::signing {

using ContentKey = std::array<std::uint8_t, 32>; ///< of AES-256; whoever holds it overwrites it after use

/// A key that was derived from a passphrase, and what it was derived with.
struct PasswordKey {
    std::array<std::uint8_t, 16> salt{};
    std::uint32_t rounds = 0;
    std::array<std::uint8_t, 32> key{};
};

constexpr std::uint32_t password_rounds = 600'000;
constexpr std::uint32_t password_rounds_max = 10'000'000; ///< more would keep whoever opens busy for minutes

/// PBKDF2-HMAC-SHA-256; takes a fifth of a second and more, as it should.
Result<PasswordKey> derive_password_key(const std::string& passphrase, const std::array<std::uint8_t, 16>& salt,
                                        std::uint32_t rounds);

/// The RecipientInfo, in DER.
Result<der::Bytes> wrap_for_password(const PasswordKey& key, const ContentKey& content_key);

/// What it takes to undo that.
struct PasswordRecipient {
    std::array<std::uint8_t, 16> salt{};
    std::uint32_t rounds = 0;
    std::array<std::uint8_t, 16> iv{};
    std::array<std::uint8_t, 48> wrapped{};
};
/// Reads exactly what wrap_for_password writes.
/// Errors  corrupt  another form, or rounds not in password_rounds to password_rounds_max
Result<PasswordRecipient> parse_password_recipient(std::span<const std::uint8_t> der);
/// Errors  refused  it is not the passphrase (one wrong passphrase in 16 million passes, and fails at the content)
Result<ContentKey> unwrap_for_password(const PasswordKey& key, const PasswordRecipient& recipient);

} // namespace ombud::signing
