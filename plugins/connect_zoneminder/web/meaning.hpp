#pragma once
// What one request to ZoneMinder's pages, its API or its CGI means. Pure: nothing is looked up.

#include "form.hpp"

#include <cstdint>
#include <ombud/web.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::zoneminder::web {

/// Columns of ZoneMinder's table Users that hold a right.
enum class Area : std::uint8_t { any, stream, events, control, monitors, groups, devices, snapshots, system };
enum class Level : std::uint8_t { none, view, edit };

/// How whoever asks says who they are.
struct Credentials {
    bool has_session = false;
    std::string session; ///< cookie ZMSESSID; empty: there is none
    std::string token;   ///< token=, a JWT
    std::string auth;    ///< auth=, ZoneMinder's hash of user, password and hour
    bool is_api = false; ///< wants APIEnabled, and takes access tokens alone
    bool is_login = false; ///< takes refresh tokens
};

struct Meaning {
    bool is_open = false;    ///< nothing of anybody's
    std::string strange;     ///< why it is not understood; empty: it is
    std::string closed;      ///< why nobody may have it this way; empty: it depends on who asks
    std::string_view act = "other";
    bool is_export = false;  ///< it leaves, or is made to leave
    bool changes = false;
    bool may_be_nobody = false;
    Area area = Area::any;
    Level level = Level::none;
    bool is_of_all = false;  ///< ZoneMinder does not look at the account's monitors: only for those without such a limit
    std::vector<std::string> recordings, devices, frames; ///< ids; frames are of the API's table Frames
    std::string export_id;   ///< the archive's connkey
    std::string format;      ///< zip, tar, mp4 …
    Credentials credentials;
};

/// @param prefix  where the pages are, such as /zm
/// Thread any. Never fails: what cannot be read is strange.
Meaning meaning_of(const sdk::WebRequest& request, std::string_view prefix);

/// 1 to 20 digits, no leading zero: read the same by PHP, SQL, atoi and strtoull.
bool is_id(std::string_view text);

// The three languages; each fills what it understands, or says why it does not.
void read_page(Meaning& meaning, std::string_view method, const Form& form);
/// @param segments  behind /api, decoded
void read_api(Meaning& meaning, std::string_view method, const std::vector<std::string>& segments, const Form& form);
/// @param query  raw: zms decodes nothing
void read_zms(Meaning& meaning, std::string_view method, std::string_view query);

} // namespace ombud::zoneminder::web
