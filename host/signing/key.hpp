#pragma once
// Ed25519 keys: the private half that signs, the public half that anybody may check with.

#include "events/result.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ombud::signing {

using Signature = std::array<std::uint8_t, 64>; ///< Source RFC 8032

/// The public half: 32 bytes that anybody may have. Cheap to copy. Thread any.
class PublicKey {
  public:
    using Raw = std::array<std::uint8_t, 32>;

    /// Errors  invalid_input  not 32 bytes
    static Result<PublicKey> from_raw(std::span<const std::uint8_t> raw);
    /// Reads what `pem` writes, which is also what `openssl pkey -pubout` writes.
    /// Errors  invalid_input  not a SubjectPublicKeyInfo PEM, or not an Ed25519 key
    static Result<PublicKey> parse_pem(std::string_view pem);
    /// Errors  not_found  no such file;  otherwise as parse_pem, with the file named
    static Result<PublicKey> read(const std::filesystem::path& file);

    [[nodiscard]] const Raw& raw() const { return raw_; }
    /// SubjectPublicKeyInfo, as `openssl pkeyutl -verify -pubin -inkey` reads it.
    [[nodiscard]] std::string pem() const;
    /// Whether `signature` is this key's over exactly `message`.
    [[nodiscard]] bool verifies(std::span<const std::uint8_t> message, std::span<const std::uint8_t> signature) const;

    friend bool operator==(const PublicKey& left, const PublicKey& right) { return left.raw_ == right.raw_; }

  private:
    struct Handle;
    PublicKey(Raw raw, std::shared_ptr<const Handle> handle) : raw_(raw), handle_(std::move(handle)) {}

    Raw raw_;
    std::shared_ptr<const Handle> handle_;
};

/// The private half. It never leaves the object except into a file of mode 0600. Thread any.
class SigningKey {
  public:
    /// Errors  unavailable  the random generator failed
    static Result<SigningKey> generate();
    /// Reads a PKCS#8 PEM file. It never asks at a terminal.
    ///
    /// @param passphrase  what opens it; none: it is not encrypted
    /// Errors  not_found      no such file
    ///         refused        not a plain file, or somebody else than its owner may read or write it
    ///         invalid_input  not a private Ed25519 key in PEM, or the passphrase is wrong or missing
    ///         unavailable    it cannot be read
    static Result<SigningKey> load(const std::filesystem::path& file, const std::optional<std::string>& passphrase = {});

    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

    /// Writes PKCS#8 PEM with mode 0600 and syncs it; with a passphrase under AES-256-CBC, PBKDF2-HMAC-SHA-256.
    /// Errors  refused  the file exists (a key is never overwritten);  unavailable  it cannot be written
    Result<void> save(const std::filesystem::path& file, const std::optional<std::string>& passphrase = {}) const;
    [[nodiscard]] const PublicKey& public_key() const;
    [[nodiscard]] Result<Signature> sign(std::span<const std::uint8_t> message) const;

  private:
    struct Private;
    explicit SigningKey(std::unique_ptr<Private> key);
    std::unique_ptr<Private> key_;
};

} // namespace ombud::signing
