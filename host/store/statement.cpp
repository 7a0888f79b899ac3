#include "store/statement.hpp"

#include "store/sqlite_error.hpp"

#include <utility>

namespace ombud::store {

Statement::Statement(Statement&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), bind_error_(other.bind_error_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(bind_error_, other.bind_error_);
    return *this;
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

void Statement::note(int code) {
    if (code != SQLITE_OK && bind_error_ == SQLITE_OK)
        bind_error_ = code;
}

Statement& Statement::bind(int position, std::int64_t value) {
    note(sqlite3_bind_int64(handle_, position, value));
    return *this;
}

Statement& Statement::bind(int position, std::string_view text) {
    note(sqlite3_bind_text64(handle_, position, text.data() != nullptr ? text.data() : "", text.size(),
                             SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(int position, std::span<const std::uint8_t> bytes) {
    // SQLite reads a null pointer as NULL, which an empty blob is not.
    note(bytes.empty() ? sqlite3_bind_zeroblob(handle_, position, 0)
                       : sqlite3_bind_blob64(handle_, position, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind_null(int position) {
    note(sqlite3_bind_null(handle_, position));
    return *this;
}

Statement& Statement::bind_borrowed(int position, std::string_view text) {
    note(sqlite3_bind_text64(handle_, position, text.data() != nullptr ? text.data() : "", text.size(), SQLITE_STATIC,
                             SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind_borrowed(int position, std::span<const std::uint8_t> bytes) {
    note(bytes.empty() ? sqlite3_bind_zeroblob(handle_, position, 0)
                       : sqlite3_bind_blob64(handle_, position, bytes.data(), bytes.size(), SQLITE_STATIC));
    return *this;
}

tl::unexpected<Error> Statement::failure(int code) const {
    Error error = error_of(sqlite3_db_handle(handle_), code);
    const char* sql = sqlite3_sql(handle_);
    if (sql != nullptr)
        error.message += " in: " + std::string(std::string_view(sql).substr(0, 120));
    return fail(std::move(error));
}

Result<bool> Statement::step() {
    if (handle_ == nullptr)
        return fail(ErrorCode::internal, "a statement was used that was never prepared");
    if (bind_error_ != SQLITE_OK)
        return failure(bind_error_);
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return failure(code);
}

Result<void> Statement::run() {
    for (;;) {
        auto row = step();
        if (!row) {
            auto error = std::move(row).error();
            reset();
            return fail(std::move(error));
        }
        if (!*row)
            break;
    }
    reset();
    return {};
}

void Statement::reset() {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    bind_error_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::text(int column) const {
    const auto* bytes = sqlite3_column_blob(handle_, column); // the stored bytes, which need not be valid text
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
    return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

std::span<const std::uint8_t> Statement::blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
    return {bytes, bytes == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

} // namespace ombud::store
