#include "api/peer.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace ombud::api {
namespace {

std::string account_name(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(16'384);
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found)
        return found->pw_name;
    return "uid " + std::to_string(uid);
}

// The primary group is not among them, and a peer may have any number: the kernel says how many when there are more.
bool is_in_supplementary(int socket, gid_t group) {
    std::vector<gid_t> groups(64);
    for (int attempt = 0; attempt < 2; ++attempt) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
            groups.resize(size / sizeof(gid_t));
            return std::find(groups.begin(), groups.end(), group) != groups.end();
        }
        if (errno != ERANGE)
            return false;
        groups.resize(size / sizeof(gid_t));
    }
    return false;
}

} // namespace

Result<Peer> read_peer(int socket, gid_t reader_group) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return fail(ErrorCode::unavailable, std::string("the peer's credentials: ") + std::strerror(errno));
    Peer peer;
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.pid = credentials.pid;
    peer.name = account_name(credentials.uid);
    if (peer.uid == 0 || peer.uid == geteuid())
        peer.access = Access::write;
    else if (peer.gid == reader_group || is_in_supplementary(socket, reader_group))
        peer.access = Access::read;
    return peer;
}

Result<gid_t> find_group(const std::string& name) {
    gid_t number = 0;
    const auto* end = name.data() + name.size();
    if (const auto parsed = std::from_chars(name.data(), end, number); parsed.ec == std::errc{} && parsed.ptr == end)
        return number;
    group entry{};
    group* found = nullptr;
    std::vector<char> buffer(65'536); // holds the members' names, too
    if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found)
        return entry.gr_gid;
    return fail(ErrorCode::not_found,
                "group '" + name + "': there is no such group\nhint: `groupadd --system " + name + "` makes it");
}

} // namespace ombud::api
