#pragma once
// The socket in the file system: who owns it, and which process may put it there.

#include "events/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <sys/types.h>

namespace ombud::api {

/// A listening Unix socket at a path of its own.
///
/// `PATH.lock` is locked while it lives, so that of two processes exactly one serves, and the socket that a killed
/// process left behind is known to be dead. The socket goes when this goes; the lock file stays.
/// Thread  one at a time
class SocketFile {
  public:
    /// Listens at `path` with mode 0660 and group `group`.
    ///
    /// @param path   at most 107 bytes; its folder exists
    /// @param group  none: the process's own
    /// Errors  invalid_input  too long, or something that is no socket is there; it is left alone
    ///         not_found      there is no such folder
    ///         refused        another process serves there, or no permission
    ///         unavailable    the system has no socket or no memory left
    static Result<SocketFile> listen(const std::filesystem::path& path, std::optional<gid_t> group);

    SocketFile(SocketFile&& other) noexcept;
    SocketFile& operator=(SocketFile&&) = delete;
    /// Removes the socket, if it is still the one that was made here.
    ~SocketFile();

    /// The listening socket, handed to the caller, who closes it. Once.
    [[nodiscard]] int release_socket();

  private:
    SocketFile(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_ = -1;
    int socket_ = -1;
    dev_t device_ = 0;
    ino_t inode_ = 0; ///< 0: there is no socket of ours
};

} // namespace ombud::api
