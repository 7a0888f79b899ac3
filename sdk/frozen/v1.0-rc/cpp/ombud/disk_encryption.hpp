#pragma once
// Whether what is written below a folder reaches its disks encrypted: for connectors that describe storage areas.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace ombud::sdk {

/// Numbers are those of OMBUD_KEY_ENCRYPTED.
enum class Encryption : std::int64_t { none = 0, partial = 1, full = 2 };

namespace detail {
struct Mount {
    std::string device; ///< "MAJOR:MINOR"
    std::string folder, kind, source;
};

/// mountinfo writes blanks and backslashes as three octal digits.
inline std::string unescape_octal(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// The last mount whose folder is `path` or above it: a later one hides an earlier.
inline std::optional<Mount> mount_of(const std::filesystem::path& path, const std::filesystem::path& root) {
    std::ifstream table(root / "proc/self/mountinfo");
    std::optional<Mount> best;
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        std::string number, parent, inner, options, word;
        Mount mount;
        words >> number >> parent >> mount.device >> inner >> mount.folder >> options;
        while (words >> word && word != "-") {
        }
        words >> mount.kind >> mount.source;
        mount.folder = unescape_octal(mount.folder);
        const std::string below = mount.folder == "/" ? "/" : mount.folder + "/";
        if ((path.string() + "/").rfind(below, 0) == 0 && (!best || mount.folder.size() >= best->folder.size()))
            best = mount;
    }
    return best;
}

/// Adds up the disks below a block device.
inline std::optional<Encryption> encryption_of_device(const std::filesystem::path& device, int depth) {
    std::error_code error;
    if (depth > 8 || !std::filesystem::exists(device, error))
        return std::nullopt;
    std::string uuid;
    std::ifstream(device / "dm/uuid") >> uuid;
    if (uuid.rfind("CRYPT-", 0) == 0)
        return Encryption::full;
    if (std::filesystem::exists(device / "loop", error)) // a file on another file system, which may be encrypted
        return std::nullopt;
    if (std::filesystem::exists(device / "partition", error)) // its disk may lie upon others
        return encryption_of_device(std::filesystem::canonical(device, error).parent_path(), depth + 1);
    std::set<Encryption> parts;
    for (std::filesystem::directory_iterator at(device / "slaves", error), end; !error && at != end;
         at.increment(error)) {
        const auto part = encryption_of_device(at->path(), depth + 1);
        if (!part)
            return std::nullopt;
        parts.insert(*part);
    }
    if (parts.empty())
        return Encryption::none;
    return parts.size() == 1 ? *parts.begin() : Encryption::partial;
}
} // namespace detail

/// Follows the folder's file system down to its disks: full when each is below dm-crypt (or the file system itself
/// encrypts), partial when some are. Empty: cannot be known here, as for network file systems, ZFS, containers' layers,
/// and disks that encrypt by themselves.
/// @param root  where /proc and /sys are; another folder in tests
/// Source: /proc/self/mountinfo (proc(5)); /sys/dev/block/M:N/{dm/uuid,slaves} (a LUKS volume's uuid begins CRYPT-)
inline std::optional<Encryption> encryption_of(const std::filesystem::path& folder,
                                               const std::filesystem::path& root = "/") {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::weakly_canonical(folder, error);
    const auto mount = detail::mount_of(error ? folder : real, root);
    if (!mount)
        return std::nullopt;
    for (const char* kind : {"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs"})
        if (mount->kind == kind)
            return Encryption::full;
    std::string device = mount->device;
    if (device.rfind("0:", 0) == 0) { // btrfs has a number of its own; its source is a disk
        struct stat status {};
        if (mount->source.rfind("/dev/", 0) != 0 || stat(mount->source.c_str(), &status) != 0 ||
            !S_ISBLK(status.st_mode))
            return std::nullopt;
        device = std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
    }
    return detail::encryption_of_device(root / "sys/dev/block" / device, 0);
}

} // namespace ombud::sdk
