#pragma once
// Corrections: asked for by modules, recorded, carried out once, and their outcome recorded.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "plugin_runtime/services.hpp"
#include "verdicts/verdict.hpp"

namespace ombud {

struct ActionRow {
    std::int64_t id = 0;
    std::string state; ///< would, pending, done, refused, failed
    std::string kind, attachment, device, recording, module, control, reason, proof;
    std::vector<TrackRule> tracks;
    std::int64_t attempts = 0;
    std::int64_t requested_utc_ns = 0, ended_utc_ns = 0;
    std::uint64_t ledger_index = 0; ///< of the request
    std::string export_id;
    std::string user; ///< personal; empty once the action is over: the request's entry has the opening
};

struct ActionCounts {
    std::int64_t would = 0, pending = 0, done = 0, refused = 0, failed = 0;
};

/// Functions on the table in the ledger's file. All that take a Transaction: [ledger's writer].
namespace actions {

Result<void> prepare(ledger::Ledger& ledger);

/// Records a request: `pending` in enforce, `would` in monitor. One that is already pending (or, in monitor, already
/// recorded as `would`) changes nothing. @return whether something new is to be carried out
Result<bool> request(ledger::Ledger::Transaction& transaction, const std::string& module, Mode mode,
                     const ActionRequest& request, std::int64_t now_utc_ns);

/// How one attempt ended.
struct Ending {
    enum class State { done, refused, failed, retry };
    State state = State::retry;
    bool already = false; ///< done: it was so before
    std::string proof;    ///< what was seen, or why not
};
/// Records an ending. `retry` keeps the action pending until `next_utc_ns`.
Result<void> end(ledger::Ledger::Transaction& transaction, const ActionRow& action, const Ending& ending,
                 std::int64_t now_utc_ns, std::int64_t next_utc_ns);

/// Forgets what a module would have done in monitor; it decides anew in enforce.
Result<void> forget_would(ledger::Ledger::Transaction& transaction, const std::string& module);

/// Pending actions that are due, oldest first.
Result<std::vector<ActionRow>> due(store::Database& db, std::int64_t now_utc_ns, std::int64_t limit);
/// Newest first; state empty: any.
Result<std::vector<ActionRow>> query(store::Database& db, const std::string& state, std::int64_t limit);
Result<ActionCounts> count(store::Database& db);
/// Whether an action of ours on that recording was begun or done: then its disappearance is our doing.
Result<bool> caused_by_us(store::Database& db, std::string_view attachment, std::string_view recording);

} // namespace actions
} // namespace ombud
