#pragma once
// Who asks, and what they may: ZoneMinder's accounts, sessions and tokens, looked up in its database.

#include "../database.hpp"
#include "meaning.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ombud::zoneminder::web {

struct Account {
    std::string name;
    std::array<Level, 9> levels{}; ///< by Area; `any` is Level::view
    bool may_api = false;
    std::vector<std::string> monitors; ///< empty: all of them
    std::int64_t tokens_from_s = 0;    ///< those issued before are revoked

    [[nodiscard]] bool may(Area area, Level level) const { return levels.at(static_cast<std::size_t>(area)) >= level; }
    [[nodiscard]] bool may_see(const std::string& monitor) const;
};

struct Who {
    std::optional<Account> account;
    std::string why;           ///< why nobody; a sentence without personal values
    bool is_by_cookie = false; ///< a browser sends it by itself
};

struct EventPlace {
    std::string monitor;
    std::optional<std::int64_t> begin_utc_ns, end_utc_ns;
};

/// Remembers who has which credentials for `memory_ns`; all else is asked each time. Thread: worker.
/// Errors of each call  those of Database
class Accounts {
  public:
    static constexpr std::int64_t memory_ns = 1'000'000'000;

    /// @param secret  ZM_AUTH_HASH_SECRET where a file of ZoneMinder's sets it; empty: as in its table
    Accounts(DatabaseSettings settings, std::string secret) : settings_(std::move(settings)), secret_(std::move(secret)) {}

    Result<Who> who(const Credentials& credentials, const std::string& peer, std::int64_t now_utc_ns, std::int64_t now_mono_ns);
    /// Whether ZoneMinder's pages print the secret that signs tokens to whoever is logged in, as last seen.
    [[nodiscard]] bool shows_secret() const { return known_ && known_->is_secret_shown; }
    /// By id; without those that ZoneMinder does not have.
    Result<std::map<std::string, EventPlace>> places(const std::vector<std::string>& recordings);
    /// The recordings of frames of the API's table.
    Result<std::vector<std::string>> recordings_of(const std::vector<std::string>& frames);

  private:
    struct Settings {
        std::string secret;
        bool is_secret_shown = false;
        bool has_login = false, has_hashes = false, hashes_hold_address = false;
        std::int64_t hash_hours = 2, session_s = 3600;
        std::int64_t read_mono_ns = 0;
    };
    struct Remembered {
        Who who;
        std::int64_t until_mono_ns = 0;
    };

    Result<Database*> database();
    Result<std::vector<Row>> query(const std::string& sql);
    Result<const Settings*> settings(std::int64_t now_mono_ns);
    Result<std::optional<Account>> account(const std::string& condition);
    Result<Who> look_up(const Credentials& credentials, const std::string& peer, std::int64_t now_utc_ns, std::int64_t now_mono_ns);
    Result<Who> by_token(const Credentials& credentials, const Settings& now, std::int64_t now_utc_ns);
    Result<Who> by_hash(const Credentials& credentials, const Settings& now, const std::string& peer);
    Result<Who> by_session(const Credentials& credentials, const Settings& now, std::int64_t now_utc_ns);

    DatabaseSettings settings_;
    std::string secret_;
    std::unique_ptr<Database> database_;
    std::optional<Settings> known_;
    std::map<std::string, Remembered> remembered_;
};

} // namespace ombud::zoneminder::web
