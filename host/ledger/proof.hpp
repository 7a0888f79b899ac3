#pragma once
// Proofs that entries are in a ledger, checked by whoever has no ledger.

#include "events/result.hpp"
#include "ledger/checkpoint.hpp"
#include "signing/note.hpp"

#include <cstdint>
#include <string_view>

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

} // namespace ombud::ledger
