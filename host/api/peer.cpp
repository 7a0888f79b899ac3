#include "api/peer.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
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

std::optional<uid_t> login_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/loginuid");
    std::string text;
    return std::getline(file, text) ? parse_login(text) : std::nullopt;
}

} // namespace

std::optional<uid_t> parse_login(std::string_view text) {
    uid_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number == static_cast<uid_t>(-1)) // -1: not from a login
        return std::nullopt;
    return number;
}

Result<Peer> read_peer(int socket, gid_t reader_group, const People& people) {
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
    if (people)
        peer.access = std::max(peer.access, people(peer.name));
    peer.login = login_of(peer.pid);
    if (peer.login && *peer.login != peer.uid)
        peer.login_name = account_name(*peer.login);
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
