#pragma once
// Reads what PHP keeps of a session.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::zoneminder::web {

/// What ZoneMinder looks at in a session.
struct Session {
    std::string username;                     ///< empty: nobody logged in
    std::optional<std::int64_t> last_time;    ///< epoch seconds: replaced by another session then
};

/// Follows PHP's own format (session.serialize_handler = php: NAME|VALUE…) value by value, so that what a visitor left in one
/// value, as in the address kept for after the login, is never taken for another.
/// @return nothing: not in that format, too deep, or too large
std::optional<Session> parse_session(std::string_view data);

} // namespace ombud::zoneminder::web
