#pragma once
// One call of the local API, as a handler sees it.

#include "events/result.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace ombud::api {

enum class Method { get, put, post, del };

/// What a peer may do; each level includes those before it.
enum class Access {
    none,
    read,    ///< look; personal values of registers and proposals are hidden
    approve, ///< see those values, and decide what others ask for
    write,   ///< change
};

/// Who is at the other end of the socket, as the kernel says (SO_PEERCRED): nobody can claim to be somebody else.
struct Peer {
    uid_t uid = static_cast<uid_t>(-1);
    gid_t gid = static_cast<gid_t>(-1);
    pid_t pid = 0;    ///< of the process that connected; it may have ended since
    std::string name; ///< account name; `uid 4711` when the account has none
    Access access = Access::none;
    std::optional<uid_t> login{}; ///< with which the person logged in, whatever they became since; none: not known
    std::string login_name{};     ///< its account name, where it is another one than `uid`
};

/// A call that has passed the router: the route exists, the peer may use it, and no unknown names are in it.
struct Request {
    Method method = Method::get;
    std::string path; ///< for messages; not decoded
    Peer peer;
    std::map<std::string, std::string, std::less<>> parameters; ///< from `{name}` in the pattern; never empty text
    std::map<std::string, std::string> query;
    boost::json::object body; ///< empty when there was none

    /// The part of the path at `{name}`; empty text when the pattern has no such name.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;

    /// The query's value, `fallback` when it is absent.
    /// Errors  invalid_input  not one of `allowed`; an empty `allowed` lets everything pass
    [[nodiscard]] Result<std::string> query_text(std::string_view name, std::string_view fallback,
                                                 std::initializer_list<std::string_view> allowed = {}) const;
    /// The query's value as a decimal integer within min..max, `fallback` when it is absent.
    /// Errors  invalid_input  no integer, or out of range
    [[nodiscard]] Result<std::int64_t> query_integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                                                     std::int64_t max) const;

    /// A text of the body that has to be there and not be empty.
    /// Errors  invalid_input  absent, empty, no text, or not one of `allowed`
    [[nodiscard]] Result<std::string> body_text(std::string_view name,
                                                std::initializer_list<std::string_view> allowed = {}) const;
    /// A text of the body, `fallback` when it is absent or null.
    /// Errors  invalid_input  no text
    [[nodiscard]] Result<std::string> body_text_or(std::string_view name, std::string_view fallback) const;
    /// A boolean of the body, `fallback` when it is absent or null.
    /// Errors  invalid_input  no boolean
    [[nodiscard]] Result<bool> body_flag(std::string_view name, bool fallback) const;
    /// An object of the body, an empty one when it is absent or null.
    /// Errors  invalid_input  no object
    [[nodiscard]] Result<boost::json::object> body_object(std::string_view name) const;
};

} // namespace ombud::api
