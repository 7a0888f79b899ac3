#include "store/schema.hpp"

#include <string>

namespace ombud::store {
namespace {

Result<std::int64_t> read_number(Database& db, std::string_view sql) {
    auto statement = db.prepare(sql);
    if (!statement)
        return fail(statement.error());
    auto row = statement->step();
    if (!row)
        return fail(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<void> check_file_format(Database& db) {
    const auto found = read_number(db, "PRAGMA user_version");
    if (!found)
        return fail(found.error());
    if (*found > file_format)
        return fail(ErrorCode::too_new, db.file().string() + ": has file format " + std::to_string(*found) +
                                            ", this version knows " + std::to_string(file_format) +
                                            "; use the version that wrote it, or a later one");
    return {};
}

// 0 when the part, or the table of parts, does not exist yet.
Result<std::int64_t> version_of(Database& db, std::string_view part) {
    const auto table = read_number(db, "SELECT count(*) FROM sqlite_schema WHERE name='schema_part'");
    if (!table)
        return fail(table.error());
    if (*table == 0)
        return 0;
    auto statement = db.prepare("SELECT version FROM schema_part WHERE name=?1");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, part).step();
    if (!row)
        return fail(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<std::size_t> known_version_of(Database& db, std::string_view part, std::size_t newest) {
    if (auto checked = check_file_format(db); !checked)
        return fail(checked.error());
    const auto found = version_of(db, part);
    if (!found)
        return fail(found.error());
    if (*found < 0 || static_cast<std::size_t>(*found) > newest)
        return fail(ErrorCode::too_new, db.file().string() + ": part '" + std::string(part) + "' has version " +
                                            std::to_string(*found) + ", this version knows " + std::to_string(newest) +
                                            "; use the version that wrote it, or a later one");
    return static_cast<std::size_t>(*found);
}

Result<void> apply_steps(Database& db, std::string_view part, std::span<const std::string_view> steps) {
    // Asked again under the write lock: another process may have done it meanwhile.
    const auto current = known_version_of(db, part, steps.size());
    if (!current)
        return fail(current.error());
    for (std::size_t step = *current; step < steps.size(); ++step)
        if (auto done = db.execute(std::string(steps[step])); !done)
            return fail(
                std::move(done.error()).within("part '" + std::string(part) + "', step " + std::to_string(step + 1)));
    if (auto done =
            db.execute("CREATE TABLE IF NOT EXISTS schema_part(name TEXT PRIMARY KEY, version INTEGER NOT NULL) "
                       "STRICT, WITHOUT ROWID; PRAGMA user_version=" +
                       std::to_string(file_format));
        !done)
        return done;
    auto record = db.prepare("INSERT OR REPLACE INTO schema_part(name, version) VALUES(?1, ?2)");
    if (!record)
        return fail(record.error());
    return record->bind(1, part).bind(2, static_cast<std::int64_t>(steps.size())).run();
}

} // namespace

Result<void> apply_schema(Database& db, std::string_view part, std::span<const std::string_view> steps) {
    const auto current = known_version_of(db, part, steps.size());
    if (!current)
        return fail(current.error());
    if (*current == steps.size())
        return {};
    const bool nested = db.in_transaction();
    if (auto begun = db.execute(nested ? "SAVEPOINT apply_schema" : "BEGIN IMMEDIATE"); !begun)
        return begun;
    auto applied = apply_steps(db, part, steps);
    if (applied)
        applied = db.execute(nested ? "RELEASE apply_schema" : "COMMIT");
    if (!applied && db.in_transaction())
        (void)db.execute(nested ? "ROLLBACK TO apply_schema; RELEASE apply_schema" : "ROLLBACK");
    return applied;
}

Result<void> check_schema(Database& db, std::string_view part, std::span<const std::string_view> steps) {
    const auto current = known_version_of(db, part, steps.size());
    if (!current)
        return fail(current.error());
    if (*current < steps.size())
        return fail(ErrorCode::not_found, db.file().string() + ": part '" + std::string(part) + "' has version " +
                                              std::to_string(*current) + ", version " + std::to_string(steps.size()) +
                                              " is needed; start the daemon once to bring it up to date");
    return {};
}

} // namespace ombud::store
