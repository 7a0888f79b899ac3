#include "registers/records.hpp"

#include <array>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "store/schema.hpp"

namespace ombud::registers::records {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> schema{R"sql(
CREATE TABLE register_record(
  module TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, fields TEXT NOT NULL, changed INTEGER NOT NULL,
  ledger_index INTEGER NOT NULL, PRIMARY KEY(module, name, key)) STRICT, WITHOUT ROWID;
CREATE TABLE register_revision(
  module TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY(module, name)) STRICT, WITHOUT ROWID;
)sql", R"sql(
ALTER TABLE register_record ADD COLUMN corrects TEXT NOT NULL DEFAULT '';
ALTER TABLE register_revision ADD COLUMN last_row INTEGER NOT NULL DEFAULT 0;
CREATE TABLE register_erasure(ledger_index INTEGER PRIMARY KEY) STRICT;
)sql"};

std::string stored_text(const Values& values) {
    json::object fields;
    for (const auto& [name, value] : values) {
        json::object one{{"text", value.text}};
        if (value.erased)
            one["erased"] = true;
        else if (const auto* number = std::get_if<std::int64_t>(&value.typed))
            one["value"] = *number;
        else if (const auto& text = std::get<std::string>(value.typed); text != value.text)
            one["value"] = text;
        fields[name] = std::move(one);
    }
    return json::serialize(fields);
}

Result<Values> parse_stored(std::string_view text) {
    json::error_code error;
    const json::value parsed = json::parse({text.data(), text.size()}, error);
    const auto* fields = error ? nullptr : parsed.if_object();
    if (fields == nullptr)
        return fail(ErrorCode::corrupt, "is no JSON object");
    Values values;
    for (const auto& field : *fields) {
        const auto* one = field.value().if_object();
        const auto* written = one == nullptr ? nullptr : one->if_contains("text");
        if (written == nullptr || !written->is_string())
            return fail(ErrorCode::corrupt, "field '" + std::string(field.key()) + "' has no text");
        Value value;
        value.text = written->get_string();
        value.typed = value.text;
        if (const auto* typed = one->if_contains("value"); typed != nullptr && typed->is_int64())
            value.typed = typed->get_int64();
        else if (typed != nullptr && typed->is_string())
            value.typed = std::string(typed->get_string());
        value.erased = one->contains("erased");
        values.emplace(std::string(field.key()), std::move(value));
    }
    return values;
}

Result<Stored> stored_of(store::Statement& row, int first) {
    auto values = parse_stored(row.text(first));
    if (!values)
        return fail(values.error());
    return Stored{std::move(*values), row.integer(first + 1), static_cast<std::uint64_t>(row.integer(first + 2)),
                  std::string(row.text(first + 3))};
}

std::string name_of(const Place& place) { return "register " + place.first + "/" + place.second; }

} // namespace

Result<void> prepare(ledger::Ledger& ledger) {
    return ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "registers", schema); });
}

Result<std::uint64_t> revision(store::Database& db, const Place& place) {
    auto statement = db.prepare("SELECT revision FROM register_revision WHERE module = ?1 AND name = ?2");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, place.first).bind(2, place.second).step();
    if (!row)
        return fail(row.error());
    return *row ? static_cast<std::uint64_t>(statement->integer(0)) : 0;
}

Result<std::optional<Stored>> find(store::Database& db, const Place& place, std::string_view key) {
    auto statement = db.prepare("SELECT fields, changed, ledger_index, corrects FROM register_record"
                                " WHERE module = ?1 AND name = ?2 AND key = ?3");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, place.first).bind(2, place.second).bind(3, key).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::optional<Stored>();
    auto stored = stored_of(*statement, 0);
    if (!stored)
        return fail(Error(stored.error()).within(name_of(place)));
    return std::optional(std::move(*stored));
}

Result<void> each(store::Database& db, const Place& place, bool numbers,
                  const std::function<Result<void>(std::string, Stored)>& visit) {
    auto statement = db.prepare(std::string("SELECT key, fields, changed, ledger_index, corrects FROM register_record"
                                            " WHERE module = ?1 AND name = ?2 ORDER BY ") +
                                (numbers ? "length(key), key" : "key"));
    if (!statement)
        return fail(statement.error());
    statement->bind(1, place.first).bind(2, place.second);
    for (auto more = statement->step();; more = statement->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return {};
        auto stored = stored_of(*statement, 1);
        if (!stored)
            return fail(Error(stored.error()).within(name_of(place)));
        if (auto visited = visit(std::string(statement->text(0)), std::move(*stored)); !visited)
            return visited;
    }
}

