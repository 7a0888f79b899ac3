#pragma once
// Whether the ledger goes on from what was kept of it before. Private to this folder.

#include "events/result.hpp"
#include "ledger/checkpoint.hpp"

#include <filesystem>

namespace ombud::anchors {

/// Proves by the ledger's own hashes that its newest checkpoint goes on from an older one. Costs a pass over the leaf hashes.
///
/// @param folder  the ledger's;  @param where  names the place that kept it, for the message
/// Errors  corrupt      the ledger was rolled back, or is another history;  unavailable  it cannot be read now
Result<void> check_growth(const std::filesystem::path& folder, const ledger::Checkpoint& kept, const std::string& where);

/// `rolled back: WHERE has seen 12 entries, the ledger has 7`.
Error rolled_back(const std::string& where, std::uint64_t seen, std::uint64_t has);

} // namespace ombud::anchors
