#pragma once
// The tables of registers, and records as JSON. Internal to this folder.

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/ledger.hpp"
#include "registers/board.hpp"
#include "store/database.hpp"

namespace ombud::registers::records {

/// A record as it is stored.
struct Stored {
    Values values;
    std::int64_t changed_utc_ns = 0;
    std::uint64_t ledger_index = 0;
};

Result<void> prepare(ledger::Ledger& ledger);
Result<std::uint64_t> revision(store::Database& db, const Place& place);
Result<std::optional<Stored>> find(store::Database& db, const Place& place, std::string_view key);
/// Calls visit(key, stored) for every record, in order of key.
Result<void> each(store::Database& db, const Place& place, const std::function<Result<void>(std::string key, Stored stored)>& visit);
/// Registers that hold records, whether a manifest still declares them or not.
Result<std::vector<Place>> places(store::Database& db);

/// Stores a record, or (nothing) removes it so that no byte of it stays in the file; the log loses it when it is next reused.
Result<void> put(store::Database& db, const Place& place, std::string_view key, const Stored* stored);
Result<void> put_revision(store::Database& db, const Place& place, std::uint64_t revision);

/// {"field": "text"}
boost::json::object texts_json(const Values& values);
Texts texts_of(const Values& values);
/// Errors  invalid_input  anything else than an object of texts
Result<Texts> texts_of(const boost::json::value& json);

} // namespace ombud::registers::records
