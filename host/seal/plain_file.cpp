#include "seal/plain_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace ombud::seal {
namespace {

constexpr const char* unverified_name = ".unverified"; // one at a time

} // namespace

Result<PlainFile> PlainFile::create(const UnfinishedFolder& folder) {
    Fd fd(::openat(folder.fd(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (fd.is_open())
        return PlainFile(folder.fd(), std::move(fd), true);
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        return fail(ErrorCode::unavailable, "cannot make a file: " + errno_text());
    auto named = folder.create_file(unverified_name);
    if (!named)
        return fail(named.error());
    return PlainFile(folder.fd(), std::move(*named), false);
}

PlainFile::PlainFile(PlainFile&& other) noexcept
    : folder_(other.folder_), fd_(std::move(other.fd_)), is_nameless_(other.is_nameless_) {
    other.is_nameless_ = true;
}

PlainFile::~PlainFile() {
    if (!is_nameless_)
        ::unlinkat(folder_, unverified_name, 0);
}

Result<void> PlainFile::name(const std::string& name) {
    const std::string own = "/proc/self/fd/" + std::to_string(fd_.number());
    const int named = is_nameless_ ? ::linkat(AT_FDCWD, own.c_str(), folder_, name.c_str(), AT_SYMLINK_FOLLOW)
                                   : ::renameat(folder_, unverified_name, folder_, name.c_str());
    if (named != 0)
        return fail(ErrorCode::unavailable, name + ": cannot name the file: " + errno_text());
    is_nameless_ = true; // nothing is left to remove
    return {};
}

} // namespace ombud::seal
