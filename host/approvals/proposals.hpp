#pragma once
// The table of proposals. Internal to this folder.

#include <optional>
#include <vector>

#include "approvals/approvals.hpp"
#include "store/database.hpp"

namespace ombud::approvals::proposals {

Result<void> prepare(ledger::Ledger& ledger);

Result<std::optional<Proposal>> find(store::Database& db, std::int64_t id);
Result<std::vector<Proposal>> list(store::Database& db, const ProposalQuery& query);
Result<std::int64_t> count_open(store::Database& db);
/// The open proposal that asks for the same; 0: none.
Result<std::int64_t> find_same(store::Database& db, const Request& request);
/// Open ones whose time is over.
Result<std::vector<Proposal>> overdue(store::Database& db, std::int64_t now_utc_ns);

/// When the first open one expires; INT64_MAX: none is open.
Result<std::int64_t> next_expiry(store::Database& db);

/// @return its id
Result<std::int64_t> insert(store::Database& db, const Proposal& proposal);
/// Stores state, end and end_ledger_index; what is personal, and every account's name, is overwritten in the file.
Result<void> close(store::Database& db, const Proposal& proposal);

} // namespace ombud::approvals::proposals
