#include "raw_table.hpp"

#include <sqlite3.h>

#include "measure.hpp"

namespace ombud::bench {

RawTable::RawTable(const std::filesystem::path& file) {
    require(sqlite3_open(file.c_str(), &db_) == SQLITE_OK, "cannot open " + file.string());
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE journal(seq INTEGER PRIMARY KEY, attachment TEXT, event BLOB);"
        "CREATE TABLE entry(idx INTEGER PRIMARY KEY, kind TEXT, at_ns INTEGER, line TEXT)");
    event_ = prepare("INSERT INTO journal VALUES(?1, 'vms', ?2)");
    entry_ = prepare("INSERT INTO entry VALUES(?1, 'event.judged', ?2, ?3)");
}

RawTable::~RawTable() {
    sqlite3_finalize(event_);
    sqlite3_finalize(entry_);
    sqlite3_close(db_);
}

void RawTable::insert(int group, std::span<const std::uint8_t> event, std::string_view line) {
    run("BEGIN IMMEDIATE");
    for (int i = 0; i < group; ++i) {
        sqlite3_bind_int64(event_, 1, index_);
        sqlite3_bind_blob(event_, 2, event.data(), static_cast<int>(event.size()), SQLITE_STATIC);
        step(event_);
        sqlite3_bind_int64(entry_, 1, index_);
        sqlite3_bind_int64(entry_, 2, 1'700'000'000'000'000'000 + index_);
        sqlite3_bind_text(entry_, 3, line.data(), static_cast<int>(line.size()), SQLITE_STATIC);
        step(entry_);
        ++index_;
    }
    run("COMMIT");
}

void RawTable::run(const char* sql) {
    require(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db_));
}

sqlite3_stmt* RawTable::prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    require(sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) == SQLITE_OK, sqlite3_errmsg(db_));
    return statement;
}

void RawTable::step(sqlite3_stmt* statement) {
    require(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(db_));
    sqlite3_reset(statement);
}

} // namespace ombud::bench
