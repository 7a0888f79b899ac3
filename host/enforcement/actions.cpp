#include "enforcement/actions.hpp"

#include <array>

#include <ombud/vocabulary.h>

#include "store/schema.hpp"

namespace ombud::actions {
namespace {

constexpr std::array<std::string_view, 2> schema{R"sql(
CREATE TABLE action(
  id INTEGER PRIMARY KEY, state TEXT NOT NULL, kind TEXT NOT NULL, attachment TEXT NOT NULL, device TEXT NOT NULL,
  recording TEXT NOT NULL, module TEXT NOT NULL, control TEXT NOT NULL, reason TEXT NOT NULL, tracks TEXT NOT NULL,
  proof TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0,
  requested INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0, ledger_index INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX action_active ON action(kind, attachment, device, recording) WHERE state IN ('pending', 'would');
CREATE INDEX action_due ON action(next) WHERE state = 'pending';
CREATE INDEX action_recording ON action(recording, attachment);
)sql",
                                                     R"sql(
ALTER TABLE action ADD COLUMN export_id TEXT NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN user TEXT NOT NULL DEFAULT '';
DROP INDEX action_active;
CREATE UNIQUE INDEX action_active ON action(kind, attachment, device, recording, export_id, user)
  WHERE state IN ('pending', 'would');
)sql"};

constexpr std::string_view columns = "id, state, kind, attachment, device, recording, module, control, reason, tracks, proof,"
                                     " attempts, requested, ended, ledger_index, export_id, user";

Result<std::vector<ActionRow>> collect(store::Statement& statement) {
    std::vector<ActionRow> rows;
    for (auto more = statement.step();; more = statement.step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return rows;
        ActionRow row;
        row.id = statement.integer(0);
        row.state = statement.text(1);
        row.kind = statement.text(2);
        row.attachment = statement.text(3);
        row.device = statement.text(4);
        row.recording = statement.text(5);
        row.module = statement.text(6);
        row.control = statement.text(7);
        row.reason = statement.text(8);
        auto tracks = parse_track_rules(statement.text(9));
        if (!tracks)
            return fail(Error(tracks.error()).within("action " + std::to_string(row.id)));
        row.tracks = std::move(*tracks);
        row.proof = statement.text(10);
        row.attempts = statement.integer(11);
        row.requested_utc_ns = statement.integer(12);
        row.ended_utc_ns = statement.integer(13);
        row.ledger_index = static_cast<std::uint64_t>(statement.integer(14));
        row.export_id = statement.text(15);
        row.user = statement.text(16);
        rows.push_back(std::move(row));
    }
}

// What a request and a row call alike. The person stands in the request's entry alone, which all later ones name.
template <class Asked>
void describe(ledger::Entry& entry, const Asked& asked, const std::string& module) {
    entry.set("action", asked.kind).set("module", module).set("control", asked.control).set("attachment", asked.attachment);
    if (!asked.device.empty())
        entry.set("device", asked.device);
    if (!asked.recording.empty())
        entry.set("recording", asked.recording);
    if (!asked.export_id.empty())
        entry.set("export", asked.export_id);
}

} // namespace

Result<void> prepare(ledger::Ledger& ledger) {
    return ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "actions", schema); });
}

