#pragma once
// Whether personal values are those that were recorded. Private to this folder of the source.

#include "ledger/layout.hpp"
#include "ledger/verify.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace ombud::ledger {

/// Compares each value that is kept with the commitment in its entry. After the entries, outside their snapshot: openings come before their
/// entries, so all that belong to the snapshot are there, and those of later entries are not ours to judge.
///
/// @param db  the ledger's;  @param size  entries that count;  @param good  counts the values that match
/// Errors  those of Openings and Statement
Result<void> check_openings(const Layout& layout, store::Database& db, std::uint64_t size, std::uint64_t& good,
                            const std::function<void(ProblemKind, std::uint64_t index, std::string message)>& tell);

} // namespace ombud::ledger
