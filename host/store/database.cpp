#include "store/database.hpp"

#include "store/sqlite_error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace ombud::store {
namespace {

// SQLite would create the file under the umask; what is in it is nobody else's business.
Result<void> create_private(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot open for writing: " + std::strerror(errno));
    ::close(fd);
    return {};
}

// SQLite's count of its memory, which nobody asks for, locks all of its threads out of each other at every allocation. Refused when
// another library was here first: then it is slower, and works.
void prepare_library() {
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(once);
}

} // namespace

Result<Database> Database::open(const std::filesystem::path& file, const DatabaseOptions& options) {
    prepare_library();
    const bool writes = options.access == Access::read_write;
    std::error_code ignored;
    if (writes) {
        if (auto created = create_private(file); !created)
            return fail(created.error());
    } else if (!std::filesystem::exists(file, ignored)) {
        return fail(ErrorCode::not_found, file.string() + ": no such database");
    }

    sqlite3* handle = nullptr;
    const int flags =
        (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    Database db(handle, file, options.busy_timeout_ms); // owns the handle, which exists even when opening failed
    if (code != SQLITE_OK)
        return fail(error_of(handle, code));

    sqlite3_busy_timeout(handle, options.busy_timeout_ms);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 64 << 20);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);

    // temp_store: statement journals stay in memory. mmap: off, a shrunken file must be an error and not a SIGBUS.
    std::string setup =
        "PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
        "PRAGMA cache_size=-8192;";
    if (writes)
        setup += "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;";
    setup += options.secure_delete ? "PRAGMA secure_delete=ON;" : "PRAGMA secure_delete=FAST;";
    if (auto done = db.execute(setup); !done)
        return fail(done.error());
    // The pragmas do not read the file; this does, so that a foreign file is refused here.
    if (auto done = db.execute("SELECT count(*) FROM sqlite_schema"); !done)
        return fail(done.error());
    return db;
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), file_(std::move(other.file_)), busy_timeout_ms_(other.busy_timeout_ms_),
      log_holds_removed_(other.log_holds_removed_), cache_(std::move(other.cache_)) {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(file_, other.file_);
    std::swap(busy_timeout_ms_, other.busy_timeout_ms_);
    std::swap(log_holds_removed_, other.log_holds_removed_);
    std::swap(cache_, other.cache_);
    return *this;
}

Database::~Database() {
    cache_.clear(); // statements go before their connection
    sqlite3_close_v2(handle_);
}

Result<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(error_of(handle_, code));
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
    if (code != SQLITE_OK) {
        Error error = error_of(handle_, code);
        error.message += " in: " + std::string(sql.substr(0, 120));
        return fail(std::move(error));
    }
    return Statement(statement);
}

Result<Statement*> Database::cached(std::string_view sql) {
    auto found = cache_.find(sql);
    if (found == cache_.end()) {
        auto prepared = prepare(sql);
        if (!prepared)
            return fail(prepared.error());
        found = cache_.emplace(std::string(sql), std::move(*prepared)).first;
    } else {
        found->second.reset();
    }
    return &found->second;
}

Result<void> Database::run_overwriting(Statement& statement) {
    if (auto on = execute("PRAGMA secure_delete = ON"); !on)
        return on;
    auto done = statement.run();
    log_holds_removed_ = true; // whether that is committed or not: emptying a log too often harms nobody
    if (auto off = execute("PRAGMA secure_delete = FAST"); !off && done)
        return off;
    return done;
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

Result<void> Database::checkpoint_wal(bool waits) {
    if (!waits)
        sqlite3_busy_timeout(handle_, 0);
    const int code = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (!waits)
        sqlite3_busy_timeout(handle_, busy_timeout_ms_);
    if (code != SQLITE_OK)
        return fail(error_of(handle_, code));
    log_holds_removed_ = false;
    return {};
}

Result<void> Database::drain_wal() {
    const int code = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code != SQLITE_OK && code != SQLITE_BUSY) // busy: another connection is at it
        return fail(error_of(handle_, code));
    return {};
}

} // namespace ombud::store
