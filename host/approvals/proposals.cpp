#include "approvals/proposals.hpp"

#include <array>

#include "store/schema.hpp"

namespace ombud::approvals::proposals {
namespace {

constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE approval(
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, personal INTEGER NOT NULL,
  payload TEXT NOT NULL, reason TEXT NOT NULL, asker_uid INTEGER, asker_login INTEGER,
  asker TEXT NOT NULL, asker_login_account TEXT NOT NULL,
  asked INTEGER NOT NULL, expires INTEGER NOT NULL, state TEXT NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
  end_reason TEXT NOT NULL DEFAULT '', ledger_index INTEGER NOT NULL, end_ledger_index INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX approval_open ON approval(expires) WHERE state = 'open';
)sql"};

constexpr std::string_view columns = "id, kind, subject, personal, payload, reason, asker_uid, asker_login, asker,"
                                     " asker_login_account, asked, expires, state, ended, end_reason, ledger_index, end_ledger_index";

std::optional<std::uint32_t> number_of(const store::Statement& row, int column) {
    if (row.is_null(column))
        return std::nullopt;
    return static_cast<std::uint32_t>(row.integer(column));
}

void bind_number(store::Statement& statement, int position, const std::optional<std::uint32_t>& number) {
    if (number)
        statement.bind(position, std::int64_t{*number});
    else
        statement.bind_null(position);
}

Result<std::vector<Proposal>> collect(store::Statement& row) {
    std::vector<Proposal> all;
    for (auto more = row.step();; more = row.step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            break;
        Proposal one;
        one.id = row.integer(0);
        one.request.kind = row.text(1);
        one.request.subject = row.text(2);
        one.request.personal = row.integer(3) != 0;
        one.request.payload = row.text(4);
        one.request.reason = row.text(5);
        one.asker = {number_of(row, 6), number_of(row, 7), std::string(row.text(8)), std::string(row.text(9))};
        one.asked_utc_ns = row.integer(10);
        one.expires_utc_ns = row.integer(11);
        const auto state = parse_state(row.text(12));
        if (!state)
            return fail(Error(state.error()).within("proposal " + std::to_string(one.id)));
        one.state = *state;
        one.ended_utc_ns = row.integer(13);
        one.end_reason = row.text(14);
        one.ledger_index = static_cast<std::uint64_t>(row.integer(15));
        one.end_ledger_index = static_cast<std::uint64_t>(row.integer(16));
        all.push_back(std::move(one));
    }
    row.reset();
    return all;
}

} // namespace

Result<void> prepare(ledger::Ledger& ledger) {
    return ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "approvals", schema); });
}

Result<std::optional<Proposal>> find(store::Database& db, std::int64_t id) {
    auto statement = db.prepare("SELECT " + std::string(columns) + " FROM approval WHERE id = ?1");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, id);
    auto rows = collect(*statement);
    if (!rows)
        return fail(rows.error());
    return rows->empty() ? std::optional<Proposal>() : std::optional(std::move(rows->front()));
}

Result<std::vector<Proposal>> list(store::Database& db, const ProposalQuery& query) {
    auto statement = db.prepare("SELECT " + std::string(columns) +
                                " FROM approval WHERE ?1 OR state = 'open' ORDER BY id DESC LIMIT ?2");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, std::int64_t{query.all}).bind(2, query.limit);
    return collect(*statement);
}

Result<std::int64_t> count_open(store::Database& db) {
    auto statement = db.prepare("SELECT count(*) FROM approval WHERE state = 'open'");
    if (!statement)
        return fail(statement.error());
    if (auto row = statement->step(); !row)
        return fail(row.error());
    return statement->integer(0);
}

Result<std::int64_t> find_same(store::Database& db, const Request& request) {
    auto statement = db.prepare("SELECT id FROM approval WHERE state = 'open' AND kind = ?1 AND subject = ?2 AND payload = ?3");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, request.kind).bind(2, request.subject).bind(3, request.payload).step();
    if (!row)
        return fail(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<std::vector<Proposal>> overdue(store::Database& db, std::int64_t now) {
    auto statement = db.prepare("SELECT " + std::string(columns) +
                                " FROM approval WHERE state = 'open' AND expires <= ?1 ORDER BY id");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, now);
    return collect(*statement);
}

Result<std::int64_t> next_expiry(store::Database& db) {
    auto statement = db.prepare("SELECT min(expires) FROM approval WHERE state = 'open'");
    if (!statement)
        return fail(statement.error());
    if (auto row = statement->step(); !row)
        return fail(row.error());
    return statement->is_null(0) ? INT64_MAX : statement->integer(0);
}

Result<std::int64_t> insert(store::Database& db, const Proposal& one) {
    auto statement = db.prepare("INSERT INTO approval(kind, subject, personal, payload, reason, asker_uid, asker_login, asker,"
                                " asker_login_account, asked, expires, state, ledger_index)"
                                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'open', ?12) RETURNING id");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, one.request.kind).bind(2, one.request.subject).bind(3, std::int64_t{one.request.personal});
    statement->bind(4, one.request.payload).bind(5, one.request.reason);
    bind_number(*statement, 6, one.asker.uid);
    bind_number(*statement, 7, one.asker.login);
    statement->bind(8, one.asker.account).bind(9, one.asker.login_account).bind(10, one.asked_utc_ns);
    auto row = statement->bind(11, one.expires_utc_ns).bind(12, static_cast<std::int64_t>(one.ledger_index)).step();
    if (!row)
        return fail(row.error());
    const std::int64_t id = statement->integer(0);
    if (auto end = statement->step(); !end)
        return fail(end.error());
    return id;
}

Result<void> close(store::Database& db, const Proposal& one) {
    auto statement = db.prepare("UPDATE approval SET state = ?2, ended = ?3, end_reason = ?4, end_ledger_index = ?5, asker = '',"
                                " asker_login_account = '', subject = iif(personal, '', subject), payload = iif(personal, '', payload) WHERE id = ?1");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, one.id).bind(2, to_string(one.state)).bind(3, one.ended_utc_ns).bind(4, one.end_reason)
        .bind(5, static_cast<std::int64_t>(one.end_ledger_index));
    return db.run_overwriting(*statement);
}

} // namespace ombud::approvals::proposals
