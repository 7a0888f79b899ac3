#include "access_log.hpp"

#include "access_log_line.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::zoneminder {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
constexpr int previous_idle_max = 1000; // readings without a line: some minutes

std::string reason() {
    return std::strerror(errno);
}

} // namespace

AccessLog::AccessLog(std::filesystem::path file, std::optional<Place> place)
    : file_(std::move(file)), resume_(place) {}

AccessLog::~AccessLog() {
    current_.close();
    previous_.close();
}

void AccessLog::Source::close() {
    if (fd >= 0)
        ::close(fd);
    *this = {};
}

/// Opens the file that is there now, or the one before it when an earlier run had not finished that.
Result<> AccessLog::open_next() {
    const auto open_one = [](const std::filesystem::path& path, struct stat& status) {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0 && (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
            ::close(fd);
            errno = EINVAL;
            return -1;
        }
        return fd;
    };
    struct stat status {};
    int fd = open_one(file_, status);
    if (fd < 0)
        return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                    "access-log: " + file_.string() + ": " + reason());
    const auto wanted = std::exchange(resume_, std::nullopt);
    std::uint64_t begin = 0;
    if (wanted && wanted->inode == status.st_ino) {
        begin = wanted->offset;
    } else if (wanted) {
        struct stat earlier {};
        const int rotated = open_one(file_.string() + ".1", earlier);
        if (rotated >= 0 && earlier.st_ino == wanted->inode) {
            ::close(fd);
            fd = rotated;
            status = earlier;
            begin = wanted->offset;
        } else {
            if (rotated >= 0)
                ::close(rotated);
            has_gap_ = true;
        }
    } else if (is_first_) {
        begin = static_cast<std::uint64_t>(status.st_size);
    }
    is_first_ = false;
    if (current_.fd >= 0) {
        previous_.close();
        previous_ = std::exchange(current_, {});
        previous_idle_ = 0;
    }
    current_.fd = fd;
    current_.inode = status.st_ino;
    current_.offset = begin;
    return {};
}

/// Takes what is new, once. @return whether there was anything
Result<bool> AccessLog::Source::read(std::vector<std::string>& lines, const std::filesystem::path& file) {
    const auto failed = [&] { return fail(ErrorCode::unavailable, "access-log: " + file.string() + ": " + reason()); };
    struct stat mine {};
    if (::fstat(fd, &mine) != 0)
        return failed();
    if (static_cast<std::uint64_t>(mine.st_size) < offset + partial.size()) { // emptied in place
        offset = 0;
        partial.clear();
        skips = false;
    }
    std::string chunk(chunk_bytes, '\0');
    const auto got = ::pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(offset + partial.size()));
    if (got < 0)
        return failed();
    std::string_view rest(chunk.data(), static_cast<std::size_t>(got));
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        offset += partial.size() + end + 1;
        partial += rest.substr(0, end);
        if (!skips && partial.size() <= line_bytes_max)
            lines.push_back(partial);
        partial.clear();
        skips = false;
        rest.remove_prefix(end + 1);
    }
    partial += rest;
    if (partial.size() > line_bytes_max) { // it is left out: no need to keep it
        offset += partial.size();
        partial.clear();
        skips = true;
    }
    return got > 0;
}

Result<std::vector<std::string>> AccessLog::read() {
    if (current_.fd < 0)
        if (auto opened = open_next(); !opened)
            return fail(std::move(opened).error());
    std::vector<std::string> lines;
    if (previous_.fd >= 0) {
        const auto more = previous_.read(lines, file_);
        previous_idle_ = more && *more ? 0 : previous_idle_ + 1;
        if (!more || previous_idle_ > previous_idle_max)
            previous_.close();
    }
    const auto more = current_.read(lines, file_);
    if (!more)
        return fail(more.error());
    struct stat named {};
    if (!*more && ::stat(file_.c_str(), &named) == 0 && named.st_ino != current_.inode)
        if (auto opened = open_next(); !opened && lines.empty())
            return fail(std::move(opened).error());
    return lines;
}

} // namespace ombud::zoneminder
