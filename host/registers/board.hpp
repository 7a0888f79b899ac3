#pragma once
// What registers hold, in memory: where questions are answered from while people change it.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/event.hpp"
#include "plugin_runtime/services.hpp"
#include "registers/declaration.hpp"

namespace ombud::registers {

/// One record; immutable.
struct Record {
    std::string key;
    Values values;
    std::int64_t changed_utc_ns = 0;
    std::uint64_t ledger_index = 0; ///< of its last change
    EventRef event;                 ///< as modules read it
    std::string corrects;           ///< append-only: key of the row that it stands for now; empty: none
};
using RecordRef = std::shared_ptr<const Record>;

/// A record as modules read it: type the register's name, `key` and the fields that are set and not erased.
Result<EventRef> record_event(const Declaration& declared, std::string_view key, const Values& values, std::int64_t changed_utc_ns,
                              Names& names);

/// One register at one revision; immutable.
struct Content {
    std::shared_ptr<const Declaration> declaration;
    std::uint64_t revision = 0;
    std::vector<RecordRef> records; ///< by key: in byte order, in an append-only register by number
    /// Append-only: rows that do not count any more, and the row that corrects each.
    std::map<std::string, std::string, std::less<>> corrected_by;

    /// Null: there is none.
    [[nodiscard]] RecordRef find(std::string_view key) const;
    /// The first record behind a key.
    [[nodiscard]] std::vector<RecordRef>::const_iterator behind(std::string_view key) const;
    /// What counts for a key: the record, or the newest correction of that row. Null: there is none.
    [[nodiscard]] RecordRef counting(std::string_view key) const;
    [[nodiscard]] bool counts(const Record& record) const { return !corrected_by.contains(record.key); }
};
using ContentRef = std::shared_ptr<const Content>;

using Place = std::pair<std::string, std::string>; ///< module, register
using Contents = std::map<Place, ContentRef>;

/// One change on its way from the transaction that makes it to everybody's eyes.
struct Delta {
    Place place;
    std::uint64_t revision = 0;
    std::string key;
    RecordRef becomes; ///< null: removed
};

/// Shows every reader one whole state. Thread any.
class Board {
  public:
    [[nodiscard]] std::shared_ptr<const Contents> now() const;
    /// Shows other registers from now on.
    void replace(Contents contents);

    /// Keeps a change that is not durable yet. [ledger's writer, in the order of revisions; last in its unit]
    void prepare(Delta delta);
    /// Shows a register as of a revision that is durable, and with it all earlier ones.
    void show(const Place& place, std::uint64_t revision);

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Contents> contents_ = std::make_shared<const Contents>();
    std::map<std::pair<Place, std::uint64_t>, Delta> prepared_;
};

/// The registers of one module. @param board  outlives it
std::unique_ptr<RegisterReader> make_reader(const Board& board, std::string module);

} // namespace ombud::registers
