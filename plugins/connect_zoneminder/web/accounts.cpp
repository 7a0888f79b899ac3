#include "accounts.hpp"

#include "session.hpp"
#include "token.hpp"

#include <algorithm>

namespace ombud::zoneminder::web {
namespace {

constexpr std::size_t remembered_max = 1024;
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t session_grace_s = 180; ///< for which ZoneMinder takes a session that it replaced

Who nobody(std::string why) { return {std::nullopt, std::move(why), false}; }

Level level_of(const std::string& word) {
    if (word == "View")
        return Level::view;
    return word == "Edit" ? Level::edit : Level::none;
}

bool is_hash(std::string_view text) {
    return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

std::string joined(const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids)
        list += (list.empty() ? "" : ",") + id;
    return list;
}

} // namespace

bool Account::may_see(const std::string& monitor) const {
    return monitors.empty() || std::find(monitors.begin(), monitors.end(), monitor) != monitors.end();
}

Result<Database*> Accounts::database() {
    if (!database_) {
        auto connected = Database::connect(settings_);
        if (!connected)
            return fail(std::move(connected).error());
        database_ = std::move(*connected);
    }
    return database_.get();
}

// A connection that was idle too long is gone without a word: tried once more, anew.
Result<std::vector<Row>> Accounts::query(const std::string& sql) {
    const bool was_open = database_ != nullptr;
    const auto connected = database();
    if (!connected)
        return fail(connected.error());
    auto rows = (*connected)->query(sql);
    if (rows || rows.error().code != ErrorCode::unavailable)
        return rows;
    database_.reset();
    if (!was_open)
        return rows;
    const auto again = database();
    if (!again)
        return fail(again.error());
    rows = (*again)->query(sql);
    if (!rows && rows.error().code == ErrorCode::unavailable)
        database_.reset();
    return rows;
}

Result<const Accounts::Settings*> Accounts::settings(std::int64_t now_mono_ns) {
    if (known_ && now_mono_ns - known_->read_mono_ns < memory_ns)
        return &*known_;
    auto rows = query("SELECT Name, Value, Private FROM Config WHERE Name IN ('ZM_OPT_USE_AUTH','ZM_AUTH_HASH_SECRET','ZM_AUTH_HASH_IPS',"
                      "'ZM_AUTH_HASH_TTL','ZM_AUTH_RELAY','ZM_COOKIE_LIFETIME')");
    if (!rows)
        return fail(std::move(rows).error());
    Settings now;
    now.read_mono_ns = now_mono_ns;
    for (const Row& row : *rows) {
        const std::string name = row.text(0);
        const bool is_on = row.text(1) == "1";
        if (name == "ZM_OPT_USE_AUTH")
            now.has_login = is_on;
        else if (name == "ZM_AUTH_HASH_SECRET") {
            now.secret = row.text(1);
            now.is_secret_shown = row.text(2) != "1" && secret_.empty();
        } else if (name == "ZM_AUTH_HASH_IPS")
            now.hashes_hold_address = is_on;
        else if (name == "ZM_AUTH_RELAY")
            now.has_hashes = row.text(1) == "hashed";
        else if (name == "ZM_AUTH_HASH_TTL")
            now.hash_hours = std::clamp<std::int64_t>(row.number(1).value_or(2), 1, 24);
        else if (name == "ZM_COOKIE_LIFETIME")
            now.session_s = std::max<std::int64_t>(row.number(1).value_or(3600), 1);
    }
    if (!secret_.empty())
        now.secret = secret_;
    known_ = std::move(now);
    return &*known_;
}

Result<std::optional<Account>> Accounts::account(const std::string& condition) {
    auto rows = query("SELECT Username, Stream, Events, Control, Monitors, `Groups`, Devices, Snapshots, System, APIEnabled, "
                      "MonitorIds, TokenMinExpiry FROM Users WHERE Enabled=1 AND " + condition + " LIMIT 2");
    if (!rows)
        return fail(std::move(rows).error());
    if (rows->size() != 1)
        return std::optional<Account>();
    const Row& row = rows->front();
    Account account;
    account.name = row.text(0);
    account.levels[static_cast<std::size_t>(Area::any)] = Level::view;
    for (std::size_t column = 1; column <= 8; ++column)
        account.levels.at(column) = level_of(row.text(column));
    account.may_api = row.text(9) == "1";
    const std::string list = row.text(10);
    std::string_view monitors = list;
    while (!monitors.empty()) {
        const auto end = std::min(monitors.find(','), monitors.size());
        account.monitors.emplace_back(monitors.substr(0, end));
        monitors.remove_prefix(std::min(end + 1, monitors.size()));
    }
    account.tokens_from_s = row.number(11).value_or(0);
    return std::optional(std::move(account));
}

Result<Who> Accounts::by_token(const Credentials& credentials, const Settings& now, std::int64_t now_utc_ns) {
    const auto token = read_token(credentials.token, now.secret);
    if (!token)
        return nobody("the token is not one of this ZoneMinder");
    const std::int64_t now_s = now_utc_ns / second_ns;
    if (token->expires_s <= now_s)
        return nobody("the token has expired"); // zms would take it
    if (token->issued_s > now_s + 60)
        return nobody("the token is of another time");
    if (token->is_refresh != credentials.is_login && (token->is_refresh || credentials.is_api))
        return nobody("the token is for another use");
    auto found = account("Username=" + database_->quoted(token->user));
    if (!found)
        return fail(std::move(found).error());
    if (!*found)
        return nobody("the token's account is not there, or disabled");
    if (token->issued_s < (*found)->tokens_from_s)
        return nobody("the token was revoked");
    return Who{std::move(*found), {}, false};
}

Result<Who> Accounts::by_hash(const Credentials& credentials, const Settings& now, const std::string& peer) {
    if (!now.has_hashes || !is_hash(credentials.auth) || now.secret.empty())
        return nobody("the hash in the address is not one of this ZoneMinder");
    // As ZoneMinder makes it: secret, name, password's hash, address, and the hour of the server's local time.
    std::string made;
    const std::vector<std::string> addresses =
        now.hashes_hold_address ? std::vector<std::string>{peer, "127.0.0.1", "::1"} : std::vector<std::string>{""};
    for (const std::string& address : addresses)
        for (std::int64_t hour = 0; hour < now.hash_hours; ++hour) {
            const std::string at = "(NOW() - INTERVAL " + std::to_string(hour) + " HOUR)";
            made += (made.empty() ? "" : ",") + std::string("MD5(CONCAT(") + database_->quoted(now.secret) + ",Username,Password," +
                    database_->quoted(address) + ",HOUR(" + at + "),DAY(" + at + "),MONTH(" + at + ")-1,YEAR(" + at + ")-1900))";
        }
    auto found = account(database_->quoted(credentials.auth) + " IN (" + made + ")");
    if (!found)
        return fail(std::move(found).error());
    return *found ? Who{std::move(*found), {}, false} : nobody("the hash in the address is not one of this ZoneMinder, or too old");
}

Result<Who> Accounts::by_session(const Credentials& credentials, const Settings& now, std::int64_t now_utc_ns) {
    auto rows = query("SELECT access, data FROM Sessions WHERE id=" + database_->quoted(credentials.session) + " LIMIT 2");
    if (!rows)
        return fail(std::move(rows).error());
    if (rows->size() != 1)
        return nobody("the session is not there, or no longer");
    const std::int64_t now_s = now_utc_ns / second_ns;
    const auto session = parse_session(rows->front().text(1));
    if (!session)
        return nobody("the session cannot be read");
    if (rows->front().number(0).value_or(0) < now_s - now.session_s)
        return nobody("the session has expired");
    if (session->last_time && *session->last_time < now_s - session_grace_s)
        return nobody("the session was replaced by another");
    if (session->username.empty())
        return nobody("nobody is logged in");
    auto found = account("Username=" + database_->quoted(session->username));
    if (!found)
        return fail(std::move(found).error());
    if (!*found)
        return nobody("the session's account is not there, or disabled");
    return Who{std::move(*found), {}, true};
}

Result<Who> Accounts::look_up(const Credentials& credentials, const std::string& peer, std::int64_t now_utc_ns,
                              std::int64_t now_mono_ns) {
    const auto now = settings(now_mono_ns); // connects, too
    if (!now)
        return fail(now.error());
    if (!(*now)->has_login)
        return nobody("this ZoneMinder asks nobody to log in (ZM_OPT_USE_AUTH is off)");
    // In ZoneMinder's own order.
    Result<Who> who = nobody("nobody is logged in");
    if (!credentials.token.empty())
        who = by_token(credentials, **now, now_utc_ns);
    else if (!credentials.auth.empty())
        who = by_hash(credentials, **now, peer);
    else if (!credentials.session.empty())
        who = by_session(credentials, **now, now_utc_ns);
    if (who && who->account && credentials.is_api && !who->account->may_api)
        return nobody("the account may not use the API");
    return who;
}

Result<Who> Accounts::who(const Credentials& credentials, const std::string& peer, std::int64_t now_utc_ns, std::int64_t now_mono_ns) {
    const std::string key = std::string(credentials.is_api ? "a" : "p") + (credentials.is_login ? "l" : "") + '\n' + credentials.token +
                            '\n' + credentials.auth + '\n' + credentials.session + '\n' + (credentials.auth.empty() ? "" : peer);
    if (const auto known = remembered_.find(key); known != remembered_.end() && now_mono_ns < known->second.until_mono_ns)
        return known->second.who;
    auto found = look_up(credentials, peer, now_utc_ns, now_mono_ns);
    if (!found)
        return found;
    if (remembered_.size() >= remembered_max)
        std::erase_if(remembered_, [&](const auto& one) { return one.second.until_mono_ns <= now_mono_ns; });
    if (remembered_.size() >= remembered_max)
        remembered_.clear();
    remembered_[key] = {*found, now_mono_ns + memory_ns};
    return found;
}

Result<std::map<std::string, EventPlace>> Accounts::places(const std::vector<std::string>& recordings) {
    std::map<std::string, EventPlace> places;
    if (recordings.empty())
        return places;
    auto rows = query("SELECT Id, MonitorId, UNIX_TIMESTAMP(StartDateTime), UNIX_TIMESTAMP(EndDateTime) FROM Events WHERE Id IN (" +
                      joined(recordings) + ")");
    if (!rows)
        return fail(std::move(rows).error());
    for (const Row& row : *rows) {
        EventPlace& place = places[row.text(0)];
        place.monitor = row.text(1);
        const auto time = [&](std::size_t column) -> std::optional<std::int64_t> {
            const auto seconds = row.number(column);
            return seconds ? std::optional(*seconds * second_ns) : std::nullopt;
        };
        place.begin_utc_ns = time(2);
        place.end_utc_ns = time(3);
    }
    return places;
}

Result<std::vector<std::string>> Accounts::recordings_of(const std::vector<std::string>& frames) {
    std::vector<std::string> recordings;
    if (frames.empty())
        return recordings;
    auto rows = query("SELECT DISTINCT EventId FROM Frames WHERE Id IN (" + joined(frames) + ")");
    if (!rows)
        return fail(std::move(rows).error());
    for (const Row& row : *rows)
        recordings.push_back(row.text(0));
    return recordings;
}

} // namespace ombud::zoneminder::web
