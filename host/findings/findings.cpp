#include "findings/findings.hpp"

#include <array>

#include "store/schema.hpp"

namespace ombud::findings {
namespace {

// The person is not here: a name belongs to the opening of the ledger entry alone, where it can be erased.
constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE finding(
  id INTEGER PRIMARY KEY, module TEXT NOT NULL, key TEXT NOT NULL, control TEXT NOT NULL, severity INTEGER NOT NULL,
  attachment TEXT NOT NULL, device TEXT NOT NULL, recording TEXT NOT NULL, text TEXT NOT NULL, evidence TEXT NOT NULL,
  opened INTEGER NOT NULL, last INTEGER NOT NULL, closed INTEGER NOT NULL, audit INTEGER NOT NULL,
  ledger_index INTEGER NOT NULL, UNIQUE(module, key)) STRICT;
CREATE INDEX finding_subject ON finding(attachment, recording, device) WHERE closed = 0;
)sql"};

struct Known {
    std::int64_t id = 0;
    bool open = false;
    std::uint32_t severity = 0;
};

Result<std::optional<Known>> find(store::Database& db, const std::string& module, const std::string& key) {
    auto statement = db.cached("SELECT id, closed = 0, severity FROM finding WHERE module = ?1 AND key = ?2");
    if (!statement)
        return fail(statement.error());
    auto row = (*statement)->bind_borrowed(1, module).bind_borrowed(2, key).step();
    if (!row)
        return fail(row.error());
    std::optional<Known> known;
    if (*row)
        known = Known{(*statement)->integer(0), (*statement)->integer(1) != 0,
                      static_cast<std::uint32_t>((*statement)->integer(2))};
    (*statement)->reset();
    return known;
}

ledger::Entry opening(const std::string& module, const Finding& finding, bool reopened) {
    ledger::Entry entry(reopened ? "finding.changed" : "finding.opened");
    entry.set("module", module).set("key", finding.key).set("control", finding.control);
    entry.set("severity", severity_name(finding.severity)).set("text", finding.text);
    if (!finding.attachment.empty())
        entry.set("attachment", finding.attachment);
    if (!finding.device.empty())
        entry.set("device", finding.device);
    if (!finding.recording.empty())
        entry.set("recording", finding.recording);
    if (!finding.evidence.empty())
        entry.set("evidence", finding.evidence);
    if (!finding.person.empty())
        entry.set("person", ledger::Personal{finding.person});
    return entry;
}

Result<void> close_row(ledger::Ledger::Transaction& transaction, std::int64_t id, const std::string& module,
                       const std::string& key, const std::string& control, std::string_view why, std::int64_t now) {
    ledger::Entry entry("finding.closed");
    entry.set("module", module).set("key", key).set("control", control).set("why", why);
    if (auto appended = transaction.append(entry); !appended)
        return fail(appended.error());
    auto statement = transaction.db().cached("UPDATE finding SET closed = ?2, last = ?2 WHERE id = ?1");
    if (!statement)
        return fail(statement.error());
    return (*statement)->bind(1, id).bind(2, now).run();
}

struct Open {
    std::int64_t id;
    std::string module, key, control, attachment, device;
};

// Rows first, changes after: the statement is done before the table changes under it.
Result<std::vector<Open>> collect(store::Statement& statement) {
    std::vector<Open> rows;
    for (auto more = statement.step();; more = statement.step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            break;
        rows.push_back({statement.integer(0), std::string(statement.text(1)), std::string(statement.text(2)),
                        std::string(statement.text(3)), std::string(statement.text(4)), std::string(statement.text(5))});
    }
    statement.reset();
    return rows;
}

void keep_unseen(std::vector<Open>& rows, const LooksAt& looks_at) {
    if (looks_at)
        std::erase_if(rows, [&](const Open& row) { return !row.device.empty() && !looks_at(row.attachment, row.device); });
}

Result<std::int64_t> close_all(ledger::Ledger::Transaction& transaction, const std::vector<Open>& rows, std::string_view why,
                               std::int64_t now) {
    for (const Open& row : rows)
        if (auto ok = close_row(transaction, row.id, row.module, row.key, row.control, why, now); !ok)
            return fail(ok.error());
    return static_cast<std::int64_t>(rows.size());
}

} // namespace

std::string_view severity_name(std::uint32_t severity) {
    constexpr std::array<std::string_view, 4> names{"", "info", "warning", "violation"};
    return severity < names.size() ? names[severity] : names[0];
}

Result<void> prepare(ledger::Ledger& ledger) {
    return ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "findings", schema); });
}

Result<void> raise(ledger::Ledger::Transaction& transaction, const std::string& module, const Finding& finding,
                   std::int64_t audit, std::int64_t now) {
    store::Database& db = transaction.db();
    const auto known = find(db, module, finding.key);
    if (!known)
        return fail(known.error());
    if (*known && (*known)->open && (*known)->severity == finding.severity) {
        auto statement = db.cached("UPDATE finding SET last = ?2, text = ?3, evidence = ?4, audit = max(audit, ?5) WHERE id = ?1");
        if (!statement)
            return fail(statement.error());
        return (*statement)->bind(1, (*known)->id).bind(2, now).bind_borrowed(3, finding.text)
            .bind_borrowed(4, finding.evidence).bind(5, audit).run();
    }
    const auto index = transaction.append(opening(module, finding, *known && (*known)->open));
    if (!index)
        return fail(index.error());
    auto statement = db.cached(
        "INSERT INTO finding(module, key, control, severity, attachment, device, recording, text, evidence, opened, last, closed,"
        " audit, ledger_index) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, 0, ?11, ?12)"
        " ON CONFLICT(module, key) DO UPDATE SET control = ?3, severity = ?4, attachment = ?5, device = ?6, recording = ?7,"
        " text = ?8, evidence = ?9, opened = ?10, last = ?10, closed = 0, audit = ?11, ledger_index = ?12");
    if (!statement)
        return fail(statement.error());
    return (*statement)->bind_borrowed(1, module).bind_borrowed(2, finding.key).bind_borrowed(3, finding.control)
        .bind(4, std::int64_t{finding.severity}).bind_borrowed(5, finding.attachment).bind_borrowed(6, finding.device)
        .bind_borrowed(7, finding.recording).bind_borrowed(8, finding.text).bind_borrowed(9, finding.evidence)
        .bind(10, now).bind(11, audit).bind(12, static_cast<std::int64_t>(*index)).run();
}

