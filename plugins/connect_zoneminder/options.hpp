#pragma once
// What an administrator sets for one ZoneMinder; names, units and defaults are in manifests/connect_zoneminder.xml.

#include <cstdint>
#include <ombud/config.hpp>
#include <ombud/result.hpp>
#include <string>

namespace ombud::zoneminder {

using sdk::ErrorCode;
using sdk::fail;
using sdk::Result;

enum class FeedKind : std::uint8_t {
    outbox, ///< table ombud.outbox, filled by triggers: complete, within a fraction of a second
    poll,   ///< the REST interface alone, without rights on the database: late, and misses what is undone in between
};

struct DatabaseSettings {
    std::string socket; ///< absolute path; empty: host and port
    std::string host;
    std::uint32_t port = 3306;
    std::string name = "zm";
    std::string user;
    std::string password; ///< secret; empty: the server knows the operating system's user (unix_socket)
    std::string ca_file;  ///< PEM; empty: only with a socket or a loopback host
};

struct RestSettings {
    std::string url; ///< ends in /api, without a slash behind it
    std::string user;
    std::string password; ///< secret
    std::string ca_file;  ///< PEM; empty: the system's certificates
    std::int64_t time_limit_ms = 30'000;
    std::size_t body_bytes_max = std::size_t{64} << 20;
};

/// Watching exports; needs feed outbox.
struct ExportSettings {
    std::string folder;     ///< ZM_DIR_EXPORTS; empty: exports are not watched
    std::string access_log; ///< of the web server in front of ZoneMinder; empty: not read
    std::int64_t keep_ns = 86'400'000'000'000; ///< an archive that is older is abandoned
};

struct Options {
    FeedKind feed = FeedKind::outbox;
    RestSettings rest;
    DatabaseSettings database;
    std::string default_area; ///< where events of storage area 0 are: ZoneMinder's ZM_DIR_EVENTS
    bool has_files = true;    ///< the storage areas are mounted here under the same paths
    bool probes_tracks = true;
    std::int64_t poll_interval_ms = 2000; ///< of FeedKind::poll
    ExportSettings exports;
    std::string web_path = "/zm";         ///< of the pages, for the web gate; begins with '/', ends without
    std::string auth_secret;              ///< secret: ZM_AUTH_HASH_SECRET, where a file sets it; empty: as in table Config
};

/// Reads options/… of the instance.
/// Errors  invalid_input  a needed one is missing, a URL is not http or https, or a password would cross a network in
///                        clear; the message names the option
Result<Options> read_options(const sdk::Config& config);

} // namespace ombud::zoneminder
