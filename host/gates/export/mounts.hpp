#pragma once
// What a folder really stands on: a plain disk, a share, something that can be carried away.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"

namespace ombud::exports {

/// Where the kernel tells it. Tests give made trees.
struct KernelFiles {
    std::filesystem::path mountinfo = "/proc/self/mountinfo";
    std::filesystem::path sysfs = "/sys";
};

/// A line of mountinfo, as far as it matters. Source: proc(5)
struct Mount {
    std::string device;  ///< MAJ:MIN
    std::string point;   ///< unescaped
    std::string type;    ///< of the file system, such as ext4, cifs, fuse.sshfs
    std::string source;
    std::string options; ///< of the mount and of its file system, with commas between
};

/// Errors  unavailable  it cannot be read
[[nodiscard]] Result<std::vector<Mount>> read_mounts(const KernelFiles& kernel);
/// The mount that a resolved path is on: the deepest, and of those the one mounted last. nullptr: none.
[[nodiscard]] const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& resolved);

/// What stands at a folder.
struct Ground {
    std::string kind;  ///< folder, share or removable (OMBUD_KEY_DESTINATION_KIND)
    std::string type;  ///< of the file system
    std::string words; ///< for people: the file system, and how the way there is protected
    bool is_mount = false; ///< the kind is a mount's own, not of the disk that holds `/`
};

/// Removable: a block device that sysfs calls removable, or that hangs on USB, or that is made of one (dm, md). Share: cifs,
/// nfs, sshfs, and what else comes over a network.
/// @param folder  resolved: absolute, without links
/// Errors  unavailable  mountinfo cannot be read, or knows no such place
[[nodiscard]] Result<Ground> ground_of(const std::filesystem::path& folder, const KernelFiles& kernel);

/// Whether a block device turns; nothing: sysfs does not tell. @param device  MAJ:MIN
[[nodiscard]] std::optional<bool> is_rotational(std::string_view device, const KernelFiles& kernel);

} // namespace ombud::exports