Result<void> clear(ledger::Ledger::Transaction& transaction, const std::string& module, const std::string& key,
                   std::string_view why, std::int64_t now, const LooksAt& looks_at) {
    auto statement = transaction.db().cached(
        "SELECT id, module, key, control, attachment, device FROM finding WHERE module = ?1 AND key = ?2 AND closed = 0");
    if (!statement)
        return fail(statement.error());
    (*statement)->bind_borrowed(1, module).bind_borrowed(2, key);
    auto rows = collect(**statement);
    if (!rows)
        return fail(rows.error());
    keep_unseen(*rows, looks_at);
    if (auto closed = close_all(transaction, *rows, why, now); !closed)
        return fail(closed.error());
    return {};
}

Result<std::int64_t> clear_stale(ledger::Ledger::Transaction& transaction, const std::string& module, std::int64_t audit,
                                 std::int64_t now, const LooksAt& looks_at) {
    auto statement = transaction.db().cached("SELECT id, module, key, control, attachment, device FROM finding"
                                             " WHERE module = ?1 AND closed = 0 AND audit > 0 AND audit < ?2");
    if (!statement)
        return fail(statement.error());
    (*statement)->bind_borrowed(1, module).bind(2, audit);
    auto rows = collect(**statement);
    if (!rows)
        return fail(rows.error());
    keep_unseen(*rows, looks_at);
    return close_all(transaction, *rows, "no longer found by an audit", now);
}

Result<void> clear_subject(ledger::Ledger::Transaction& transaction, const std::string& module, const std::string& control,
                           const std::string& attachment, const std::string& device, const std::string& recording,
                           std::string_view why, std::int64_t now) {
    auto statement = transaction.db().cached(
        "SELECT id, module, key, control, attachment, device FROM finding WHERE closed = 0 AND attachment = ?1 AND recording = ?2"
        " AND (?2 <> '' OR device = ?3) AND module = ?4 AND control = ?5");
    if (!statement)
        return fail(statement.error());
    (*statement)->bind_borrowed(1, attachment).bind_borrowed(2, recording).bind_borrowed(3, device)
        .bind_borrowed(4, module).bind_borrowed(5, control);
    const auto rows = collect(**statement);
    if (!rows)
        return fail(rows.error());
    if (auto closed = close_all(transaction, *rows, why, now); !closed)
        return fail(closed.error());
    return {};
}

Result<std::vector<FindingRow>> query(store::Database& db, const FindingQuery& query) {
    auto statement = db.prepare(
        "SELECT id, module, key, control, severity, attachment, device, recording, text, evidence, opened, last, closed,"
        " ledger_index FROM finding WHERE id > ?1 AND (?2 = '' OR module = ?2) AND (?3 = '' OR control = ?3)"
        " AND (?4 = 2 OR (closed = 0) = (?4 = 0)) ORDER BY id LIMIT ?5");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, query.after).bind(2, query.module).bind(3, query.control)
        .bind(4, static_cast<std::int64_t>(query.state)).bind(5, query.limit);
    std::vector<FindingRow> rows;
    for (auto more = statement->step();; more = statement->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return rows;
        FindingRow row;
        row.id = statement->integer(0);
        row.module = statement->text(1);
        row.key = statement->text(2);
        row.control = statement->text(3);
        row.severity = static_cast<std::uint32_t>(statement->integer(4));
        row.attachment = statement->text(5);
        row.device = statement->text(6);
        row.recording = statement->text(7);
        row.text = statement->text(8);
        row.evidence = statement->text(9);
        row.opened_utc_ns = statement->integer(10);
        row.last_utc_ns = statement->integer(11);
        row.closed_utc_ns = statement->integer(12);
        row.ledger_index = static_cast<std::uint64_t>(statement->integer(13));
        rows.push_back(std::move(row));
    }
}

Result<std::int64_t> count_selected(store::Database& db, const FindingQuery& query) {
    auto statement = db.prepare("SELECT count(*) FROM finding WHERE (?1 = '' OR module = ?1) AND (?2 = '' OR control = ?2)"
                                " AND (?3 = 2 OR (closed = 0) = (?3 = 0))");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, query.module).bind(2, query.control).bind(3, static_cast<std::int64_t>(query.state));
    if (auto row = statement->step(); !row)
        return fail(row.error());
    return statement->integer(0);
}

Result<FindingCounts> count(store::Database& db, const std::string& module) {
    auto statement = db.prepare("SELECT count(*), coalesce(sum(severity = 3), 0), coalesce(sum(severity = 2), 0),"
                                " coalesce(sum(severity = 1), 0) FROM finding WHERE closed = 0 AND (?1 = '' OR module = ?1)");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, module);
    if (auto row = statement->step(); !row)
        return fail(row.error());
    return FindingCounts{statement->integer(0), statement->integer(1), statement->integer(2), statement->integer(3)};
}

} // namespace ombud::findings
