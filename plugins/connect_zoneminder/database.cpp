#include "database.hpp"

#include <charconv>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

namespace ombud::zoneminder {
namespace {

constexpr unsigned connect_s = 5;
constexpr unsigned answer_s = 30;

ErrorCode code_of(unsigned number) {
    switch (number) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
        return ErrorCode::refused;
    case ER_BAD_DB_ERROR:
    case ER_NO_SUCH_TABLE:
    case ER_BAD_FIELD_ERROR: // of a schema that an earlier outbox.sql made
        return ErrorCode::not_found;
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_LOCK_DEADLOCK:
    case ER_SERVER_SHUTDOWN:
    case ER_CON_COUNT_ERROR:
    case ER_CONNECTION_KILLED:
    case ER_QUERY_INTERRUPTED:
        return ErrorCode::unavailable;
    default: // what the client library itself reports is about the connection
        return number >= CR_MIN_ERROR && number <= CR_MAX_ERROR ? ErrorCode::unavailable : ErrorCode::internal;
    }
}

sdk::Failure failure(MYSQL* mysql, const std::string& place) {
    const unsigned number = mysql_errno(mysql);
    const ErrorCode code = code_of(number);
    const bool wants_setup = code == ErrorCode::refused || code == ErrorCode::not_found;
    return fail(code, place + ": MariaDB " + std::to_string(number) + ", " + mysql_error(mysql) +
                          (wants_setup ? "; run outbox.sql, and check db-user and db-password" : ""));
}

} // namespace

std::optional<std::int64_t> Row::number(std::size_t column) const {
    const auto& text = columns_.at(column);
    std::int64_t value = 0;
    if (!text)
        return std::nullopt;
    const char* const end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, value);
    // a DECIMAL such as 1795330104.000000 is a whole number all the same
    const bool is_whole = stop == end || (*stop == '.' && std::string_view(stop + 1, end).find_first_not_of('0') ==
                                                              std::string_view::npos);
    return error == std::errc() && is_whole ? std::optional(value) : std::nullopt;
}

std::uint64_t Row::id(std::size_t column) const {
    const auto value = number(column).value_or(0);
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

struct Database::Handle {
    MYSQL* mysql = mysql_init(nullptr);
    std::string place;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { mysql_close(mysql); }
};

Database::Database(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::connect(const DatabaseSettings& settings) {
    auto handle = std::make_unique<Handle>();
    MYSQL* const mysql = handle->mysql;
    if (!mysql)
        return fail(ErrorCode::internal, "libmariadb could not be set up");
    const bool is_socket = !settings.socket.empty();
    handle->place = is_socket ? settings.socket : settings.host + ":" + std::to_string(settings.port);
    const my_bool yes = 1;
    const my_bool no = 0;
    const unsigned forbid_files = 0; // a server could otherwise ask this client for any file
    mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_optionsv(mysql, MYSQL_OPT_READ_TIMEOUT, &answer_s);
    mysql_optionsv(mysql, MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
    mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &forbid_files);
    mysql_optionsv(mysql, MYSQL_OPT_RECONNECT, &no); // it would drop the lock on the outbox unseen
    mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!is_socket && !settings.ca_file.empty()) {
        mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, settings.ca_file.c_str());
        mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    }
    if (!mysql_real_connect(mysql, is_socket ? nullptr : settings.host.c_str(), settings.user.c_str(),
                            settings.password.empty() ? nullptr : settings.password.c_str(), settings.name.c_str(),
                            is_socket ? 0 : settings.port, is_socket ? settings.socket.c_str() : nullptr, 0))
        return failure(mysql, handle->place);
    std::unique_ptr<Database> database(new Database(std::move(handle)));
    auto set = database->query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    if (!set)
        return fail(std::move(set).error());
    return database;
}

Result<std::vector<Row>> Database::query(const std::string& sql) {
    MYSQL* const mysql = handle_->mysql;
    if (mysql_real_query(mysql, sql.data(), sql.size()) != 0)
        return failure(mysql, handle_->place);
    std::vector<Row> rows;
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(mysql),
                                                                          &mysql_free_result);
    if (!result) {
        if (mysql_errno(mysql) != 0)
            return failure(mysql, handle_->place);
        return rows;
    }
    const unsigned width = mysql_num_fields(result.get());
    rows.reserve(mysql_num_rows(result.get()));
    while (MYSQL_ROW raw = mysql_fetch_row(result.get())) {
        const unsigned long* const lengths = mysql_fetch_lengths(result.get());
        std::vector<std::optional<std::string>> columns(width);
        for (unsigned column = 0; column < width; ++column)
            if (raw[column])
                columns[column].emplace(raw[column], lengths[column]);
        rows.emplace_back(std::move(columns));
    }
    return rows;
}

std::string Database::quoted(std::string_view text) const {
    std::string literal(2 * text.size() + 1, '\0');
    literal.resize(mysql_real_escape_string(handle_->mysql, literal.data(), text.data(), text.size()));
    return "'" + literal + "'";
}

} // namespace ombud::zoneminder
