#pragma once
// A witness for other hosts' ledgers: it cosigns what goes on from what it saw, and nothing else.

#include "events/clock.hpp"
#include "events/result.hpp"
#include "signing/key.hpp"
#include "signing/note.hpp"
#include "witness/witnessed.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::witness {

/// What goes back over HTTP.
struct Reply {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

/// Keeps `key.pem`, `verifier` (its own verifier key) and `witness.db` in a folder.
///
/// A cosignature is no entry of this host's ledger: two hosts that witness each other would never come to rest.
/// Thread  any
/// Source  c2sp.org/tlog-witness, c2sp.org/tlog-cosignature (Ed25519)
class Witness {
  public:
    /// Loads the key, or makes one.
    /// @param name  names the witness, as `ombud/depot/witness`
    /// Errors  those of SigningKey::load and save, NoteVerifier::create, WitnessedLogs::open
    static Result<std::unique_ptr<Witness>> open(const std::filesystem::path& folder, std::string name, const Clock& clock);

    /// Whose checkpoints count from now on: one key a name.
    void trust(std::vector<signing::NoteVerifier> logs);

    /// Answers one `add-checkpoint`. What is cosigned is durable before it is answered.
    /// @return 200 and signature lines; 400 not such a request; 403 not signed by the ledger's key; 404 an unknown ledger; 409 and the
    ///         size that was cosigned last, when the request starts from another, or states another root of that size; 422 the proof
    ///         does not hold; 500 nothing can be kept
    [[nodiscard]] Reply add_checkpoint(std::string_view body);

    [[nodiscard]] const signing::NoteVerifier& verifier() const { return verifier_; }
    Result<std::vector<Witnessed>> witnessed();

    /// In a witness's folder.
    [[nodiscard]] static std::filesystem::path database(const std::filesystem::path& folder) { return folder / "witness.db"; }

  private:
    Witness(signing::SigningKey key, signing::NoteVerifier verifier, WitnessedLogs logs, const Clock& clock)
        : key_(std::move(key)), verifier_(std::move(verifier)), witnessed_(std::move(logs)), clock_(clock) {}

    const signing::SigningKey key_;
    const signing::NoteVerifier verifier_;
    std::mutex mutex_; // the members below: looking and keeping are one step
    WitnessedLogs witnessed_;
    std::vector<signing::NoteVerifier> logs_;
    const Clock& clock_;
};

} // namespace ombud::witness
