#pragma once
// Proofs that entries are in a ledger, checked by whoever has no ledger.

#include "events/result.hpp"
#include "ledger/checkpoint.hpp"
#include "signing/note.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ombud::ledger {

/// An entry that is in the ledger which a checkpoint describes.
struct ProvenEntry {
    std::uint64_t index = 0;
    Checkpoint checkpoint;
};

/// Checks a proof as Reader::inclusion_proof gives it, 256 KiB at most.
///
/// @param line      the entry's bytes as they were hashed
/// @param verifier  whose signature the checkpoint must carry; null: any, so that the proof says no more than that
///                  entry and checkpoint belong together
/// Errors  invalid_input  not in the form of a proof;  corrupt  the entry is not where the proof says, or the signature
/// is wrong
///         not_found      the checkpoint is not signed by this key
/// Source  c2sp.org/tlog-proof, version 1; RFC 6962, section 2.1.1
Result<ProvenEntry> verify_inclusion_proof(std::string_view line, std::string_view proof,
                                           const signing::NoteVerifier* verifier);

/// Checks that the ledger of `old` is a prefix of that of `grown`.
/// @param path  as Reader::consistency_proof gives it; empty when the sizes are equal, or `old` has no entries
/// Errors  corrupt  it is not, or the path proves something else
/// Source  RFC 6962, section 2.1.2; RFC 9162, section 2.1.4.2
Result<void> verify_consistency(const Checkpoint& old, const Checkpoint& grown, std::span<const Digest> path);

/// The body of an `add-checkpoint` request, taken apart; no signature in it is looked at.
struct GrowthRequest {
    std::uint64_t old_size = 0;
    std::vector<Digest> path;
    signing::Note note;
    Checkpoint checkpoint; ///< what the note's text states
};
/// @param body  `old SIZE`, at most 63 lines of base64 a hash, an empty line, a signed checkpoint; 256 KiB at most
/// Errors  invalid_input  another form, or an old size beyond the checkpoint's
/// Source  c2sp.org/tlog-witness, add-checkpoint
Result<GrowthRequest> parse_growth_request(std::string_view body);

} // namespace ombud::ledger
