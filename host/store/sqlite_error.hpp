#pragma once
// Private to this folder: SQLite's result codes as our errors.

#include "events/result.hpp"

#include <sqlite3.h>
#include <string>

namespace ombud::store {

inline ErrorCode code_of(int sqlite_code) {
    switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
        return ErrorCode::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ErrorCode::corrupt;
    case SQLITE_CONSTRAINT:
        return ErrorCode::refused;
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
        return ErrorCode::invalid_input;
    default:
        return ErrorCode::internal;
    }
}

/// What was being done when the disk failed; empty for other errors.
inline const char* disk_work_of(int extended_code) {
    switch (extended_code) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
        return "reading";
    case SQLITE_IOERR_WRITE:
        return "writing; is the disk full, or a size limit set?";
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
        return "syncing to the disk";
    case SQLITE_IOERR_TRUNCATE:
        return "shortening the file";
    case SQLITE_IOERR_SHMSIZE:
    case SQLITE_IOERR_SHMMAP:
        return "growing the -shm file; is the disk full?";
    default:
        return "";
    }
}

/// `file: what SQLite says (name of the extended code)`, from the connection's last error.
inline Error error_of(sqlite3* db, int sqlite_code) {
    const int extended = db != nullptr ? sqlite3_extended_errcode(db) : sqlite_code;
    const char* file = db != nullptr ? sqlite3_db_filename(db, "main") : nullptr;
    std::string message = file != nullptr && *file != '\0' ? std::string(file) + ": " : std::string();
    message += db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(sqlite_code);
    if (const std::string work = disk_work_of(extended); !work.empty())
        message += " while " + work;
    message += " (SQLite " + std::to_string(extended);
    if (db != nullptr && sqlite3_system_errno(db) != 0 && (sqlite_code & 0xff) != SQLITE_CONSTRAINT)
        message += ", errno " + std::to_string(sqlite3_system_errno(db));
    message += ")";
    return {code_of(sqlite_code), std::move(message)};
}

} // namespace ombud::store
