#include "witness/witnessed.hpp"

#include "signing/note.hpp"
#include "store/schema.hpp"

#include <array>

namespace ombud::witness {
namespace {

constexpr std::string_view part = "witness";
constexpr std::array<std::string_view, 1> steps = {R"(
    CREATE TABLE witnessed(origin TEXT PRIMARY KEY, at_ns INTEGER NOT NULL, note TEXT NOT NULL) STRICT, WITHOUT ROWID;
)"};

Result<Witnessed> read_row(const store::Statement& row) {
    Witnessed one{{}, std::string(row.text(1)), row.integer(0)};
    const auto note = signing::parse_note(one.note);
    auto checkpoint = note ? ledger::parse_checkpoint(note->text) : fail(note.error());
    if (!checkpoint)
        return fail(ErrorCode::corrupt, "a witnessed checkpoint cannot be read any more: " + checkpoint.error().message);
    one.checkpoint = std::move(*checkpoint);
    return one;
}

} // namespace

Result<WitnessedLogs> WitnessedLogs::open(const std::filesystem::path& file, store::Access access) {
    auto db = store::Database::open(file, {.access = access});
    if (!db)
        return fail(db.error());
    auto ready = access == store::Access::read_write ? store::apply_schema(*db, part, steps) : store::check_schema(*db, part, steps);
    if (!ready)
        return fail(ready.error());
    return WitnessedLogs(std::move(*db));
}

Result<std::optional<Witnessed>> WitnessedLogs::newest(const std::string& origin) {
    auto row = db_.prepare("SELECT at_ns, note FROM witnessed WHERE origin = ?1");
    if (!row)
        return fail(row.error());
    auto found = row->bind(1, origin).step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return std::nullopt;
    auto one = read_row(*row);
    if (!one)
        return fail(one.error());
    return std::move(*one);
}

Result<std::vector<Witnessed>> WitnessedLogs::all() {
    auto rows = db_.prepare("SELECT at_ns, note FROM witnessed ORDER BY origin");
    if (!rows)
        return fail(rows.error());
    std::vector<Witnessed> all;
    for (;;) {
        auto row = rows->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return all;
        auto one = read_row(*rows);
        if (!one)
            return fail(one.error());
        all.push_back(std::move(*one));
    }
}

Result<void> WitnessedLogs::keep(const Witnessed& one) {
    auto insert = db_.prepare("INSERT OR REPLACE INTO witnessed(origin, at_ns, note) VALUES(?1, ?2, ?3)");
    if (!insert)
        return fail(insert.error());
    return insert->bind(1, one.checkpoint.origin).bind(2, one.at_utc_ns).bind(3, one.note).run();
}

} // namespace ombud::witness
