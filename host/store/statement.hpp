#pragma once
// One prepared SQL statement.

#include "events/result.hpp"

#include <cstdint>
#include <span>
#include <string_view>

struct sqlite3_stmt;

namespace ombud::store {

/// A prepared statement: bind, then `step` through rows or `run` to the end.
///
/// Parameters and columns are bound by position: parameters from 1, as `?1` in SQL; columns from 0.
/// A bind that fails is reported by the next `step` or `run`, so binds can be written one after another.
/// Thread  that of its Database
class Statement {
  public:
    Statement() = default;
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    Statement& bind(int position, std::int64_t value);
    /// Copies the text or bytes.
    Statement& bind(int position, std::string_view text);
    Statement& bind(int position, std::span<const std::uint8_t> bytes);
    Statement& bind(int position, const char* text) { return bind(position, std::string_view(text)); }
    Statement& bind_null(int position);
    /// Without a copy, for hot paths: the text or bytes stay valid until `run` returns, or until `reset`.
    Statement& bind_borrowed(int position, std::string_view text);
    Statement& bind_borrowed(int position, std::span<const std::uint8_t> bytes);

    /// Advances to the next row: true when there is one, false at the end.
    /// Errors  unavailable  busy, disk full, or the disk failed;  corrupt  the file is damaged
    ///         refused  a constraint of the schema was broken;  internal  anything else SQLite reports
    Result<bool> step();
    /// Executes to the end, ignoring rows, and resets, so that the statement can be bound again.
    Result<void> run();
    /// Forgets rows and parameters.
    void reset();

    [[nodiscard]] std::int64_t integer(int column) const;
    /// Valid until the next step, run or reset. NULL reads as empty; ask `is_null` where that matters.
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;

  private:
    void note(int code);
    [[nodiscard]] tl::unexpected<Error> failure(int code) const;

    sqlite3_stmt* handle_ = nullptr;
    int bind_error_ = 0;
};

} // namespace ombud::store
