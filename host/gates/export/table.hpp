#pragma once
// The table of exports, in the ledger's file: what changes there changes together with the entries about it.

#include <optional>
#include <vector>

#include "gates/export/record.hpp"
#include "ledger/ledger.hpp"

namespace ombud::exports::table {

Result<void> prepare(ledger::Ledger& ledger);

/// @return its number
Result<std::int64_t> insert(store::Database& db, const Export& one);
/// What it held before is overwritten in the file.
Result<void> put(store::Database& db, const Export& one);
Result<std::optional<Export>> find(store::Database& db, std::int64_t id);
/// Oldest first: those that are not closed.
Result<std::vector<Export>> open_ones(store::Database& db);
/// Newest first, closed ones, too.
Result<std::vector<Export>> newest(store::Database& db, std::int64_t limit);
Result<std::int64_t> count_open(store::Database& db);

} // namespace ombud::exports::table
