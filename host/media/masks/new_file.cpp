#include "media/masks/new_file.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace ombud::media {

namespace {

tl::unexpected<Error> fail_exists(const std::filesystem::path& path) {
    return fail(ErrorCode::invalid_input, path.string() + " exists already; choose another name");
}

} // namespace

Result<NewFile> NewFile::create(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::symlink_status(path, error).type() != std::filesystem::file_type::not_found)
        return fail_exists(path);
    NewFile file;
    file.path_ = path;
    std::string hidden = (path.parent_path() / ("." + path.filename().string() + ".XXXXXX")).string();
    file.fd_ = Fd(::mkostemp(hidden.data(), O_CLOEXEC)); // makes it 0600
    if (!file.fd_.is_open())
        return errno == ENOENT ? fail(ErrorCode::not_found, path.parent_path().string() + ": no such folder")
                               : fail_errno(path.string() + " cannot be written");
    file.hidden_ = hidden;
    return file;
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)), hidden_(std::exchange(other.hidden_, {})), fd_(std::move(other.fd_)) {}

NewFile::~NewFile() {
    if (!hidden_.empty())
        ::unlink(hidden_.c_str());
}

Result<std::uint64_t> NewFile::size_bytes() const {
    const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
    if (end < 0)
        return fail_errno(path_.string());
    return static_cast<std::uint64_t>(end);
}

Result<> NewFile::publish() {
    if (auto synced = sync_all(fd_.get()); !synced)
        return synced;
    if (::renameat2(AT_FDCWD, hidden_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
        // NFS and some others know no such flag; a second name does not replace anything either.
        if (errno == EINVAL && ::link(hidden_.c_str(), path_.c_str()) == 0)
            ::unlink(hidden_.c_str());
        else
            return errno == EEXIST ? fail_exists(path_) : fail_errno(path_.string() + " cannot be written");
    }
    hidden_.clear();
    const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const Fd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return directory.is_open() ? sync_all(directory.get()) : fail_errno(folder.string());
}

} // namespace ombud::media
