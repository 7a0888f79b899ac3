#pragma once
// The open matters of a site: raised by modules, one row a matter, every opening and closing in the ledger.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "plugin_runtime/services.hpp"

namespace ombud {

struct FindingRow {
    std::int64_t id = 0;
    std::string module, key, control, attachment, device, recording, text, evidence;
    std::uint32_t severity = 0;
    std::int64_t opened_utc_ns = 0, last_utc_ns = 0, closed_utc_ns = 0; ///< closed 0: open
    std::uint64_t ledger_index = 0;                                     ///< of the opening
};

struct FindingQuery {
    enum class State { open, closed, all };
    State state = State::open;
    std::string module, control; ///< empty: any
    std::int64_t after = 0;      ///< id
    std::int64_t limit = 1000;
};

struct FindingCounts {
    std::int64_t open = 0, violation = 0, warning = 0, info = 0;
};

/// Functions on the tables in the ledger's file. All that take a Transaction: [ledger's writer].
namespace findings {

Result<void> prepare(ledger::Ledger& ledger);

/// Whether a module sees that device now; what is found at one that it does not see stays open, whatever it says. Null: it sees all.
using LooksAt = std::function<bool(std::string_view attachment, std::string_view device)>;

/// Opens a finding, or notes that it still holds. Only an opening or a change of severity makes an entry.
/// @param audit  number of the audit that raised it; 0: an event did
Result<void> raise(ledger::Ledger::Transaction& transaction, const std::string& module, const Finding& finding,
                   std::int64_t audit, std::int64_t now_utc_ns);
Result<void> clear(ledger::Ledger::Transaction& transaction, const std::string& module, const std::string& key,
                   std::string_view why, std::int64_t now_utc_ns, const LooksAt& looks_at = {});
/// Closes what earlier audits of the module raised and this one did not. @return how many
Result<std::int64_t> clear_stale(ledger::Ledger::Transaction& transaction, const std::string& module, std::int64_t audit,
                                 std::int64_t now_utc_ns, const LooksAt& looks_at = {});
/// Closes a module's findings under one control about a recording (or, with `recording` empty, a device).
Result<void> clear_subject(ledger::Ledger::Transaction& transaction, const std::string& module, const std::string& control,
                           const std::string& attachment, const std::string& device, const std::string& recording,
                           std::string_view why, std::int64_t now_utc_ns);

Result<std::vector<FindingRow>> query(store::Database& db, const FindingQuery& query);
Result<FindingCounts> count(store::Database& db, const std::string& module = {});
/// How many the query selects, whatever its `after` and `limit`.
Result<std::int64_t> count_selected(store::Database& db, const FindingQuery& query);
std::string_view severity_name(std::uint32_t severity); ///< info, warning, violation

} // namespace findings
} // namespace ombud
