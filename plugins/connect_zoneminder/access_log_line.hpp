#pragma once
// One line of a web server's access log, and what it says of exports. Every byte of it may come from an attacker.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::zoneminder {

/// A request that makes or fetches an export, read as ZoneMinder 1.36 and PHP read it.
struct LoggedAct {
    enum class Kind : std::uint8_t { make, fetch };
    enum class Who : std::uint8_t {
        session, ///< by a session's cookie, which is not logged
        named,   ///< by a token or a name in the address: `user`
        unknown, ///< by an auth hash, or by what a POST's body may hold instead
    };
    Kind kind = Kind::make;
    /// fetch: the archive's file name; make: the same without its ending, which the format decides. Any bytes but '/'.
    std::string archive;
    std::string beyond; ///< make: the same with the folders that `exportFile` led it through; empty: it led through none
    std::vector<std::uint64_t> recordings; ///< make: as asked for, in any order; at most 4096
    bool by_download = false; ///< make: by the download button, which leaves no mark in the session
    Who who = Who::session;
    std::string user;         ///< of named; UTF-8
    std::string client;       ///< as logged: an address, or a name
    std::int64_t utc_s = 0;   ///< when the request came
    std::int64_t bytes = 0;   ///< sent, headers included; 0: not logged
};

/// Longer lines are no requests that Apache would have taken.
inline constexpr std::size_t line_bytes_max = 32 * 1024;

/// Reads a line of Apache's formats common, combined or vhost_combined.
/// @return empty: not a line of these, refused (its status is not 2xx), or neither made nor fetched an export
std::optional<LoggedAct> export_act_of(std::string_view line);

} // namespace ombud::zoneminder
