#include "tree.hpp"

#include "evidence_lock.hpp"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace ombud::folder {

using sdk::ErrorCode;
using sdk::fail;
using sdk::Result;

namespace {
constexpr int depth_max = 32;
constexpr int open_folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string why(int error) {
    return std::strerror(error);
}

FileFacts facts_of(const struct stat& status) {
    FileFacts facts;
    facts.inode = status.st_ino;
    facts.size_bytes = status.st_size;
    facts.mtime_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    facts.ctime_ns = std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
    facts.links = status.st_nlink;
    facts.is_file = S_ISREG(status.st_mode);
    facts.is_folder = S_ISDIR(status.st_mode);
    return facts;
}

/// The same with has_lock, which costs one look into the folder that is open anyway.
FileFacts facts_of(const struct stat& status, int folder, std::string_view name) {
    FileFacts facts = facts_of(status);
    if (facts.is_file) {
        struct stat lock;
        const std::string lock_name = std::string(name).append(lock_ending);
        facts.has_lock = ::fstatat(folder, lock_name.c_str(), &lock, AT_SYMLINK_NOFOLLOW) == 0 ||
                         (errno != ENOENT && errno != ENAMETOOLONG); // a name too long to be locked is not locked
    }
    return facts;
}

/// ENOTDIR and ELOOP: something else, or a symbolic link, stands where a folder should be. ENAMETOOLONG: nothing can
/// have that name.
sdk::Failure failed(int error, const std::string& path) {
    const bool is_gone = error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
    return fail(is_gone ? ErrorCode::not_found : ErrorCode::unavailable, path + ": " + why(error));
}
} // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0)
        ::close(number_);
}

std::pair<std::string, std::string> split_name(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos)
        return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

Result<Tree> Tree::open(const std::string& root, bool wants_own_mount) {
    // The root itself may be reached by symbolic links: the administrator chose it. From then on its real path counts.
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(root.c_str(), nullptr), &std::free);
    if (!real)
        return fail(ErrorCode::unavailable, root + ": " + why(errno) + "; is it mounted?");
    const std::string path = real.get();
    Descriptor folder(::open(path.c_str(), open_folder_flags));
    if (folder.get() < 0)
        return fail(ErrorCode::unavailable, path + ": " + why(errno) + "; Ombud must be able to read it");
    if (wants_own_mount) {
        struct stat inside, above;
        if (::fstat(folder.get(), &inside) != 0 || ::fstatat(folder.get(), "..", &above, 0) != 0)
            return fail(ErrorCode::unavailable, path + ": " + why(errno));
        if (inside.st_dev == above.st_dev && inside.st_ino != above.st_ino)
            return fail(ErrorCode::unavailable, path + ": no file system is mounted here, and own-mount asks for one");
    }
    return Tree(path, std::move(folder));
}

Result<Descriptor> Tree::open_folder(const std::string& path) const {
    Descriptor at(::openat(folder_.get(), ".", open_folder_flags));
    for (std::size_t begin = 0; begin < path.size() && at.get() >= 0;) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        at = Descriptor(::openat(at.get(), path.substr(begin, end - begin).c_str(), open_folder_flags));
        begin = end + 1;
    }
    if (at.get() < 0)
        return failed(errno, path);
    return at;
}

Result<FileFacts> Tree::look(const std::string& path) const {
    const auto [parent, name] = split_name(path);
    const auto folder = open_folder(parent);
    if (!folder)
        return fail(folder.error());
    struct stat status;
    if (::fstatat(folder->get(), name.empty() ? "." : name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return failed(errno, path);
    return facts_of(status, folder->get(), name);
}

Result<std::string> Tree::read(const std::string& path, std::size_t bytes_max) const {
    const auto [parent, name] = split_name(path);
    const auto folder = open_folder(parent);
    if (!folder)
        return fail(folder.error());
    // O_NONBLOCK: a pipe that somebody put there must not hold us.
    const Descriptor file(::openat(folder->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0 && errno == ELOOP)
        return fail(ErrorCode::invalid_input, path + ": a symbolic link");
    if (file.get() < 0)
        return failed(errno, path);
    struct stat status;
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(ErrorCode::invalid_input, path + ": no regular file");
    std::string bytes(bytes_max + 1, '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(ErrorCode::unavailable, path + ": " + why(errno));
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > bytes_max)
        return fail(ErrorCode::invalid_input, path + ": longer than " + std::to_string(bytes_max) + " bytes");
    bytes.resize(filled);
    return bytes;
}

Result<> Tree::walk(const std::string& from, const Visit& visit, const MayMiss& may_miss) const {
    auto folder = open_folder(from);
    if (!folder) {
        if (folder.error().code == ErrorCode::not_found)
            return {};
        return fail(std::move(folder).error());
    }
    std::string path = from;
    return walk_folder(std::move(*folder), path, 0, visit, may_miss);
}

Result<> Tree::walk_folder(Descriptor folder, std::string& path, int depth, const Visit& visit,
                           const MayMiss& may_miss) const {
    if (depth > depth_max)
        return fail(ErrorCode::unavailable, absolute(path) + ": deeper than " + std::to_string(depth_max) + " folders");
    const int number = folder.get();
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(number), &::closedir);
    if (!entries)
        return fail(ErrorCode::unavailable, absolute(path) + ": " + why(errno));
    folder.release(); // closedir closes it
    const std::size_t length = path.size();
    while (true) {
        errno = 0;
        const dirent* const entry = ::readdir(entries.get());
        if (!entry) {
            if (errno != 0 && errno != ENOENT)
                return fail(ErrorCode::unavailable, absolute(path) + ": " + why(errno));
            return {};
        }
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..")
            continue;
        struct stat status;
        if (::fstatat(number, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT)
                continue;
            return fail(ErrorCode::unavailable, absolute(path) + "/" + entry->d_name + ": " + why(errno));
        }
        const FileFacts facts = facts_of(status, number, name);
        path.append(length ? "/" : "").append(name);
        const auto visited = visit(path, facts);
        if (!visited)
            return fail(visited.error());
        if (facts.is_folder && *visited) {
            Descriptor inner(::openat(number, entry->d_name, open_folder_flags));
            if (inner.get() >= 0) {
                if (auto walked = walk_folder(std::move(inner), path, depth + 1, visit, may_miss); !walked)
                    return walked;
            } else if (errno != ENOENT && !may_miss(path)) {
                return fail(ErrorCode::unavailable,
                            absolute(path) + ": " + why(errno) +
                                "; a listing without it would be incomplete, so let Ombud read it");
            }
        }
        path.resize(length);
    }
}

} // namespace ombud::folder
