#pragma once
// Who connected, and what that allows.

#include "api/request.hpp"
#include "events/result.hpp"

#include <sys/types.h>

namespace ombud::api {

/// Asks the kernel who is at the other end of a connected Unix socket.
///
/// @param socket        connected; stays the caller's
/// @param reader_group  its members may read; root and the process's own user may write
/// Errors   unavailable  the kernel does not say
/// Thread   any
/// Source   unix(7), SO_PEERCRED and SO_PEERGROUPS: as they were when the peer connected
Result<Peer> read_peer(int socket, gid_t reader_group);

/// The number of a group given by name or by decimal number.
/// Errors   not_found  there is no such group
Result<gid_t> find_group(const std::string& name);

} // namespace ombud::api
