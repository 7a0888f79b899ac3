#include "gates/export/mounts.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace ombud::exports {
namespace {

namespace fs = std::filesystem;

// \040 and the like: what would break a line of mountinfo is in octal there.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
        if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
            out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool has_option(std::string_view options, std::string_view wanted) {
    for (std::string_view rest = options; !rest.empty();) {
        const auto comma = rest.find(',');
        if (rest.substr(0, comma) == wanted)
            return true;
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    return false;
}

bool is_inside(const fs::path& inner, const fs::path& outer) {
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

std::string first_word(const fs::path& file) {
    std::ifstream in(file);
    std::string word;
    in >> word;
    return word;
}

/// Folders of sysfs that describe a device: its own, its disk's when it is a partition, and those that it is made of.
void gather(const fs::path& device, std::set<fs::path>& found) {
    std::error_code error;
    const fs::path real = fs::canonical(device, error);
    if (error || found.size() > 64 || !found.insert(real).second)
        return;
    if (fs::exists(real / "partition", error))
        gather(real.parent_path(), found);
    for (const auto& slave : fs::directory_iterator(real / "slaves", error))
        gather(slave.path(), found);
}

std::set<fs::path> devices_below(std::string_view device, const KernelFiles& kernel) {
    std::set<fs::path> found;
    gather(kernel.sysfs / "dev" / "block" / device, found);
    return found;
}

bool is_removable(std::string_view device, const KernelFiles& kernel) {
    for (const fs::path& one : devices_below(device, kernel)) {
        if (first_word(one / "removable") == "1")
            return true;
        for (const fs::path& part : one) // …/pci0000:00/0000:00:14.0/usb2/2-1/…
            if (const std::string name = part.string(); name.starts_with("usb") && name.size() > 3 && name[3] >= '0' && name[3] <= '9')
                return true;
    }
    return false;
}

struct Network {
    std::string_view type, secure_option, secure_words, open_words;
};
constexpr Network networks[] = {
    {"cifs", "seal", "SMB 3 with encryption", "SMB without encryption (mount it with the option seal)"},
    {"smb3", "seal", "SMB 3 with encryption", "SMB without encryption (mount it with the option seal)"},
    {"nfs", "sec=krb5p", "NFS with privacy by Kerberos", "NFS without encryption (mount it with sec=krb5p)"},
    {"nfs4", "sec=krb5p", "NFS with privacy by Kerberos", "NFS without encryption (mount it with sec=krb5p)"},
    {"fuse.sshfs", "", "SSH", ""},
};
constexpr std::string_view other_networks[] = {"9p", "afs", "ceph", "coda", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "lustre", "ncpfs",
                                               "ocfs2", "orangefs", "fuse.davfs", "fuse.gvfsd-fuse"};

} // namespace

Result<std::vector<Mount>> read_mounts(const KernelFiles& kernel) {
    std::ifstream in(kernel.mountinfo);
    if (!in)
        return fail(ErrorCode::unavailable, kernel.mountinfo.string() + ": cannot be read");
    std::vector<Mount> mounts;
    for (std::string line; std::getline(in, line);) {
        // 36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue
        std::istringstream words(line);
        std::string id, parent, root, options, word, more;
        Mount mount;
        words >> id >> parent >> mount.device >> root >> mount.point >> options;
        while (words >> word && word != "-") {}
        words >> mount.type >> mount.source >> more;
        if (mount.type.empty())
            continue; // none that proc(5) describes
        mount.point = unescaped(mount.point);
        mount.source = unescaped(mount.source);
        mount.options = options + "," + more;
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, const fs::path& resolved) {
    const Mount* deepest = nullptr;
    for (const Mount& one : mounts)
        if (is_inside(resolved, one.point) && (deepest == nullptr || one.point.size() >= deepest->point.size()))
            deepest = &one;
    return deepest;
}

Result<Ground> ground_of(const fs::path& folder, const KernelFiles& kernel) {
    const auto mounts = read_mounts(kernel);
    if (!mounts)
        return fail(mounts.error());
    const Mount* mount = mount_of(*mounts, folder);
    if (mount == nullptr)
        return fail(ErrorCode::unavailable, folder.string() + ": " + kernel.mountinfo.string() + " does not say what it is on");
    Ground ground;
    ground.type = mount->type;
    ground.is_mount = mount->point != "/";
    ground.kind = "folder";
    ground.words = mount->type + " of this machine";
    for (const Network& one : networks) {
        if (one.type != mount->type)
            continue;
        ground.kind = "share";
        ground.words = one.secure_option.empty() || has_option(mount->options, one.secure_option) ||
                               (mount->type.starts_with("nfs") && (has_option(mount->options, "xprtsec=tls") || has_option(mount->options, "xprtsec=mtls")))
                           ? std::string(one.secure_words)
                           : std::string(one.open_words);
    }
    for (const std::string_view one : other_networks)
        if (one == mount->type) {
            ground.kind = "share";
            ground.words = mount->type + ", of which the mount does not tell whether it is encrypted";
        }
    if (ground.kind == "folder" && is_removable(mount->device, kernel)) {
        ground.kind = "removable";
        ground.words = mount->type + " on a removable device";
    }
    return ground;
}

std::optional<bool> is_rotational(std::string_view device, const KernelFiles& kernel) {
    std::optional<bool> turns;
    for (const fs::path& one : devices_below(device, kernel)) {
        const std::string told = first_word(one / "queue" / "rotational");
        if (told == "0")
            return false; // flash anywhere below is enough
        if (told == "1")
            turns = true;
    }
    return turns;
}

} // namespace ombud::exports
