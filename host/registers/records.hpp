#pragma once
// The tables of registers, and records as JSON. Internal to this folder.

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "registers/board.hpp"
#include "store/database.hpp"

namespace ombud::registers::records {

/// A record as it is stored.
struct Stored {
    Values values;
    std::int64_t changed_utc_ns = 0;
    std::uint64_t ledger_index = 0;
    std::string corrects; ///< key of the row that it corrects; empty: none
};

Result<void> prepare(ledger::Ledger& ledger);
Result<std::uint64_t> revision(store::Database& db, const Place& place);
Result<std::optional<Stored>> find(store::Database& db, const Place& place, std::string_view key);
/// Calls visit(key, stored) for every record, in order of key; of numbers if those are its keys.
Result<void> each(store::Database& db, const Place& place, bool numbers, const std::function<Result<void>(std::string key, Stored stored)>& visit);
/// Registers that hold records, whether a manifest still declares them or not.
Result<std::vector<Place>> places(store::Database& db);

/// Stores a record, or (nothing) removes it so that no byte of it stays in the file; the write-ahead log loses it within seconds.
Result<void> put(store::Database& db, const Place& place, std::string_view key, const Stored* stored);
Result<void> put_revision(store::Database& db, const Place& place, std::uint64_t revision);

/// The number of the newest row of an append-only register; 0: it has none.
Result<std::uint64_t> last_row(store::Database& db, const Place& place);
Result<void> put_last_row(store::Database& db, const Place& place, std::uint64_t number); ///< behind put_revision()
/// The key of the row that corrects another one.
Result<std::optional<std::string>> correction_of(store::Database& db, const Place& place, std::string_view key);

/// Entries whose personal values were promised to be erased and may not be erased yet.
Result<void> promise_erasure(store::Database& db, std::uint64_t ledger_index);
Result<std::vector<std::uint64_t>> promised_erasures(store::Database& db);
Result<void> forget_promise(store::Database& db, std::uint64_t ledger_index);

/// {"field": "text"}
boost::json::object texts_json(const Values& values);
Texts texts_of(const Values& values);
/// Errors  invalid_input  anything else than an object of texts
Result<Texts> texts_of(const boost::json::value& json);

} // namespace ombud::registers::records
