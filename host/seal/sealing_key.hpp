#pragma once
// The key and certificate under which a site seals, and the folder in which they are kept.

#include "events/clock.hpp"
#include "events/result.hpp"
#include "signing/cms/certificate.hpp"
#include "signing/cms/private_key.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ombud::seal {

/// A key that signs seals, with its certificate. Cheap to copy. Thread any.
struct SealingKey {
    signing::PrivateKey key;
    signing::Certificate certificate;
};

/// Where the private key comes from.
struct KeySource {
    std::optional<std::string> passphrase{}; ///< of the key file; a new key is written under it. Absent: no passphrase
    std::string token{};              ///< "pkcs11:…" (RFC 7512): the key is on that token; empty: in the folder
    std::optional<std::string> pin{}; ///< of the token
};

/// A key of the site, old or current.
struct KeyRecord {
    std::uint32_t number = 0; ///< 1 is the first
    signing::Certificate certificate;
    bool is_current = false;
    std::string reason{}; ///< of the rotation that made it; empty: the first
};

/// A site's sealing keys: `NNNN.key.pem` (mode 0600), `NNNN.cert.pem`, and `NNNN.rotation.cms`, in which the key before
/// signed the certificate that follows it. Nothing in it is ever overwritten.
/// Thread  one at a time; processes lock each other out
class SealingKeys {
  public:
    /// Opens the folder (made with mode 0700), and makes the first key if there is none: ECDSA on P-256, self-signed
    /// for ten years, named after the site.
    ///
    /// @param site  the site's id, the certificate's common name
    /// Errors  refused        others may use the folder or a key, or key and certificate do not belong together
    ///         invalid_input  the passphrase, the token's address or its PIN is wrong, or the key is not under the passphrase given
    ///         corrupt        a rotation is not signed by the key before it, or a file is missing
    ///         unavailable    it cannot be read or written
    static Result<SealingKeys> open(const std::filesystem::path& folder, const std::string& site,
                                    const KeySource& source, const Clock& clock);
    /// Opens what is there to read certificates; makes nothing, needs no private key.
    /// Errors  not_found  there are no keys in the folder;  corrupt, unavailable  as open
    static Result<std::vector<KeyRecord>> list(const std::filesystem::path& folder);

    [[nodiscard]] const SealingKey& current() const { return current_; }
    [[nodiscard]] const std::vector<KeyRecord>& records() const { return records_; }

    /// Makes a new key, whose certificate the old key signs; the old certificate stays for old seals.
    ///
    /// @param reason  1 to 1000 bytes, kept in what the old key signs: no personal data
    /// @param next    where the new key is
    /// Errors  as open; the old key is still the current one then
    Result<KeyRecord> rotate(const std::string& reason, const KeySource& next, const Clock& clock);

  private:
    SealingKeys(std::filesystem::path folder, std::string site, SealingKey current, std::vector<KeyRecord> records)
        : folder_(std::move(folder)), site_(std::move(site)), current_(std::move(current)),
          records_(std::move(records)) {}

    std::filesystem::path folder_;
    std::string site_;
    SealingKey current_;
    std::vector<KeyRecord> records_;
};

} // namespace ombud::seal
