#pragma once
// X.509 certificates: whose key a public key is, and for how long.

#include "events/result.hpp"
#include "signing/digest.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::signing {

class PrivateKey;

enum class KeyKind { rsa, ec, other };

/// Cheap to copy. Thread any.
class Certificate {
  public:
    /// Reads the first certificate of a PEM text; what else is in it, such as a key, is passed over.
    /// Errors  invalid_input  there is none
    static Result<Certificate> parse_pem(std::string_view pem);
    /// All certificates of a PEM text, `max` at most.
    /// Errors  invalid_input  there is none, or more than `max`
    static Result<std::vector<Certificate>> parse_all_pem(std::string_view pem, std::size_t max);
    /// The same from a file of at most 1 MB.
    /// Errors  not_found  no such file, or it cannot be read;  otherwise as parse_all_pem, with the file named
    static Result<std::vector<Certificate>> read_all(const std::filesystem::path& file, std::size_t max);
    /// A certificate over a key by that key itself, for digital signatures and nothing else.
    /// @param common_name  1 to 64 bytes of UTF-8
    /// Errors  invalid_input  the name;  internal  OpenSSL cannot
    static Result<Certificate> self_signed(const PrivateKey& key, const std::string& common_name,
                                           std::int64_t not_before_utc_ns, std::int64_t not_after_utc_ns);

    [[nodiscard]] std::string pem() const;
    /// Of the DER form: what `openssl x509 -fingerprint -sha256` shows.
    [[nodiscard]] const Digest& sha256() const;
    /// As `openssl x509 -subject -nameopt RFC2253` shows it, with UTF-8 as it is.
    [[nodiscard]] std::string subject() const;
    [[nodiscard]] std::int64_t not_before_utc_ns() const;
    [[nodiscard]] std::int64_t not_after_utc_ns() const;
    [[nodiscard]] bool is_valid_at(std::int64_t utc_ns) const {
        return utc_ns >= not_before_utc_ns() && utc_ns <= not_after_utc_ns();
    }
    [[nodiscard]] KeyKind key_kind() const;
    [[nodiscard]] int key_bits() const;
    /// Whether its extensions, if it has any on this, let it encrypt keys to its owner.
    [[nodiscard]] bool allows_encryption() const;

    friend bool operator==(const Certificate& left, const Certificate& right) {
        return left.sha256() == right.sha256();
    }

    struct Handle; ///< OpenSSL's; for this folder
    explicit Certificate(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
    [[nodiscard]] const Handle& handle() const { return *handle_; }

  private:
    std::shared_ptr<const Handle> handle_;
};

/// `2026-11-22T12:00:00Z`, for messages about certificates.
[[nodiscard]] std::string utc_text(std::int64_t utc_ns);

} // namespace ombud::signing
