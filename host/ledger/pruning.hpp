#pragma once
// Entries lose their bodies when their time is over; the chain stays whole.

#include "events/result.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <string>

namespace ombud::ledger {

/// Removes the bodies of entries that were recorded before a time: kind, time and line. Their hashes stay, so every checkpoint and every
/// proof still verifies. Bodies go up to a multiple of 256 below the first younger entry, as tiles of entries do; those about the ledger itself
/// (`ledger.epoch`, `ledger.pruned`, `ledger.erasure`) stay. Personal values of that age are erased with them. That it is done is an
/// entry `ledger.pruned`, covered by a checkpoint before the first body goes; what an end of the process left undone is done by the next call.
/// The space is used again by later entries, not given back to the file system.
///
/// @param policy  kept in the entry, as `keep 1095d`: no personal data
/// @return how many bodies went
/// Errors  unavailable  nothing can be stored, or signed
/// Thread  any, one call at a time
/// Source  c2sp.org/tlog-tiles, "Pruning"
Result<std::uint64_t> prune(Ledger& ledger, std::int64_t before_utc_ns, const std::string& policy);

} // namespace ombud::ledger
