#include "api/socket_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace ombud::api {
namespace {

constexpr int backlog = 128;

Error system_error(const std::filesystem::path& path, const std::string& what) {
    const int number = errno;
    const auto code = number == ENOENT                                         ? ErrorCode::not_found
                      : number == EACCES || number == EPERM || number == EROFS ? ErrorCode::refused
                                                                               : ErrorCode::unavailable;
    return {code, path.string() + ": " + what + ": " + std::strerror(number)};
}

sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

Error in_use(const std::filesystem::path& path) {
    return {ErrorCode::refused, path.string() + ": another process serves this socket\nhint: stop that `ombud run`, or "
                                                "give this one its own --state and --socket"};
}

// What lies at the path from before. Our lock is held, so a socket of this program there is dead; another program's
// answers.
Result<void> clear(const std::filesystem::path& path) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT)
            return {};
        return fail(system_error(path, "cannot be examined"));
    }
    if (!S_ISSOCK(status.st_mode))
        return fail(ErrorCode::invalid_input, path.string() + ": is there already and is no socket\nhint: choose "
                                                              "another --socket, or move it away");
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fail(system_error(path, "no socket"));
    const auto address = address_of(path);
    const bool dead = connect(probe, generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
    close(probe);
    if (!dead)
        return fail(in_use(path));
    if (unlink(path.c_str()) != 0)
        return fail(system_error(path, "the socket of an ended process cannot be removed"));
    return {};
}

} // namespace

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)), socket_(std::exchange(other.socket_, -1)),
      device_(other.device_), inode_(std::exchange(other.inode_, 0)) {}

SocketFile::~SocketFile() {
    struct stat status {};
    if (inode_ != 0 && lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
        unlink(path_.c_str());
    if (socket_ >= 0)
        close(socket_);
    if (lock_ >= 0)
        close(lock_);
}

int SocketFile::release_socket() {
    return std::exchange(socket_, -1);
}

Result<SocketFile> SocketFile::listen(const std::filesystem::path& path, std::optional<gid_t> group) {
    if (path.native().size() >= sizeof sockaddr_un{}.sun_path)
        return fail(ErrorCode::invalid_input, path.string() + ": " + std::to_string(path.native().size()) +
                                                  " bytes are too long for a socket; at most 107\nhint: choose a "
                                                  "shorter --socket");
    const std::filesystem::path lock_path = path.string() + ".lock";
    const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return fail(system_error(lock_path, "cannot be opened"));
    SocketFile file(path, lock);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return fail(errno == EWOULDBLOCK ? in_use(path) : system_error(lock_path, "cannot be locked"));
    if (auto cleared = clear(path); !cleared)
        return fail(std::move(cleared.error()));

    file.socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file.socket_ < 0)
        return fail(system_error(path, "no socket"));
    // Linux gives the file the mode of the unbound socket: there is no moment at which others could connect.
    const auto address = address_of(path);
    if (fchmod(file.socket_, 0600) != 0 || bind(file.socket_, generic(address), sizeof address) != 0)
        return fail(system_error(path, "cannot be made"));
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0)
        return fail(system_error(path, "cannot be examined"));
    file.device_ = status.st_dev;
    file.inode_ = status.st_ino;
    if (group && lchown(path.c_str(), static_cast<uid_t>(-1), *group) != 0)
        return fail(system_error(path, "cannot be given to group " + std::to_string(*group)));
    if (chmod(path.c_str(), 0660) != 0)
        return fail(system_error(path, "cannot be opened to its group"));
    if (::listen(file.socket_, backlog) != 0)
        return fail(system_error(path, "cannot be listened at"));
    return file;
}

} // namespace ombud::api
