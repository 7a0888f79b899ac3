#include "encryption.hpp"

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace ombud::zoneminder {
namespace fs = std::filesystem;

namespace {

struct Mount {
    std::string device; ///< "MAJOR:MINOR"
    std::string folder;
    std::string kind;
    std::string source;
};

/// mountinfo writes blanks and backslashes as octal numbers.
std::string unescape(const std::string& text) {
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
std::optional<Mount> mount_of(const fs::path& path, const fs::path& root) {
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
        mount.folder = unescape(mount.folder);
        const std::string below = mount.folder == "/" ? "/" : mount.folder + "/";
        if ((path.string() + "/").rfind(below, 0) == 0 && (!best || mount.folder.size() >= best->folder.size()))
            best = mount;
    }
    return best;
}

/// Adds up the disks below a block device.
std::optional<Encryption> encryption_of_device(const fs::path& device, int depth) {
    std::error_code error;
    if (depth > 8 || !fs::exists(device, error))
        return std::nullopt;
    std::string uuid;
    std::ifstream(device / "dm/uuid") >> uuid;
    if (uuid.rfind("CRYPT-", 0) == 0)
        return Encryption::full;
    if (fs::exists(device / "partition", error)) // the disk it is a part of may be one that lies upon others
        return encryption_of_device(fs::canonical(device, error).parent_path(), depth + 1);
    std::set<Encryption> parts;
    for (fs::directory_iterator at(device / "slaves", error), end; !error && at != end; at.increment(error)) {
        const auto part = encryption_of_device(at->path(), depth + 1);
        if (!part)
            return std::nullopt;
        parts.insert(*part);
    }
    if (parts.empty())
        return Encryption::none;
    return parts.size() == 1 ? *parts.begin() : Encryption::partial;
}

} // namespace

std::optional<Encryption> encryption_of(const fs::path& folder, const fs::path& root) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(folder, error);
    const auto mount = mount_of(error ? folder : real, root);
    if (!mount)
        return std::nullopt;
    if (mount->kind == "ecryptfs" || mount->kind == "fuse.gocryptfs" || mount->kind == "fuse.encfs" || mount->kind == "fuse.cryfs")
        return Encryption::full;
    std::string device = mount->device;
    if (device.rfind("0:", 0) == 0) { // btrfs has a number of its own; its source is a disk
        struct stat status {};
        if (mount->source.rfind("/dev/", 0) != 0 || stat(mount->source.c_str(), &status) != 0 || !S_ISBLK(status.st_mode))
            return std::nullopt;
        device = std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
    }
    return encryption_of_device(root / "sys/dev/block" / device, 0);
}

} // namespace ombud::zoneminder
