#pragma once
// Who connected, and what that allows.

#include "api/request.hpp"
#include "events/result.hpp"

#include <functional>
#include <string_view>
#include <sys/types.h>

namespace ombud::api {

/// What the site lets an account do beyond its groups; Access::none for one that it does not name. Thread any, quick.
using People = std::function<Access(const std::string& account)>;

/// Asks the kernel who is at the other end of a connected Unix socket.
///
/// @param socket        connected; stays the caller's
/// @param reader_group  its members may read; root and the process's own user may write
/// @param people        raises accounts; may be empty
/// The login comes from /proc/PID/loginuid of the process that connected: none without audit in the kernel, or for what was
/// not started from a login.
/// Errors   unavailable  the kernel does not say
/// Thread   any
/// Source   unix(7), SO_PEERCRED and SO_PEERGROUPS: as they were when the peer connected; proc(5)
Result<Peer> read_peer(int socket, gid_t reader_group, const People& people = {});

/// The login in the text of such a file; none: the kernel knows none. Thread any
std::optional<uid_t> parse_login(std::string_view text);

/// The number of a group given by name or by decimal number.
/// Errors   not_found  there is no such group
Result<gid_t> find_group(const std::string& name);

} // namespace ombud::api
