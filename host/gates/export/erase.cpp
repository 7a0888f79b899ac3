#include "gates/export/erase.hpp"

#include <cstring>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/recording_file.hpp"

namespace ombud::exports {
namespace {

// Blocks that another file has, too (reflink): writing here leaves them. True where the file system does not tell.
bool may_share_blocks(int fd, std::string_view filesystem) {
    if (filesystem != "xfs")
        return false;
    constexpr std::uint32_t extents_max = 64;
    alignas(fiemap) std::uint8_t buffer[sizeof(fiemap) + extents_max * sizeof(fiemap_extent)];
    for (std::uint64_t at = 0;;) {
        std::memset(buffer, 0, sizeof buffer);
        auto* map = reinterpret_cast<fiemap*>(buffer);
        map->fm_start = at;
        map->fm_length = FIEMAP_MAX_OFFSET - at;
        map->fm_extent_count = extents_max;
        if (::ioctl(fd, FS_IOC_FIEMAP, map) != 0)
            return true;
        for (std::uint32_t i = 0; i < map->fm_mapped_extents; ++i) {
            const fiemap_extent& one = map->fm_extents[i];
            if ((one.fe_flags & FIEMAP_EXTENT_SHARED) != 0)
                return true;
            if ((one.fe_flags & FIEMAP_EXTENT_LAST) != 0)
                return false;
            at = one.fe_logical + one.fe_length;
        }
        if (map->fm_mapped_extents == 0)
            return false;
    }
}

} // namespace

Overwriting overwriting_on(std::string_view filesystem, std::string_view device, const KernelFiles& kernel) {
    const std::string name(filesystem);
    if (filesystem == "tmpfs" || filesystem == "ramfs")
        return {false, name + " is memory, gone with the file"};
    if (filesystem != "ext2" && filesystem != "ext3" && filesystem != "ext4" && filesystem != "xfs")
        return {false, name + " does not write in place, as far as is known, so old blocks stay until they are used again"};
    const auto turns = is_rotational(device, kernel);
    if (!turns)
        return {false, name + " on a device of which sysfs does not tell whether it writes in place"};
    if (!*turns)
        return {false, name + " on flash, which writes elsewhere, so old blocks stay until the device erases them"};
    return {true, name + " on a disk that writes in place"};
}

Result<std::string> erase_file(const std::filesystem::path& file, const KernelFiles& kernel) {
    const media::Fd folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open())
        return errno == ENOENT ? Result<std::string>("was gone already") : media::fail_errno(file.parent_path().string());
    struct stat status {};
    const std::string name = file.filename().string();
    if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? Result<std::string>("was gone already") : media::fail_errno(file.string());
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::refused, file.string() + ": is no plain file");

    std::string done;
    std::error_code error;
    const auto resolved = std::filesystem::canonical(file.parent_path(), error);
    const auto mounts = read_mounts(kernel);
    const Mount* mount = mounts && !error ? mount_of(*mounts, resolved) : nullptr;
    Overwriting overwriting = mount == nullptr ? Overwriting{false, "it is not known what the file lies on"}
                                               : overwriting_on(mount->type, mount->device, kernel);
    if (overwriting.makes_sense) {
        (void)::fchmodat(folder.get(), name.c_str(), 0600, 0); // root needs none of it, others do
        const media::Fd fd(::openat(folder.get(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
        if (!fd.is_open())
            return media::fail_errno(file.string());
        if (status.st_nlink != 1)
            overwriting = {false, "it has another name, whose content is not ours to destroy"};
        else if (may_share_blocks(fd.get(), mount->type))
            overwriting = {false, "another file shares its blocks"};
        else if (auto zeros = media::write_zeros(fd.get(), {0, static_cast<std::uint64_t>(status.st_size)}); !zeros)
            return fail(Error(zeros.error()).within(file.string()));
        else if (auto synced = media::sync_all(fd.get()); !synced)
            return fail(Error(synced.error()).within(file.string()));
    }
    if (::unlinkat(folder.get(), name.c_str(), 0) != 0)
        return media::fail_errno(file.string());
    if (auto synced = media::sync_all(folder.get()); !synced)
        return fail(Error(synced.error()).within(file.parent_path().string()));
    return (overwriting.makes_sense ? "overwritten and removed: " : "removed, not overwritten: ") + overwriting.words;
}

} // namespace ombud::exports
