#pragma once
// The feed: rows of ombud.outbox, each handed over once, none left out.

#include "database.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::zoneminder {

struct OutboxRow {
    std::uint64_t id = 0;
    std::int64_t utc_us = 0; ///< microseconds since 1970, when the change was made
    std::int64_t age_us = 0; ///< by the database's clock, when the row was read
    std::string kind;        ///< recording.finished, recording.changed, recording.gone, recording.sent, device.changed,
                             ///< device.gone, config.changed
    std::uint64_t row_id = 0;
    std::string detail; ///< JSON object
    std::string database_user;
};

/// Rows that were handed over and may still be there: what the host keeps as the position.
///
/// Ids are given out when a row is written, but rows become visible when their transactions commit, in any order. A
/// highest id read would therefore skip rows. So rows are deleted once they are handed over, and whatever is there is
/// news; the position only names the rows whose deletion is not certain, for a crash in between. The time of the newest
/// guards against ids that were given out twice, after a database was restored from a copy.
struct OutboxPosition {
    std::string identity;           ///< of the database, ombud.identity
    std::int64_t newest_utc_us = 0; ///< no row younger than this is meant
    std::vector<std::uint64_t> ids; ///< ascending

    /// "1 IDENTITY MICROSECONDS 1001-1010,1015", at most bytes_max.
    [[nodiscard]] std::string text() const;
    /// Errors: invalid_input (not from this connector).
    static Result<OutboxPosition> parse(std::string_view text);

    static constexpr std::size_t bytes_max = 1000; // the host takes 1024
};

/// Thread: one at a time. Errors: those of Database.
class Outbox {
  public:
    /// Takes the outbox for itself, and deletes what `position` says was handed over.
    /// @param position  of the host; empty: whatever is there is news
    /// Errors  unavailable    another connection still reads this outbox
    ///         invalid_input  no such position
    static Result<Outbox> open(Database& database, std::string_view position);

    /// Oldest rows first, at most `room`.
    Result<std::vector<OutboxRow>> read(std::size_t room);

    /// Deletes rows that are durable with the host.
    Result<> remove(const OutboxPosition& position);

    [[nodiscard]] const std::string& identity() const { return identity_; }
    /// The position was of a database that is not there any more: what it did not tell is lost.
    [[nodiscard]] bool is_anew() const { return is_anew_; }

  private:
    explicit Outbox(Database& database) : database_(&database) {}

    Database* database_;
    std::string identity_;
    bool is_anew_ = false;
};

} // namespace ombud::zoneminder
