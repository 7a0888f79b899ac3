#pragma once
// Who signs checkpoints.

#include "events/result.hpp"
#include "signing/key.hpp"
#include "signing/note.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::ledger {

/// Which keys of epochs the ledger's own entries name.
struct EpochKeys {
    std::optional<signing::NoteVerifier> current; ///< signs beside the ledger's key; nothing: no epoch has begun
    std::optional<signing::NoteVerifier> next;    ///< named by an entry that no checkpoint covers yet
};

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

    /// Called once, when the ledger is opened.
    /// Errors  refused  it has not the keys that the ledger names
    virtual Result<void> resume(const EpochKeys& keys) {
        if (keys.current || keys.next)
            return fail(ErrorCode::refused, "the ledger is signed under keys of epochs, and this signer has none");
        return {};
    }
    /// A key for the next epoch, durable; the same until it is entered.
    virtual Result<signing::NoteVerifier> prepare_epoch() {
        return fail(ErrorCode::refused, "this signer has no keys of epochs");
    }
    /// The entry that names the prepared key is covered by a durable checkpoint: sign under it from now on, and destroy the one before.
    virtual Result<void> enter_epoch() { return fail(ErrorCode::refused, "this signer has no keys of epochs"); }
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
