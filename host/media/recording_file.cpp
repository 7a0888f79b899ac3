#include "media/recording_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::media {

namespace {

Identity identity_of(const struct stat& status) {
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
            status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

/// A regular file that can be opened without waiting for anybody or touching a device.
Result<> check_kind(const struct stat& status) {
    const auto wrong = [](ErrorCode code, const char* what) { return fail(code, what); };
    switch (status.st_mode & S_IFMT) {
    case S_IFREG: break;
    case S_IFLNK: return wrong(ErrorCode::refused, "is a symbolic link; name the file it stands for");
    case S_IFDIR: return wrong(ErrorCode::invalid_input, "is a directory, not a recording");
    case S_IFIFO: return wrong(ErrorCode::invalid_input, "is a pipe, not a recording");
    case S_IFSOCK: return wrong(ErrorCode::invalid_input, "is a socket, not a recording");
    default: return wrong(ErrorCode::invalid_input, "is a device, not a recording");
    }
    if (status.st_size == 0)
        return wrong(ErrorCode::invalid_input, "is empty");
    return {};
}

} // namespace

Fd::~Fd() {
    if (fd_ >= 0)
        ::close(fd_);
}

tl::unexpected<Error> fail_errno(const std::string& what) {
    const int number = errno;
    const ErrorCode code = number == ENOENT                                          ? ErrorCode::not_found
                           : number == EACCES || number == EPERM || number == EROFS ? ErrorCode::refused
                                                                                     : ErrorCode::unavailable;
    return fail(code, what + ": " + std::strerror(number));
}

std::optional<Identity> identity_at(int directory_fd, const std::string& name) {
    struct stat status {};
    if (::fstatat(directory_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return std::nullopt;
    return identity_of(status);
}

Result<Recording> open_recording(const std::filesystem::path& path) {
    Recording recording;
    recording.path = path;
    recording.name = path.filename().string();
    if (recording.name.empty() || recording.name == "." || recording.name == "..")
        return fail(ErrorCode::invalid_input, path.string() + ": is a directory, not a recording");
    const std::string parent = path.has_parent_path() ? path.parent_path().string() : ".";
    recording.directory = Fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!recording.directory.is_open())
        return fail_errno(parent);
    // Looked at before it is opened: opening a device or a pipe can itself have an effect.
    struct stat status {};
    if (::fstatat(recording.directory.get(), recording.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(path.string());
    if (auto ok = check_kind(status); !ok)
        return fail(std::move(ok.error()).within(path.string()));
    recording.file = Fd(::openat(recording.directory.get(), recording.name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!recording.file.is_open())
        return fail_errno(path.string());
    if (::fstat(recording.file.get(), &status) != 0)
        return fail_errno(path.string());
    if (auto ok = check_kind(status); !ok)
        return fail(std::move(ok.error()).within(path.string()));
    recording.identity = identity_of(status);
    recording.links = status.st_nlink;
    return recording;
}

Result<> Recording::check_unchanged() const {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return fail_errno(path.string());
    const auto named = identity_at(directory.get(), name);
    if (identity_of(status) == identity && named == identity)
        return {};
    const std::string what = !named || !named->is_same_file(identity) ? "was moved or replaced" : "was written to";
    return fail(ErrorCode::unavailable, path.string() + ": " + what +
                                            " while it was read; nothing was changed, try again when its writer has finished");
}

Result<> Recording::check_no_writer() const {
    // A read lease is granted only while nobody has the file open for writing; it is given back at once, so that no
    // writer ever waits for it.
    if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0) {
        ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
        return {};
    }
    if (errno != EAGAIN)
        return {};
    return fail(ErrorCode::unavailable,
                path.string() + ": is open for writing elsewhere; try again when the recording has finished");
}

Result<> write_at(int fd, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail_errno("writing at byte " + std::to_string(offset));
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<> write_zeros(int fd, const Range& range) {
    static constexpr std::size_t zeros_bytes = 256 * 1024;
    static const std::uint8_t zeros[zeros_bytes] = {};
    for (std::uint64_t at = range.offset; at < range.end();) {
        const std::size_t length = std::min<std::uint64_t>(zeros_bytes, range.end() - at);
        if (auto ok = write_at(fd, at, std::span(zeros, length)); !ok)
            return ok;
        at += length;
    }
    return {};
}

Result<> sync_data(int fd) {
    if (::fdatasync(fd) != 0)
        return fail_errno("fdatasync");
    return {};
}

Result<> sync_all(int fd) {
    if (::fsync(fd) != 0)
        return fail_errno("fsync");
    return {};
}

} // namespace ombud::media
