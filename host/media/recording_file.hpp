#pragma once
// A recording on disk: opened without surprises, and recognised again later.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "media/byte_source.hpp"

namespace ombud::media {

/// Owns a file descriptor.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd();

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

/// What tells a file from any other, and from itself after a change.
struct Identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size_bytes = 0;
    std::int64_t modified_ns = 0;

    [[nodiscard]] bool is_same_file(const Identity& other) const {
        return device == other.device && inode == other.inode;
    }
    bool operator==(const Identity&) const = default;
};

/// The identity of what a name in a directory stands for; symbolic links are not followed.
/// @return  nothing when there is no such name
[[nodiscard]] std::optional<Identity> identity_at(int directory_fd, const std::string& name);

/// An open recording and the directory it was found in.
struct Recording {
    std::filesystem::path path;
    std::string name;  ///< last part of the path
    Fd directory;
    Fd file;           ///< read-only
    Identity identity; ///< when opened
    std::uint64_t links = 1;

    [[nodiscard]] FileSource source() const { return {file.get(), identity.size_bytes}; }

    /// Whether the file still is what was opened, under the same name.
    /// Errors  unavailable  it grew, shrank, was written to, moved or replaced; nothing was changed by Ombud
    [[nodiscard]] Result<> check_unchanged() const;

    /// Whether nobody holds the file open for writing. A file system without leases (some network ones) cannot tell,
    /// and the answer then is yes.
    /// Errors  unavailable  somebody does: the recording is still being written
    [[nodiscard]] Result<> check_no_writer() const;
};

/// Opens a recording read-only.
/// Errors  not_found      there is no such file
///         refused        a symbolic link, or the file may not be read
///         invalid_input  a directory, device, pipe or socket, or empty
/// Thread  any
[[nodiscard]] Result<Recording> open_recording(const std::filesystem::path& path);

/// Writes all of `bytes` at `offset`.
/// Errors  unavailable  the disk is full or failed
[[nodiscard]] Result<> write_at(int fd, std::uint64_t offset, std::span<const std::uint8_t> bytes);

/// Overwrites a range with zeros.
/// Errors  as write_at()
[[nodiscard]] Result<> write_zeros(int fd, const Range& range);

/// Forces a file's or a directory's content onto the disk.
/// Errors  unavailable  the disk failed
[[nodiscard]] Result<> sync_data(int fd);
[[nodiscard]] Result<> sync_all(int fd);

/// The last system call's failure as an error: disk full and the like may pass.
[[nodiscard]] tl::unexpected<Error> fail_errno(const std::string& what);

} // namespace ombud::media