Result<bool> request(ledger::Ledger::Transaction& transaction, const std::string& module, Mode mode,
                     const ActionRequest& asked, std::int64_t now) {
    store::Database& db = transaction.db();
    auto active = db.cached("SELECT id, state FROM action WHERE state IN ('pending', 'would') AND kind = ?1"
                            " AND attachment = ?2 AND device = ?3 AND recording = ?4 AND export_id = ?5 AND user = ?6");
    if (!active)
        return fail(active.error());
    auto row = (*active)->bind_borrowed(1, asked.kind).bind_borrowed(2, asked.attachment).bind_borrowed(3, asked.device)
                   .bind_borrowed(4, asked.recording).bind_borrowed(5, asked.export_id).bind_borrowed(6, asked.user).step();
    if (!row)
        return fail(row.error());
    const bool enforce = mode == Mode::enforce;
    std::int64_t would_id = 0;
    if (*row) {
        if (!enforce || (*active)->text(1) == "pending") {
            (*active)->reset();
            return false;
        }
        would_id = (*active)->integer(0);
    }
    (*active)->reset();
    if (would_id != 0) {
        auto gone = db.cached("DELETE FROM action WHERE id = ?1");
        if (!gone)
            return fail(gone.error());
        (*gone)->bind(1, would_id);
        if (auto ok = asked.user.empty() ? (*gone)->run() : db.run_overwriting(**gone); !ok)
            return fail(ok.error());
    }

    ledger::Entry entry(enforce ? "action.requested" : "action.would");
    describe(entry, asked, module);
    if (!asked.user.empty())
        entry.set("user", ledger::Personal{asked.user});
    const std::string tracks = to_string(asked.tracks);
    entry.set("reason", asked.reason);
    if (!tracks.empty())
        entry.set("tracks", tracks);
    const auto index = transaction.append(entry);
    if (!index)
        return fail(index.error());
    auto insert = db.cached("INSERT INTO action(state, kind, attachment, device, recording, module, control, reason, tracks,"
                            " requested, ledger_index, export_id, user)"
                            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
    if (!insert)
        return fail(insert.error());
    auto ok = (*insert)->bind(1, enforce ? "pending" : "would").bind_borrowed(2, asked.kind).bind_borrowed(3, asked.attachment)
                  .bind_borrowed(4, asked.device).bind_borrowed(5, asked.recording).bind_borrowed(6, module)
                  .bind_borrowed(7, asked.control).bind_borrowed(8, asked.reason).bind_borrowed(9, tracks).bind(10, now)
                  .bind(11, static_cast<std::int64_t>(*index)).bind_borrowed(12, asked.export_id).bind_borrowed(13, asked.user).run();
    if (!ok)
        return fail(ok.error());
    return enforce;
}

Result<void> end(ledger::Ledger::Transaction& transaction, const ActionRow& action, const Ending& ending, std::int64_t now,
                 std::int64_t next) {
    constexpr std::array<std::string_view, 4> states{"done", "refused", "failed", "pending"};
    constexpr std::array<std::string_view, 4> kinds{"action.done", "action.refused", "action.failed", "action.delayed"};
    const auto state = static_cast<std::size_t>(ending.state);
    const bool over = ending.state != Ending::State::retry;
    // Of many vain attempts only the first is an entry: a VMS that is away for a week must not fill the ledger.
    if (over || action.attempts == 0) {
        ledger::Entry entry(kinds[state]);
        describe(entry, action, action.module);
        entry.set("request", static_cast<std::int64_t>(action.ledger_index)).set("proof", ending.proof);
        if (ending.already)
            entry.set("already", 1);
        if (auto appended = transaction.append(entry); !appended)
            return fail(appended.error());
    }
    auto statement = transaction.db().cached("UPDATE action SET state = ?2, proof = ?3, attempts = attempts + 1, next = ?4,"
                                             " ended = ?5, user = iif(?6, '', user) WHERE id = ?1");
    if (!statement)
        return fail(statement.error());
    (*statement)->bind(1, action.id).bind(2, states[state]).bind_borrowed(3, ending.proof).bind(4, next)
        .bind(5, over ? now : std::int64_t{0}).bind(6, std::int64_t{over});
    return action.user.empty() ? (*statement)->run() : transaction.db().run_overwriting(**statement);
}

Result<void> forget_would(ledger::Ledger::Transaction& transaction, const std::string& module) {
    auto statement = transaction.db().cached("DELETE FROM action WHERE state = 'would' AND module = ?1");
    if (!statement)
        return fail(statement.error());
    (*statement)->bind_borrowed(1, module);
    return transaction.db().run_overwriting(**statement);
}

Result<std::vector<ActionRow>> due(store::Database& db, std::int64_t now, std::int64_t limit) {
    auto statement = db.prepare("SELECT " + std::string(columns) +
                                " FROM action WHERE state = 'pending' AND next <= ?1 ORDER BY next, id LIMIT ?2");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, now).bind(2, limit);
    return collect(*statement);
}

Result<std::vector<ActionRow>> query(store::Database& db, const std::string& state, std::int64_t limit) {
    auto statement = db.prepare("SELECT " + std::string(columns) +
                                " FROM action WHERE ?1 = '' OR state = ?1 ORDER BY id DESC LIMIT ?2");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, state).bind(2, limit);
    return collect(*statement);
}

Result<ActionCounts> count(store::Database& db) {
    auto statement = db.prepare("SELECT state, count(*) FROM action GROUP BY state");
    if (!statement)
        return fail(statement.error());
    ActionCounts counts;
    for (auto more = statement->step();; more = statement->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return counts;
        const auto state = statement->text(0);
        (state == "would"     ? counts.would
         : state == "pending" ? counts.pending
         : state == "done"    ? counts.done
         : state == "refused" ? counts.refused
                              : counts.failed) = statement->integer(1);
    }
}

Result<bool> caused_by_us(store::Database& db, std::string_view attachment, std::string_view recording) {
    auto statement = db.prepare("SELECT 1 FROM action WHERE recording = ?1 AND attachment = ?2"
                                " AND kind IN (?3, '" OMBUD_ACTION_QUARANTINE_RECORDING "') AND state IN ('pending', 'done') LIMIT 1");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, recording).bind(2, attachment).bind(3, OMBUD_ACTION_DELETE_RECORDING);
    auto row = statement->step();
    if (!row)
        return fail(row.error());
    return *row;
}

} // namespace ombud::actions
