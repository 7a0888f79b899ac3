#include "accounts.hpp"

namespace ombud::zoneminder {

using sdk::ActionResult;
using sdk::Outcome;

namespace {

struct AccountRow {
    std::uint64_t id = 0;
    bool is_enabled = false;
    bool is_administrator = false;
    std::int64_t sessions = 0;
};

/// Names are compared byte by byte, as ZoneMinder's column does.
Result<std::optional<AccountRow>> find_account(Database& database, std::string_view user) {
    auto rows = database.query("SELECT Id, Enabled, IsAdministrator, Sessions FROM ombud.accounts"
                               " WHERE CAST(Username AS BINARY) = CAST(" +
                               database.quoted(user) + " AS BINARY)");
    if (!rows)
        return fail(std::move(rows).error());
    if (rows->empty())
        return std::optional<AccountRow>();
    const Row& row = rows->front();
    return std::optional(AccountRow{row.id(0), row.id(1) != 0, row.id(2) != 0, row.number(3).value_or(0)});
}

ActionResult not_granted(const sdk::Error& error) {
    return {Outcome::retry, error.message + "; run accounts.sql"};
}

} // namespace

bool can_disable_accounts(Database& database) {
    return database.query("SELECT Id FROM ombud.accounts LIMIT 1").has_value();
}

ActionResult disable_account(Database& database, std::string_view user, std::string_view own_account) {
    if (user.empty())
        return {Outcome::failed, "no account was named"};
    if (user == own_account)
        return {Outcome::refused, "it is the account by which Ombud itself uses ZoneMinder"};
    const auto before = find_account(database, user);
    if (!before)
        return not_granted(before.error());
    if (!*before)
        return {Outcome::failed, "ZoneMinder has no such account"};
    const std::string account = "account " + std::to_string((*before)->id);
    if (!(*before)->is_enabled && (*before)->sessions == 0)
        return {Outcome::already, account + " was disabled, and has no web session"};
    if ((*before)->is_enabled && (*before)->is_administrator) {
        const auto others = database.query("SELECT COUNT(*) FROM ombud.accounts WHERE Enabled = 1 AND IsAdministrator = 1 AND Id <> " +
                                           std::to_string((*before)->id));
        if (!others)
            return not_granted(others.error());
        if (others->empty() || others->front().id(0) == 0)
            return {Outcome::refused, account + " is the last one enabled that may change ZoneMinder's system: give that right to another, then "
                                                "`ombud device lost` again"};
    }
    const auto done = database.query("CALL ombud_disable_account(" + std::to_string((*before)->id) + ")");
    if (!done)
        return not_granted(done.error());
    const auto after = find_account(database, user);
    if (!after)
        return not_granted(after.error());
    if (!*after || (*after)->is_enabled || (*after)->sessions != 0)
        return {Outcome::retry, account + " was disabled, but is enabled or has a web session again"};
    return {Outcome::done, account + ": Enabled is 0, tokens issued until now are refused, " + std::to_string((*before)->sessions) +
                               " web session" + ((*before)->sessions == 1 ? "" : "s") +
                               " ended; ZoneMinder cannot force a new password, and a live picture on show ends with its window"};
}

} // namespace ombud::zoneminder
