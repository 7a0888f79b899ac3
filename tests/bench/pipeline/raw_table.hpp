#pragma once
// What the pipeline is compared with: SQLite alone, as fast as it takes the same bytes durably.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace ombud::bench {

/// Two tables, the journal's and the ledger's columns, without index, tree, signature or deletion. WAL,
/// synchronous=FULL, prepared statements, one thread.
class RawTable {
  public:
    explicit RawTable(const std::filesystem::path& file);
    ~RawTable();
    RawTable(const RawTable&) = delete;
    RawTable& operator=(const RawTable&) = delete;

    /// Inserts `group` events and `group` lines in one transaction: one fsync, where the pipeline cannot do with less
    /// than two, since an event is durable before anybody judges it.
    void insert(int group, std::span<const std::uint8_t> event, std::string_view line);

  private:
    void run(const char* sql);
    sqlite3_stmt* prepare(const char* sql);
    void step(sqlite3_stmt* statement);

    sqlite3* db_ = nullptr;
    sqlite3_stmt* event_ = nullptr;
    sqlite3_stmt* entry_ = nullptr;
    std::int64_t index_ = 0;
};

} // namespace ombud::bench
