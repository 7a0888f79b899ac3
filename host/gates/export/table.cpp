#include "gates/export/table.hpp"

#include <array>

#include "store/schema.hpp"

namespace ombud::exports::table {
namespace {

constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE held_export(
  id INTEGER PRIMARY KEY AUTOINCREMENT, open INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
CREATE INDEX held_export_open ON held_export(id) WHERE open = 1;
)sql"};

Result<Export> export_of(store::Statement& row) {
    auto one = parse_stored(row.text(1));
    if (!one)
        return fail(Error(one.error()).within("export " + std::to_string(row.integer(0))));
    one->id = row.integer(0);
    return one;
}

Result<std::vector<Export>> all(store::Database& db, std::string_view sql, std::int64_t limit) {
    auto rows = db.prepare(sql);
    if (!rows)
        return fail(rows.error());
    rows->bind(1, limit);
    std::vector<Export> list;
    for (;;) {
        const auto more = rows->step();
        if (!more)
            return fail(more.error());
        if (!*more)
            return list;
        auto one = export_of(*rows);
        if (!one)
            return fail(one.error());
        list.push_back(std::move(*one));
    }
}

} // namespace

Result<void> prepare(ledger::Ledger& ledger) {
    return ledger.commit([](ledger::Ledger::Transaction& transaction) { return store::apply_schema(transaction.db(), "exports", schema); });
}

Result<std::int64_t> insert(store::Database& db, const Export& one) {
    auto row = db.prepare("INSERT INTO held_export(open, record) VALUES(1, ?1) RETURNING id");
    if (!row)
        return fail(row.error());
    const auto made = row->bind(1, to_stored(one)).step();
    if (!made)
        return fail(made.error());
    const std::int64_t id = row->integer(0);
    if (auto done = row->run(); !done)
        return fail(done.error());
    return id;
}

Result<void> put(store::Database& db, const Export& one) {
    auto row = db.prepare("UPDATE held_export SET open = ?2, record = ?3 WHERE id = ?1");
    if (!row)
        return fail(row.error());
    row->bind(1, one.id).bind(2, std::int64_t{one.is_open()}).bind(3, to_stored(one));
    return db.run_overwriting(*row);
}

Result<std::optional<Export>> find(store::Database& db, std::int64_t id) {
    auto row = db.prepare("SELECT id, record FROM held_export WHERE id = ?1");
    if (!row)
        return fail(row.error());
    const auto found = row->bind(1, id).step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return std::optional<Export>();
    auto one = export_of(*row);
    if (!one)
        return fail(one.error());
    return std::optional<Export>(std::move(*one));
}

Result<std::vector<Export>> open_ones(store::Database& db) {
    return all(db, "SELECT id, record FROM held_export WHERE open = 1 ORDER BY id LIMIT ?1", INT64_MAX);
}

Result<std::vector<Export>> newest(store::Database& db, std::int64_t limit) {
    return all(db, "SELECT id, record FROM held_export ORDER BY id DESC LIMIT ?1", limit);
}

Result<std::int64_t> count_open(store::Database& db) {
    auto row = db.prepare("SELECT count(*) FROM held_export WHERE open = 1");
    if (!row)
        return fail(row.error());
    if (const auto found = row->step(); !found)
        return fail(found.error());
    return row->integer(0);
}

} // namespace ombud::exports::table
