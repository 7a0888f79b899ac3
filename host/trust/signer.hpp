#pragma once
// Whose plugins are trusted here, and how far: one file a key, in folders that only root can write.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"
#include "plugin_runtime/provenance.hpp"
#include "signing/key.hpp"

namespace ombud::trust {

/// One key. Its file is what `openssl pkeyutl -verify -pubin -inkey` takes, with lines of ours above:
///
///     level: organisation
///     until: 2027-12-31
///     reason: our own build server
///     -----BEGIN PUBLIC KEY-----
///     …
struct Signer {
    std::string name;                                   ///< of the file NAME.pem: a-z, 0-9, _ and -, 1 to 64
    TrustLevel level = TrustLevel::unsigned_code;       ///< never unsigned_code, but for a withdrawn key
    bool is_withdrawn = false;                          ///< `level: withdrawn`: nothing that it signed is accepted
    std::string until;                                  ///< last day, in UTC; empty: without end
    std::int64_t ends_utc_ns = 0;                       ///< the first instant after that day; 0: never
    std::string reason;                                 ///< why it is trusted, or no longer
    signing::PublicKey key;
    std::filesystem::path file;
};

/// Reads the text of such a file.
/// Errors  invalid_input  an unknown line, a level or day of another form, no Ed25519 public key
Result<Signer> parse_signer(std::string_view text, const std::filesystem::path& file);
/// What parse_signer() reads back.
std::string to_text(const Signer& signer);
/// Hex SHA-256 of a key's SubjectPublicKeyInfo, as `openssl pkey -pubin -outform DER | sha256sum` prints it.
std::string fingerprint(const signing::PublicKey& key);
/// Errors  invalid_input  it cannot be a signer's name
Result<void> check_signer_name(std::string_view name);
/// `development`, `community`, `organisation`, `ours`.  Errors  invalid_input
Result<TrustLevel> parse_level(std::string_view text);

/// All keys that are trusted, or no longer. Copies are cheap enough; immutable.
class Signers {
  public:
    /// Reads every NAME.pem of the folders; a folder that does not exist holds none.
    ///
    /// @param folders  a file of a later one replaces the file of the same name of an earlier one: how an administrator
    ///                 withdraws or changes what came with the installation
    /// Errors  refused  owner or mode of a file or folder (guarded_file.hpp);  invalid_input  a file, or one key under
    ///         two names
    static Result<Signers> read(const std::vector<std::filesystem::path>& folders);

    /// One key alone.
    static Signers of(Signer signer);

    const std::vector<Signer>& all() const { return signers_; }
    const Signer* find(std::string_view name) const; ///< nullptr: none

    /// Whose signature this is, if that one is trusted now.
    ///
    /// @param document   the very bytes that were signed;  @param what  names them in messages
    /// @param is_dev     whether `development` counts
    /// Errors  refused   nobody's here, or that of a withdrawn or expired key, or a developer's outside of --dev
    Result<const Signer*> verify(std::string_view document, std::span<const std::uint8_t> signature, const std::string& what,
                                 bool is_dev, std::int64_t now_utc_ns) const;

  private:
    std::vector<Signer> signers_; // by name
};

} // namespace ombud::trust
