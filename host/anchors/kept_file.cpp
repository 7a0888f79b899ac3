#include "anchors/kept_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::anchors {
namespace {

constexpr off_t tail_bytes = 64 * 1024; // a line with a stamp and its certificates has some thousand

struct File {
    explicit File(int opened) : fd(opened) {}
    ~File() {
        if (fd >= 0)
            ::close(fd);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd;
};

tl::unexpected<Error> failed(const std::filesystem::path& file, const char* step) {
    return fail(ErrorCode::unavailable, file.string() + ": " + step + ": " + std::strerror(errno));
}

// What the file ends with: a line feed when it is empty or cannot be read.
char last_byte(const std::filesystem::path& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    char last = '\n';
    if (file.fd >= 0 && ::lseek(file.fd, -1, SEEK_END) >= 0 && ::read(file.fd, &last, 1) != 1)
        last = '\n';
    return last;
}

} // namespace

Result<void> append_kept(const std::filesystem::path& path, std::string_view line) {
    const std::string bytes = (last_byte(path) == '\n' ? "" : "\n") + std::string(line);
    const File file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640));
    if (file.fd < 0)
        return failed(path, "cannot be opened for appending");
    const ssize_t written = ::write(file.fd, bytes.data(), bytes.size());
    if (written != static_cast<ssize_t>(bytes.size())) {
        if (written >= 0)
            errno = ENOSPC;
        return failed(path, "cannot be appended to");
    }
    if (::fdatasync(file.fd) != 0 && errno != EINVAL && errno != EROFS) // a pipe or a device has nothing to sync
        return failed(path, "cannot be synced");
    return {};
}

Result<std::optional<Kept>> read_last_kept(const std::filesystem::path& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.fd < 0) {
        if (errno == ENOENT || errno == EACCES)
            return std::nullopt;
        return failed(path, "cannot be opened");
    }
    struct stat about {};
    if (::fstat(file.fd, &about) != 0)
        return failed(path, "cannot be read");
    if (!S_ISREG(about.st_mode))
        return std::nullopt;
    std::string tail(static_cast<std::size_t>(std::min(about.st_size, tail_bytes)), '\0');
    const ssize_t got = ::pread(file.fd, tail.data(), tail.size(), about.st_size - static_cast<off_t>(tail.size()));
    if (got < 0)
        return failed(path, "cannot be read");
    tail.resize(static_cast<std::size_t>(got));
    auto found = parse_kept(tail);
    if (found.all.empty())
        return std::nullopt;
    return std::move(found.all.back());
}

} // namespace ombud::anchors
