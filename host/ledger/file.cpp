#include "ledger/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace ombud::ledger {
namespace {

constexpr std::size_t file_bytes_max = 1'000'000;

std::string errno_text() {
    return std::strerror(errno);
}

Result<void> write_synced(const std::filesystem::path& file, std::string_view content) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot create: " + errno_text());
    Result<void> done;
    while (!content.empty()) {
        const ssize_t count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            done = fail(ErrorCode::unavailable, file.string() + ": cannot write: " + errno_text());
            break;
        }
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    if (done && ::fsync(fd) != 0)
        done = fail(ErrorCode::unavailable, file.string() + ": cannot sync: " + errno_text());
    ::close(fd);
    return done;
}

} // namespace

Result<std::string> read_file(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return fail(ErrorCode::not_found, file.string() + ": no such file");
    std::ifstream in(file, std::ios::binary);
    std::string content(file_bytes_max + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (in.bad() || in.gcount() == 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot be read, or is empty");
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > file_bytes_max)
        return fail(ErrorCode::unavailable, file.string() + ": larger than 1 MB");
    return content;
}

Result<void> replace_file(const std::filesystem::path& file, std::string_view content) {
    const std::filesystem::path fresh = file.string() + ".new";
    auto written = write_synced(fresh, content);
    if (written && ::rename(fresh.c_str(), file.c_str()) != 0)
        written = fail(ErrorCode::unavailable, file.string() + ": cannot replace: " + errno_text());
    if (!written)
        ::unlink(fresh.c_str());
    return written;
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot open: " + errno_text());
    FileLock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorCode::unavailable,
                    file.string() + ": another process has this ledger open; stop it, or read beside it");
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}
FileLock::~FileLock() {
    if (fd_ >= 0)
        ::close(fd_);
}

} // namespace ombud::ledger
