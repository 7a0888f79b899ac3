#include "deletion.hpp"

#include "evidence_lock.hpp"
#include "recording_id.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace ombud::folder {

using sdk::ActionResult;
using sdk::ErrorCode;
using sdk::Outcome;

namespace {
/// Removes the folders that are empty now, from the innermost out, down to but not with `depth_min` parts.
int remove_emptied(const Tree& tree, std::string folder, std::size_t depth_min) {
    int removed = 0;
    while (!folder.empty() && static_cast<std::size_t>(std::count(folder.begin(), folder.end(), '/')) + 1 > depth_min) {
        const auto [parent, name] = split_name(folder);
        const auto above = tree.open_folder(parent);
        if (!above || ::unlinkat(above->get(), name.c_str(), AT_REMOVEDIR) != 0)
            break; // not empty, or somebody else was faster
        ++removed;
        folder = parent;
    }
    return removed;
}
} // namespace

ActionResult delete_recording(const Tree& tree, const Layout& layout, std::string_view id) {
    const auto path = to_path(id);
    if (!path)
        return {Outcome::failed, "\"" + std::string(id) + "\" is no id of a recording below the root"};
    if (locked_by(*path))
        return {Outcome::refused, "this is an evidence lock, not a recording"};
    const auto [parent, name] = split_name(*path);
    const auto folder = tree.open_folder(parent);
    if (!folder && folder.error().code == ErrorCode::not_found)
        return {Outcome::already, "the folder of the file is not there"};
    if (!folder)
        return {Outcome::retry, folder.error().message};

    struct stat status;
    if (::fstatat(folder->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return {Outcome::already, "the file is not there"};
        return {Outcome::retry, std::string("the file cannot be looked at: ") + std::strerror(errno)};
    }
    if (!S_ISREG(status.st_mode))
        return {Outcome::failed, "this is no regular file"};

    // As late as can be: who locks it from here on locks a file that is being deleted.
    struct stat lock;
    const std::string lock_name = name + std::string(lock_ending);
    if (::fstatat(folder->get(), lock_name.c_str(), &lock, AT_SYMLINK_NOFOLLOW) == 0)
        return {Outcome::refused, "it is under evidence lock: " + lock_name + " is beside it"};
    if (errno != ENOENT && errno != ENAMETOOLONG) // a name too long to be locked is not locked
        return {Outcome::retry, std::string("whether it is locked cannot be seen: ") + std::strerror(errno)};

    if (::unlinkat(folder->get(), name.c_str(), 0) != 0 && errno != ENOENT)
        return {Outcome::retry, std::string("the file cannot be deleted: ") + std::strerror(errno)};
    if (::fsync(folder->get()) != 0)
        return {Outcome::retry, std::string("its deletion is not yet durable: ") + std::strerror(errno)};
    struct stat after;
    if (::fstatat(folder->get(), name.c_str(), &after, AT_SYMLINK_NOFOLLOW) == 0)
        return {Outcome::retry, "the file is there again after it was deleted"};
    if (errno != ENOENT)
        return {Outcome::retry, std::string("whether it is gone cannot be seen: ") + std::strerror(errno)};

    std::string proof = "file of " + std::to_string(status.st_size) + " bytes gone";
    if (status.st_nlink > 1)
        proof += ", but its content is still reachable by " + std::to_string(status.st_nlink - 1) + " other hard links";
    if (const int removed = remove_emptied(tree, parent, layout.lasting_depth()); removed > 0)
        proof += ", and " + std::to_string(removed) + " emptied folders";
    return {Outcome::done, std::move(proof)};
}

} // namespace ombud::folder
