#pragma once
// The personal values behind the ledger's commitments, in a database of their own so that they can be erased.

#include "events/result.hpp"
#include "ledger/entry.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::ledger {

/// One value's place: the entry it belongs to, and its key there.
struct OpeningPlace {
    std::uint64_t index;
    std::string key;
};

/// A value with its place.
struct PlacedOpening {
    std::uint64_t index;
    Opening opening;
};

/// Thread  one at a time
class Openings {
  public:
    /// Errors  those of Database::open and apply_schema
    static Result<Openings> open(const std::filesystem::path& file, store::Access access);

    /// Values kept between begin and commit are durable when commit returns; without commit they are gone.
    Result<void> begin() { return db_.execute("BEGIN IMMEDIATE"); }
    Result<void> keep(std::uint64_t index, std::int64_t at_ns, std::span<const Opening> openings);
    Result<void> commit() { return db_.execute("COMMIT"); }

    /// Removes values of entries that never became durable: those of index `size` and later.
    Result<void> drop_from(std::uint64_t size);
    /// Overwrites the values; the write-ahead log may hold them until empty_log().
    Result<void> erase(std::span<const OpeningPlace> places);
    /// Empties the log, if it may hold what was erased.
    /// Errors  unavailable  another process reads at this moment (waits: for two seconds): call again
    Result<void> empty_log(bool waits);

    Result<std::vector<OpeningPlace>> find_index(std::uint64_t index);
    Result<std::vector<OpeningPlace>> find_value(std::string_view value);
    /// Of entries recorded before that time.
    Result<std::vector<OpeningPlace>> find_older_than(std::int64_t at_ns);

    /// The values of one entry, by key.
    Result<std::vector<Opening>> of(std::uint64_t index);
    /// The next values in order of index and key after `after` (nothing: from the start), at most `count`.
    /// Each call is a short read of its own, so that a long check does not hold up an erasure.
    Result<std::vector<PlacedOpening>> next(const PlacedOpening* after, std::size_t count);

  private:
    explicit Openings(store::Database db) : db_(std::move(db)) {}
    Result<std::vector<OpeningPlace>> places(store::Statement& found);

    store::Database db_;
};

} // namespace ombud::ledger
