#pragma once
// Who signs checkpoints.

#include "events/result.hpp"
#include "signing/key.hpp"
#include "signing/note.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace ombud::ledger {

/// Signs checkpoints. The ledger knows no more about keys than this, so that other signers can take its place:
/// a process under another user (sign() asks it over a socket), a key that is replaced each day, or witnesses,
/// whose cosignatures are further lines behind the ledger's own.
/// Thread  sign is called from whichever thread commits, one call at a time; verifier from any
class Signer {
  public:
    virtual ~Signer() = default;

    /// Name and public key of the signature that `sign` puts first; the name is the ledger's origin.
    [[nodiscard]] virtual const signing::NoteVerifier& verifier() const = 0;
    /// The signature lines of a note of this text: one or more, each `— name base64` with its line feed.
    /// An error leaves the entries recorded and unsigned; the ledger asks again a second later.
    virtual Result<std::string> sign(std::string_view text) = 0;
};

/// Signs with a key from a file in this process.
class KeySigner final : public Signer {
  public:
    /// Loads the key, or makes one and saves it when the file is missing.
    ///
    /// @param name  names the ledger everywhere, as `example.com/site-7`: no space, no '+'
    /// Errors  those of SigningKey::load and save;  invalid_input  the name breaks its rule
    static Result<KeySigner> open(const std::filesystem::path& key_file, std::string name);

    KeySigner(signing::SigningKey key, signing::NoteVerifier verifier)
        : key_(std::move(key)), verifier_(std::move(verifier)) {}

    [[nodiscard]] const signing::NoteVerifier& verifier() const override { return verifier_; }
    Result<std::string> sign(std::string_view text) override { return signing::sign_note(key_, verifier_, text); }

  private:
    signing::SigningKey key_;
    signing::NoteVerifier verifier_;
};

} // namespace ombud::ledger
