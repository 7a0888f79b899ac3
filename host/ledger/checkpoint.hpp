#pragma once
// A signed statement of how many entries the ledger has and what they hash to.

#include "events/result.hpp"
#include "ledger/tree.hpp"
#include "signing/note.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ombud::ledger {

/// Source  c2sp.org/tlog-checkpoint
struct Checkpoint {
    std::string origin; ///< which ledger; equal to the name of its signing key
    std::uint64_t size = 0;
    Digest root{};

    /// The text that is signed: origin, size and root, a line each.
    [[nodiscard]] std::string text() const;
};

/// Reads the text of a note as a checkpoint; extension lines are allowed and ignored.
/// Errors  invalid_input  another form
Result<Checkpoint> parse_checkpoint(std::string_view text);

/// Takes a signed checkpoint apart and checks its signature.
/// Errors  invalid_input  not a checkpoint;  not_found  not signed by this key
///         corrupt        signed wrongly, or for another origin
Result<Checkpoint> open_checkpoint(std::string_view signed_note, const signing::NoteVerifier& verifier);

} // namespace ombud::ledger
