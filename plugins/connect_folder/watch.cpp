#include "watch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace ombud::folder {

using sdk::ErrorCode;
using sdk::fail;
using sdk::Result;

namespace {
constexpr std::uint32_t wanted = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF |
                                 IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;
}

Result<Watch> Watch::open(const Tree& tree) {
    Descriptor inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (inotify.get() < 0)
        return fail(ErrorCode::unavailable,
                    std::string("inotify: ") + std::strerror(errno) + "; raise fs.inotify.max_user_instances");
    return Watch(tree, std::move(inotify));
}

Result<> Watch::add(const std::string& folder) {
    const std::string path = tree_->absolute(folder);
    const int number = ::inotify_add_watch(inotify_.get(), path.c_str(), wanted);
    if (number >= 0) {
        folders_[number] = folder;
        return {};
    }
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
        return {};
    if (errno == EACCES)
        return fail(ErrorCode::refused, path + ": may not be read, so what happens in it is not seen");
    const std::string limit = errno == ENOSPC ? "; raise fs.inotify.max_user_watches, " +
                                                    std::to_string(folders_.size()) + " folders are watched already"
                                              : "";
    return fail(ErrorCode::unavailable, path + ": cannot be watched: " + std::strerror(errno) + limit);
}

Result<std::vector<Change>> Watch::read(std::int64_t wait_ns) {
    pollfd wait{inotify_.get(), POLLIN, 0};
    const std::int64_t bounded = std::max<std::int64_t>(wait_ns, 0);
    const timespec time{bounded / 1'000'000'000, bounded % 1'000'000'000};
    if (::ppoll(&wait, 1, &time, nullptr) < 0 && errno != EINTR)
        return fail(ErrorCode::unavailable, std::string("inotify: ") + std::strerror(errno));

    alignas(inotify_event) char bytes[64 * 1024];
    std::vector<Change> changes;
    const ssize_t got = ::read(inotify_.get(), bytes, sizeof bytes);
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        return fail(ErrorCode::unavailable, std::string("inotify: ") + std::strerror(errno));
    for (ssize_t at = 0; at < got;) {
        inotify_event event;
        std::memcpy(&event, bytes + at, sizeof event);
        const char* const name = bytes + at + sizeof event;
        at += static_cast<ssize_t>(sizeof event + event.len);
        if (event.mask & IN_Q_OVERFLOW)
            return fail(ErrorCode::unavailable, "more happened than inotify could hold; everything is listed again "
                                                "(fs.inotify.max_queued_events)");
        const auto folder = folders_.find(event.wd);
        if (folder == folders_.end())
            continue;
        if (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) && folder->second.empty())
            return fail(ErrorCode::unavailable, tree_->root() + ": is gone, was moved or unmounted");
        if (event.mask & IN_UNMOUNT)
            return fail(ErrorCode::unavailable, tree_->absolute(folder->second) + ": was unmounted");
        if (event.mask & IN_IGNORED) {
            folders_.erase(folder);
            continue;
        }
        if (event.len == 0)
            continue;
        const std::string path = folder->second.empty() ? name : folder->second + "/" + name;
        const bool is_folder = (event.mask & IN_ISDIR) != 0;
        if (is_folder && (event.mask & IN_MOVED_FROM)) // where its files are now, and what they were, nobody tells
            return fail(ErrorCode::unavailable, tree_->absolute(path) + ": was moved; everything is listed again");
        if (is_folder && (event.mask & (IN_CREATE | IN_MOVED_TO)))
            changes.push_back({Change::Kind::folder_made, path});
        else if (is_folder && (event.mask & IN_DELETE))
            changes.push_back({Change::Kind::folder_removed, path});
        else if (!is_folder && (event.mask & IN_CREATE))
            changes.push_back({Change::Kind::made, path});
        else if (!is_folder && (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)))
            changes.push_back({Change::Kind::finished, path});
        else if (!is_folder && (event.mask & (IN_DELETE | IN_MOVED_FROM)))
            changes.push_back({Change::Kind::removed, path});
    }
    return changes;
}

} // namespace ombud::folder
