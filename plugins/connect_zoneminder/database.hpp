#pragma once
// One connection to ZoneMinder's MariaDB.

#include "options.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::zoneminder {

/// One row; a column is empty when it is NULL.
class Row {
  public:
    explicit Row(std::vector<std::optional<std::string>> columns) : columns_(std::move(columns)) {}

    [[nodiscard]] bool is_null(std::size_t column) const { return !columns_.at(column); }
    [[nodiscard]] std::string text(std::size_t column) const { return columns_.at(column).value_or(""); }
    /// NULL, or no whole number of 64 bits: empty.
    [[nodiscard]] std::optional<std::int64_t> number(std::size_t column) const;
    [[nodiscard]] std::uint64_t id(std::size_t column) const; ///< 0 when there is none

  private:
    std::vector<std::optional<std::string>> columns_;
};

/// Reads see what was committed when each began (READ COMMITTED); times are in the server's own zone, as ZoneMinder's
/// are.
///
/// Errors of each call
///   unavailable  the server is not there, went away, or asks for another try: connect anew
///   refused      user, password or rights are not enough: was outbox.sql run?
///   not_found    the database or a table is not there: was outbox.sql run?
///   internal     another answer; the message has the server's number and text
/// Thread: one at a time.
class Database {
  public:
    static Result<std::unique_ptr<Database>> connect(const DatabaseSettings& settings);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// @param sql  one statement; values only as numbers or through quoted()
    /// @return     all rows; bound them with LIMIT
    Result<std::vector<Row>> query(const std::string& sql);
    /// A text as SQL literal, with its quotes.
    [[nodiscard]] std::string quoted(std::string_view text) const;

  private:
    struct Handle;
    explicit Database(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> handle_;
};

} // namespace ombud::zoneminder
