#pragma once
// Private keys that belong to certificates, in files or on tokens.

#include "events/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::signing {

class Certificate;

/// The private half of an RSA or EC key. Cheap to copy. Thread any.
class PrivateKey {
  public:
    /// ECDSA and ECDH on P-256.
    static Result<PrivateKey> generate_p256();
    /// Reads PEM: PKCS #8, encrypted or not, or what OpenSSL wrote before it. It never asks at a terminal.
    /// Errors  invalid_input  not a private key in PEM, or the passphrase is wrong, missing or not needed
    static Result<PrivateKey> parse_pem(std::string_view pem, const std::optional<std::string>& passphrase);
    /// The same from a plain file that nobody but its owner may use.
    /// Errors  not_found;  refused  others may read or write it;  unavailable;  as parse_pem, with the file named
    static Result<PrivateKey> load(const std::filesystem::path& file, const std::optional<std::string>& passphrase);
    /// A key on a token, by OpenSSL's pkcs11 engine (libengine-pkcs11-openssl). The key never leaves the token.
    /// @param uri  "pkcs11:token=…;object=…;type=private" (RFC 7512); without a PIN in it, which would show in logs
    /// Errors  unavailable  there is no such engine or token;  invalid_input  the address or the PIN is wrong
    static Result<PrivateKey> from_token(const std::string& uri, const std::optional<std::string>& pin);

    /// Writes PKCS #8 in PEM with mode 0600 and syncs it; with a passphrase under AES-256-CBC, PBKDF2-HMAC-SHA-256.
    /// Errors  refused  the file exists (a key is never overwritten);  unavailable  it cannot be written, or is on a
    /// token
    [[nodiscard]] Result<void> save(const std::filesystem::path& file,
                                    const std::optional<std::string>& passphrase) const;
    /// Whether the certificate is over this key.
    [[nodiscard]] bool belongs_to(const Certificate& certificate) const;

    struct Handle; ///< OpenSSL's; for this folder
    explicit PrivateKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
    [[nodiscard]] const Handle& handle() const { return *handle_; }

  private:
    std::shared_ptr<const Handle> handle_;
};

} // namespace ombud::signing