Result<std::vector<Place>> places(store::Database& db) {
    auto statement = db.prepare("SELECT DISTINCT module, name FROM register_record");
    if (!statement)
        return fail(statement.error());
    std::vector<Place> all;
    for (auto more = statement->step();; more = statement->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return all;
        all.emplace_back(statement->text(0), statement->text(1));
    }
}

Result<void> put(store::Database& db, const Place& place, std::string_view key, const Stored* stored) {
    auto statement = stored == nullptr
                         ? db.prepare("DELETE FROM register_record WHERE module = ?1 AND name = ?2 AND key = ?3")
                         : db.prepare("INSERT INTO register_record VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(module, name, key)"
                                      " DO UPDATE SET fields = ?4, changed = ?5, ledger_index = ?6");
    if (!statement)
        return fail(statement.error());
    statement->bind(1, place.first).bind(2, place.second).bind(3, key);
    if (stored != nullptr)
        statement->bind(4, stored_text(stored->values)).bind(5, stored->changed_utc_ns)
            .bind(6, static_cast<std::int64_t>(stored->ledger_index)).bind(7, stored->corrects);
    return db.run_overwriting(*statement);
}

Result<void> put_revision(store::Database& db, const Place& place, std::uint64_t revision) {
    auto statement = db.prepare("INSERT INTO register_revision(module, name, revision) VALUES(?1, ?2, ?3)"
                                " ON CONFLICT(module, name) DO UPDATE SET revision = ?3");
    if (!statement)
        return fail(statement.error());
    return statement->bind(1, place.first).bind(2, place.second).bind(3, static_cast<std::int64_t>(revision)).run();
}

Result<std::uint64_t> last_row(store::Database& db, const Place& place) {
    auto statement = db.prepare("SELECT last_row FROM register_revision WHERE module = ?1 AND name = ?2");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, place.first).bind(2, place.second).step();
    if (!row)
        return fail(row.error());
    return *row ? static_cast<std::uint64_t>(statement->integer(0)) : 0;
}

Result<void> put_last_row(store::Database& db, const Place& place, std::uint64_t number) {
    auto statement = db.prepare("UPDATE register_revision SET last_row = ?3 WHERE module = ?1 AND name = ?2");
    if (!statement)
        return fail(statement.error());
    return statement->bind(1, place.first).bind(2, place.second).bind(3, static_cast<std::int64_t>(number)).run();
}

Result<std::optional<std::string>> correction_of(store::Database& db, const Place& place, std::string_view key) {
    auto statement = db.prepare("SELECT key FROM register_record WHERE module = ?1 AND name = ?2 AND corrects = ?3");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, place.first).bind(2, place.second).bind(3, key).step();
    if (!row)
        return fail(row.error());
    return *row ? std::optional(std::string(statement->text(0))) : std::nullopt;
}

Result<void> promise_erasure(store::Database& db, std::uint64_t ledger_index) {
    auto statement = db.prepare("INSERT OR IGNORE INTO register_erasure VALUES(?1)");
    return statement ? statement->bind(1, static_cast<std::int64_t>(ledger_index)).run() : fail(statement.error());
}

Result<std::vector<std::uint64_t>> promised_erasures(store::Database& db) {
    auto statement = db.prepare("SELECT ledger_index FROM register_erasure ORDER BY ledger_index");
    if (!statement)
        return fail(statement.error());
    std::vector<std::uint64_t> all;
    for (auto more = statement->step();; more = statement->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return all;
        all.push_back(static_cast<std::uint64_t>(statement->integer(0)));
    }
}

Result<void> forget_promise(store::Database& db, std::uint64_t ledger_index) {
    auto statement = db.prepare("DELETE FROM register_erasure WHERE ledger_index = ?1");
    return statement ? statement->bind(1, static_cast<std::int64_t>(ledger_index)).run() : fail(statement.error());
}

json::object texts_json(const Values& values) {
    json::object all;
    for (const auto& [name, value] : values)
        all[name] = value.text;
    return all;
}

Texts texts_of(const Values& values) {
    Texts all;
    for (const auto& [name, value] : values)
        all.emplace(name, value.text);
    return all;
}

Result<Texts> texts_of(const json::value& given) {
    const auto* object = given.if_object();
    if (object == nullptr)
        return fail(ErrorCode::invalid_input, "fields are no JSON object");
    Texts all;
    for (const auto& field : *object) {
        const auto* text = field.value().if_string();
        if (text == nullptr)
            return fail(ErrorCode::invalid_input, "field '" + std::string(field.key()) + "' is not a text");
        all.emplace(std::string(field.key()), std::string(*text));
    }
    return all;
}

} // namespace ombud::registers::records
