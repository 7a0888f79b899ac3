#pragma once
// What a witness remembers of other hosts' ledgers.

#include "events/result.hpp"
#include "ledger/checkpoint.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ombud::witness {

/// The newest checkpoint of one ledger that was cosigned.
struct Witnessed {
    ledger::Checkpoint checkpoint;
    std::string note; ///< with the ledger's signature and the witness's
    std::int64_t at_utc_ns = 0;
};

/// A file with one row a ledger. Thread  one at a time
class WitnessedLogs {
  public:
    /// Errors  those of Database::open and apply_schema
    static Result<WitnessedLogs> open(const std::filesystem::path& file, store::Access access);

    Result<std::optional<Witnessed>> newest(const std::string& origin);
    /// By origin.
    Result<std::vector<Witnessed>> all();
    /// Replaces the row of that origin; durable when this returns.
    Result<void> keep(const Witnessed& one);

  private:
    explicit WitnessedLogs(store::Database db) : db_(std::move(db)) {}
    store::Database db_;
};

} // namespace ombud::witness
