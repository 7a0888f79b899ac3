#include "gates/mail/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace ombud::mail {
namespace {

tl::unexpected<Error> failed(const std::string& what) {
    return fail(ErrorCode::unavailable, what + ": " + std::strerror(errno));
}

Result<int> open_nameless() {
    const char* const wanted = std::getenv("TMPDIR");
    const std::string folder = wanted && *wanted ? wanted : "/tmp";
    if (const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); file >= 0)
        return file;
    // Not every file system knows O_TMPFILE.
    std::string name = folder + "/ombud-mail-XXXXXX";
    const int file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file < 0)
        return failed("temporary file in " + folder);
    ::unlink(name.c_str());
    return file;
}

} // namespace

Spool::~Spool() {
    if (file_ >= 0)
        ::close(file_);
}

Spool::Spool(Spool&& other) noexcept
    : memory_(std::exchange(other.memory_, {})), size_(std::exchange(other.size_, 0)), file_(std::exchange(other.file_, -1)) {}

Spool& Spool::operator=(Spool&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(file_, other.file_);
    return *this;
}

Result<void> Spool::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t wrote = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return failed("temporary file");
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
        size_ += static_cast<std::uint64_t>(wrote);
    }
    return {};
}

Result<void> Spool::append(std::string_view bytes) {
    if (file_ < 0 && memory_.size() + bytes.size() <= memory_bytes_max) {
        memory_.append(bytes);
        size_ = memory_.size();
        return {};
    }
    if (file_ < 0) {
        const auto opened = open_nameless();
        if (!opened)
            return fail(opened.error());
        file_ = *opened;
        size_ = 0;
        if (auto written = write(memory_); !written)
            return written;
        std::string().swap(memory_);
    }
    return write(bytes);
}

Result<std::size_t> Spool::read_at(std::uint64_t offset, char* into, std::size_t room) const {
    if (offset >= size_)
        return 0;
    if (file_ < 0) {
        const std::size_t count = std::min(room, memory_.size() - static_cast<std::size_t>(offset));
        std::memcpy(into, memory_.data() + offset, count);
        return count;
    }
    while (true) {
        const ssize_t count = ::pread(file_, into, room, static_cast<off_t>(offset));
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno != EINTR)
            return failed("temporary file");
    }
}

} // namespace ombud::mail
