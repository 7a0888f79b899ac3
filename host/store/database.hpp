#pragma once
// One SQLite connection, opened the way this project stores state.

#include "events/result.hpp"
#include "store/statement.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

struct sqlite3;

namespace ombud::store {

enum class Access {
    read_write, ///< creates the file (mode 0600) when it is missing
    read_only,  ///< never changes content; works beside a process that writes
};

struct DatabaseOptions {
    Access access = Access::read_write;
    int busy_timeout_ms = 5'000; ///< how long a statement waits for another process's lock; 0..60000
    bool secure_delete = false;  ///< overwrite deleted content with zeros; else only where its page is written anyway
};

/// A connection with WAL, synchronous=FULL, foreign keys, a busy timeout, and bounds on memory and log size.
///
/// Thread  one at a time; a connection is moved between threads, never shared
class Database {
  public:
    /// Opens `file`.
    ///
    /// Errors  not_found    read_only, and there is no such file
    ///         unavailable  the file or its folder cannot be opened, read or locked
    ///         corrupt      the file is not an SQLite database
    static Result<Database> open(const std::filesystem::path& file, const DatabaseOptions& options = {});

    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    ~Database();

    /// Runs one or more statements that return nothing of interest.
    Result<void> execute(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);
    /// The statement of this text, prepared once per connection and reset; borrowed until the Database ends.
    /// Not for recursion: the same text shares one statement.
    Result<Statement*> cached(std::string_view sql);

    /// Runs a statement after which what it removes or replaces is overwritten with zeros, as DatabaseOptions::secure_delete
    /// has it for all: for personal values in a file that also loses millions of rows which need not pay for it.
    Result<void> run_overwriting(Statement& statement);

    /// Whether the write-ahead log may hold what was removed: run_overwriting ran, or it was said so, and checkpoint_wal has not
    /// succeeded since.
    [[nodiscard]] bool log_holds_removed() const { return log_holds_removed_; }
    void say_log_holds_removed() { log_holds_removed_ = true; }

    /// Whether a transaction is open. SQLite ends one by itself after some errors, such as a full disk.
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

    /// Moves the write-ahead log into the database file, syncs it, and empties the log.
    /// @param waits  for readers, as long as busy_timeout_ms
    /// Errors  unavailable  a reader holds a snapshot, or the disk failed
    Result<void> checkpoint_wal(bool waits = true);
    /// Moves as much of it as readers and writers do not need, and syncs that; nobody waits meanwhile. Less may be moved than there is.
    Result<void> drain_wal();

  private:
    Database(sqlite3* handle, std::filesystem::path file, int busy_timeout_ms)
        : handle_(handle), file_(std::move(file)), busy_timeout_ms_(busy_timeout_ms) {}

    sqlite3* handle_ = nullptr;
    std::filesystem::path file_;
    int busy_timeout_ms_ = 0;
    bool log_holds_removed_ = false;
    std::map<std::string, Statement, std::less<>> cache_;
};

} // namespace ombud::store
