#pragma once
// Whether a ledger is what it was when it was written.

#include "events/result.hpp"
#include "ledger/signer.hpp"
#include "signing/note.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ombud::ledger {

enum class ProblemKind {
    changed,        ///< an entry's bytes, or what is stored beside them, are not what was hashed
    removed,        ///< an entry is missing, others after it are there
    inserted,       ///< an entry stands where none was recorded
    reordered,      ///< an entry stands at another's index
    truncated,      ///< entries at the end are missing
    rolled_back,    ///< the ledger is older than a checkpoint that was published or kept
    root_mismatch,  ///< the entries do not hash to what a checkpoint states
    bad_signature,  ///< a checkpoint is not signed by the ledger's key
    bad_checkpoint, ///< a checkpoint is not readable, or not of this ledger
    edge_mismatch,  ///< the tree's right edge does not fit the entries
    index_mismatch, ///< queries by kind would miss entries, or show them under another kind
    broken_opening, ///< a personal value does not match the ledger's commitment to it
};

/// `changed`, `rolled-back` and so on.
[[nodiscard]] std::string_view name_of(ProblemKind kind);

struct Problem {
    ProblemKind kind;
    std::uint64_t index; ///< the entry concerned; for checkpoints, the number of entries they cover
    std::string message; ///< names the entry and what is wrong with it
};

/// A checkpoint that was kept outside.
struct KeptCheckpoint {
    std::string note;   ///< signed by the ledger's key, or it does not count
    std::string source; ///< names it in messages
};

struct VerifyOptions {
    /// The key to check with, as pinned outside. Without it the folder's own file `verifier` is used, which whoever
    /// can replace the ledger can replace too.
    std::optional<signing::NoteVerifier> verifier{};
    /// The key of the first epoch, as pinned outside; without it, the folder's own file, or the first entry that names one.
    std::optional<signing::NoteVerifier> epoch_root{};
    /// Checkpoints that were kept outside: the ledger must contain what they state.
    std::vector<KeptCheckpoint> kept{};
    /// Called now and then with entries done and entries in all; false cancels.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
};

struct VerifyReport {
    std::uint64_t size = 0;        ///< entries found
    std::uint64_t signed_size = 0; ///< of which a checkpoint with a good signature covers so many
    std::uint64_t checkpoints = 0; ///< checkpoints found
    std::uint64_t openings = 0;    ///< personal values that match their commitments
    std::uint64_t pruned = 0;      ///< entries whose bodies were pruned; their hashes are in the tree
    std::uint64_t bodies_from = 0; ///< the index from which all entries have bodies
    std::uint64_t epochs = 0;      ///< keys that followed one another, each named under the one before
    std::string epoch_root;        ///< the first of them; empty: none yet
    EpochKeys epoch{};             ///< which sign now, and next
    std::uint64_t epoch_next_at = 0; ///< the entry that names the next
    std::string verifier_key;      ///< the key the signatures were checked with
    bool key_was_pinned = false;   ///< whether it came from outside the folder
    bool epoch_was_pinned = false; ///< whether the first epoch's key did
    std::uint64_t kept = 0;        ///< kept checkpoints that the ledger was checked against: without one, a rollback
                                   ///< of the whole folder to an older state cannot be seen
    std::uint64_t kept_unsigned = 0; ///< that were given and are not signed by the key: they say nothing
    std::vector<Problem> problems; ///< the first 100, in order of their finding; empty: the ledger verifies
    std::uint64_t problem_count = 0;
};

/// What a file `verifier` holds.
struct PinnedKeys {
    signing::NoteVerifier verifier;
    std::optional<signing::NoteVerifier> epoch_root;
};
/// One or two lines, each a verifier key of the same name.
/// Errors  invalid_input  anything else
Result<PinnedKeys> parse_pinned_keys(std::string_view text);
/// The keys in the folder's own file `verifier`.
/// Errors  not_found  there is none;  invalid_input  it holds something else
Result<PinnedKeys> read_verifier(const std::filesystem::path& folder);

/// Verifies a ledger; reads only, and works beside the host that writes it.
///
/// The report is of one state, that of the moment when verification began. Entries behind the newest checkpoint
/// (`signed_size` to `size`) are protected by their own hashes only: whoever rewrites all of them is not seen.
/// Errors  not_found      there is no ledger, or no key to check with
///         too_new        written by a newer version
///         invalid_input  checkpoints were kept, and none is one of this ledger's
///         corrupt        the file is damaged so that SQLite cannot read it
///         unavailable    it cannot be read, or `progress` cancelled
/// Thread  any
Result<VerifyReport> verify(const std::filesystem::path& folder, const VerifyOptions& options = {});

} // namespace ombud::ledger
