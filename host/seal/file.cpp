#include "seal/file.hpp"

#include "seal/seal.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace ombud::seal {

Fd& Fd::operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

Fd::~Fd() {
    if (number_ >= 0)
        ::close(number_);
}

std::string errno_text() {
    return std::strerror(errno);
}

FileMark::FileMark(const struct stat& found)
    : device(found.st_dev), inode(found.st_ino), size_bytes(static_cast<std::uint64_t>(found.st_size)),
      modified_ns(found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec),
      changed_ns(found.st_ctim.tv_sec * 1'000'000'000 + found.st_ctim.tv_nsec) {}

Result<OpenFile> open_plain_file(int folder, const std::string& name) {
    // O_NONBLOCK: a pipe must not hold us up.
    Fd fd(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.is_open()) {
        if (errno == ENOENT)
            return fail(ErrorCode::not_found, name + ": no such file");
        if (errno == ELOOP)
            return fail(ErrorCode::refused, name + ": is a symbolic link, not a plain file");
        return fail(ErrorCode::unavailable, name + ": cannot open: " + errno_text());
    }
    struct stat found {};
    if (::fstat(fd.number(), &found) != 0)
        return fail(ErrorCode::unavailable, name + ": " + errno_text());
    if (!S_ISREG(found.st_mode))
        return fail(ErrorCode::refused, name + ": is not a plain file");
    return OpenFile{std::move(fd), FileMark(found)};
}

Result<std::size_t> read_full(int fd, std::span<std::uint8_t> to) {
    std::size_t size = 0;
    while (size < to.size()) {
        const ssize_t count = ::read(fd, to.data() + size, to.size() - size);
        if (count == 0)
            break;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(ErrorCode::unavailable, "cannot read: " + errno_text());
        size += static_cast<std::size_t>(count);
    }
    return size;
}

Result<void> write_all(int fd, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(ErrorCode::unavailable, "cannot write: " + errno_text());
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<UnfinishedFolder> UnfinishedFolder::create(const std::filesystem::path& given) {
    auto target = given.has_filename() ? given : given.parent_path(); // "folder/" is "folder"
    struct stat found {};
    if (::lstat(target.c_str(), &found) == 0)
        return fail(ErrorCode::refused, target.string() + ": is there already; name a folder that is not");
    const auto parent = target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
    std::string temporary = (parent / (std::string(unfinished_prefix) + "XXXXXX")).string();
    if (::mkdtemp(temporary.data()) == nullptr)
        return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                    parent.string() + ": cannot make a folder in it: " + errno_text());
    Fd folder(::open(temporary.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    UnfinishedFolder made(std::move(target), temporary, std::move(folder));
    if (!made.folder_.is_open())
        return fail(ErrorCode::unavailable, temporary + ": cannot open: " + errno_text());
    return made;
}

UnfinishedFolder::UnfinishedFolder(UnfinishedFolder&& other) noexcept
    : target_(std::move(other.target_)), temporary_(std::move(other.temporary_)), folder_(std::move(other.folder_)) {
    other.temporary_.clear();
}

UnfinishedFolder::~UnfinishedFolder() {
    std::error_code ignored; // what is left then is found by remove_unfinished
    if (!temporary_.empty())
        std::filesystem::remove_all(temporary_, ignored);
}

Result<Fd> UnfinishedFolder::create_file(const std::string& name) const {
    Fd fd(::openat(folder_.number(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.is_open())
        return fail(ErrorCode::unavailable, name + ": cannot create: " + errno_text());
    return fd;
}

Result<void> UnfinishedFolder::publish() {
    const auto failed = [&](const char* what) {
        return fail(ErrorCode::unavailable, target_.string() + ": cannot " + what + ": " + errno_text());
    };
    if (::fsync(folder_.number()) != 0)
        return failed("sync the folder");
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            return fail(ErrorCode::refused, target_.string() + ": came into being meanwhile");
        // Some file systems cannot promise that. A folder is not renamed over one that holds anything either.
        if (errno != EINVAL || ::rename(temporary_.c_str(), target_.c_str()) != 0)
            return failed("name the folder");
    }
    temporary_.clear();
    const auto parent = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    const Fd parent_fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent_fd.is_open() || ::fsync(parent_fd.number()) != 0)
        return failed("sync its parent folder");
    return {};
}

Result<std::size_t> remove_unfinished(const std::filesystem::path& parent) {
    std::error_code error;
    std::size_t count = 0;
    std::filesystem::directory_iterator entries(parent, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        if (!entries->path().filename().string().starts_with(unfinished_prefix) || !entries->is_directory(error) ||
            entries->is_symlink(error))
            continue;
        std::filesystem::remove_all(entries->path(), error);
        if (!error)
            ++count;
    }
    if (error)
        return fail(ErrorCode::unavailable,
                    parent.string() + ": cannot remove what was left unfinished: " + error.message());
    return count;
}

} // namespace ombud::seal
