#include "plugin_runtime/guarded_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud {
namespace {

constexpr int links_max = 40; // as the kernel's own limit

struct Descriptor {
    int number;
    explicit Descriptor(int fd) : number(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number >= 0)
            ::close(number);
    }
};

// Whoever may write the file, or swap it or a folder on the way to it, runs code as us.
Result<void> check_owner(const struct stat& info, const std::filesystem::path& path, const std::string& what) {
    if (info.st_uid != 0 && info.st_uid != ::geteuid())
        return fail(ErrorCode::refused, path.string() + ": belongs to user " + std::to_string(info.st_uid) + "; " + what +
                                            " and each folder above it must belong to root or to the host's own user");
    const bool sticky_dir = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
    if (!S_ISLNK(info.st_mode) && (info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_dir) {
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", info.st_mode & 07777U);
        return fail(ErrorCode::refused, path.string() + ": writable by group or others (mode " + mode +
                                            "); take that away with: chmod go-w " + path.string());
    }
    return {};
}

// Every folder on the way, links followed by hand, so that no link of somebody else is followed.
Result<void> check_folders(const std::filesystem::path& folder, const std::string& what, int& links) {
    std::filesystem::path so_far = "/";
    struct stat info {};
    for (const auto& part : folder.relative_path()) {
        so_far /= part;
        if (::lstat(so_far.c_str(), &info) != 0)
            return fail(errno == ENOENT || errno == ENOTDIR ? ErrorCode::not_found : ErrorCode::unavailable,
                        so_far.string() + ": " + std::strerror(errno));
        if (auto ok = check_owner(info, so_far, what); !ok)
            return ok;
        if (!S_ISLNK(info.st_mode))
            continue;
        if (++links > links_max)
            return fail(ErrorCode::refused, so_far.string() + ": too many symbolic links");
        std::error_code error;
        const auto target = std::filesystem::read_symlink(so_far, error);
        if (error)
            return fail(ErrorCode::unavailable, so_far.string() + ": " + error.message());
        if (auto ok = check_folders((so_far.parent_path() / target).lexically_normal(), what, links); !ok)
            return ok;
    }
    return {};
}

} // namespace

Result<void> check_guarded_folder(const std::filesystem::path& folder, const std::string& what) {
    std::error_code error;
    const auto whole = std::filesystem::absolute(folder, error).lexically_normal();
    if (error)
        return fail(ErrorCode::unavailable, folder.string() + ": " + error.message());
    int links = 0;
    return check_folders(whole, what, links);
}

Result<std::vector<std::byte>> read_guarded(const std::filesystem::path& file, std::size_t bytes_max, const std::string& what) {
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.number < 0) {
        const int why = errno;
        if (why == ENOENT)
            return fail(ErrorCode::not_found, file.string() + ": no such file");
        if (why == ELOOP)
            return fail(ErrorCode::refused, file.string() + ": is a symbolic link; name the file itself");
        return fail(ErrorCode::unavailable, file.string() + ": " + std::strerror(why));
    }
    struct stat info {};
    if (::fstat(fd.number, &info) != 0 || !S_ISREG(info.st_mode))
        return fail(ErrorCode::refused, file.string() + ": not a regular file");
    if (auto ok = check_owner(info, file, what); !ok)
        return fail(ok.error());
    if (auto ok = check_guarded_folder(std::filesystem::absolute(file).parent_path(), what); !ok)
        return fail(ok.error());
    if (info.st_size <= 0 || static_cast<std::uintmax_t>(info.st_size) > bytes_max)
        return fail(ErrorCode::invalid_input, file.string() + ": " + std::to_string(info.st_size) + " bytes; " + what + " has 1 to " +
                                                  std::to_string(bytes_max));
    std::vector<std::byte> bytes(static_cast<std::size_t>(info.st_size));
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t got = ::read(fd.number, bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(ErrorCode::unavailable, file.string() + ": changed or failed while it was read");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

Result<std::string> read_guarded_text(const std::filesystem::path& file, std::size_t bytes_max, const std::string& what) {
    const auto bytes = read_guarded(file, bytes_max, what);
    if (!bytes)
        return fail(bytes.error());
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

} // namespace ombud
