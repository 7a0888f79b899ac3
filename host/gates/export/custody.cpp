#include "gates/export/custody.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/printable.hpp"
#include "gates/export/erase.hpp"
#include "media/recording_file.hpp"

namespace ombud::exports {
namespace {

namespace fs = std::filesystem;

bool is_the_file(const HeldFile& file, const struct stat& status) {
    return status.st_dev == file.device && status.st_ino == file.inode;
}
std::int64_t modified_ns(const struct stat& status) {
    return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// What people are told of files that are not theirs, there or not: what is where is for those to know who may look there.
tl::unexpected<Error> none_of_theirs(const fs::path& source) {
    return fail(ErrorCode::not_found, printable(source.string()) + ": there is no file of this account here\nhint: only the owner of a file can "
                                                                   "have it exported");
}

Result<struct stat> checked_status(const media::Recording& opened, Giver giver) {
    struct stat status {};
    const std::string shown = printable(opened.path.string());
    if (::fstat(opened.file.get(), &status) != 0)
        return media::fail_errno(shown);
    if (giver.uid != 0 && giver.uid != ::geteuid() && status.st_uid != giver.uid)
        return none_of_theirs(opened.path);
    if (status.st_nlink != 1)
        return fail(ErrorCode::refused, shown + ": has " + std::to_string(status.st_nlink) +
                                            " names (hard links), so it could be changed through another one; give a copy of its own");
    return status;
}

/// Looks at a name as its owner alone may; nothing: the giver may look at everything.
Result<void> check_theirs(const fs::path& source, Giver giver) {
    if (giver.uid == 0 || giver.uid == ::geteuid())
        return {};
    const media::Fd name(::open(source.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!name.is_open() || ::fstat(name.get(), &status) != 0 || status.st_uid != giver.uid)
        return none_of_theirs(source);
    if (S_ISLNK(status.st_mode))
        return fail(ErrorCode::refused, printable(source.string()) + ": is a symbolic link; give the file itself");
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::refused, printable(source.string()) + ": is no plain file");
    if (status.st_size == 0)
        return fail(ErrorCode::refused, printable(source.string()) + ": is empty");
    return {};
}

Result<media::Recording> open_source(const fs::path& source, Giver giver) {
    if (auto theirs = check_theirs(source, giver); !theirs)
        return fail(theirs.error());
    auto opened = media::open_recording(source);
    const bool may_look = giver.uid == 0 || giver.uid == ::geteuid();
    if (!opened && !may_look)
        return none_of_theirs(source); // it has just been another
    if (!opened) {
        if (opened.error().code == ErrorCode::invalid_input) // a folder, a device, nothing in it: no export
            opened.error().code = ErrorCode::refused;
        return fail(ErrorCode{opened.error().code}, printable(opened.error().message));
    }
    if (auto status = checked_status(*opened, giver); !status)
        return fail(status.error());
    if (auto quiet = opened->check_no_writer(); !quiet)
        return fail(ErrorCode::unavailable, printable(source.string()) + ": is open for writing; it is taken when its writer has finished");
    return opened;
}

Result<void> sync_folder(const fs::path& folder) {
    const media::Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.is_open() ? media::sync_all(fd.get()) : media::fail_errno(folder.string());
}

Result<void> copy(const media::Recording& from, const fs::path& target, const std::function<bool()>& may_go_on) {
    const fs::path part = target.string() + ".part";
    (void)::unlink(part.c_str()); // of an interrupted copy
    const media::Fd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.is_open())
        return media::fail_errno(part.string());
    // Read and written: copy_file_range may share blocks with the original, which overwriting would then not reach.
    std::vector<std::uint8_t> window(1U << 20);
    const auto copied = [&]() -> Result<void> {
        for (std::uint64_t at = 0;;) {
            if (!may_go_on())
                return fail(ErrorCode::cancelled, "stopped while it was copied");
            const ssize_t count = ::pread(from.file.get(), window.data(), window.size(), static_cast<off_t>(at));
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                return media::fail_errno(printable(from.path.string()));
            if (count == 0)
                break;
            if (auto written = media::write_at(fd.get(), at, {window.data(), static_cast<std::size_t>(count)}); !written)
                return written;
            at += static_cast<std::uint64_t>(count);
        }
        if (auto same = from.check_unchanged(); !same)
            return same;
        if (auto synced = media::sync_all(fd.get()); !synced)
            return synced;
        if (::rename(part.c_str(), target.c_str()) != 0)
            return media::fail_errno(target.string());
        return sync_folder(target.parent_path());
    };
    auto done = copied();
    if (!done)
        (void)::unlink(part.c_str());
    return done;
}

/// True: it is at `target`, and nobody else can write to it.
Result<bool> move(const media::Recording& from, const HeldFile& file, const fs::path& target) {
    struct stat status {};
    if (::fstat(from.file.get(), &status) != 0 || (::geteuid() != 0 && status.st_uid != ::geteuid()))
        return false; // it would stay another's, who can write to what is theirs
    const media::Fd folder(::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::string name = target.filename().string();
    if (::renameat2(from.directory.get(), from.name.c_str(), folder.get(), name.c_str(), RENAME_NOREPLACE) != 0)
        return errno == EXDEV || errno == EINVAL ? Result<bool>(false) : media::fail_errno(printable(from.path.string()));
    const auto put_back = [&] { (void)::renameat2(folder.get(), name.c_str(), from.directory.get(), from.name.c_str(), RENAME_NOREPLACE); };
    struct stat moved {};
    if (::fstatat(folder.get(), name.c_str(), &moved, AT_SYMLINK_NOFOLLOW) != 0 || !is_the_file(file, moved) || moved.st_nlink != 1) {
        put_back();
        return fail(ErrorCode::refused, printable(from.path.string()) + ": was replaced by something else while it was taken over");
    }
    // Its owner could open it for writing through a descriptor that they still hold: it has another one from here on.
    if (::fchown(from.file.get(), ::geteuid(), ::getegid()) != 0 || ::fchmod(from.file.get(), 0400) != 0 || !from.check_no_writer()) {
        put_back();
        (void)::fchown(from.file.get(), status.st_uid, status.st_gid);
        (void)::fchmod(from.file.get(), status.st_mode & 07777);
        return fail(ErrorCode::unavailable, printable(from.path.string()) + ": is open for writing; it is taken when its writer has finished");
    }
    if (auto synced = sync_folder(target.parent_path()); !synced)
        return fail(synced.error());
    (void)media::sync_all(from.directory.get());
    return true;
}

// An interrupted move: whoever has it open from before may still write to it, but not to a copy.
Result<void> keep_from_writers(const fs::path& target, const std::function<bool()>& may_go_on) {
    const auto held = media::open_recording(target);
    if (!held)
        return fail(held.error());
    if (::fchown(held->file.get(), ::geteuid(), ::getegid()) != 0 || ::fchmod(held->file.get(), 0400) != 0)
        return media::fail_errno(target.string());
    return held->check_no_writer() ? Result<void>() : copy(*held, target, may_go_on);
}

} // namespace

Result<HeldFile> look_at(const fs::path& source, Giver giver) {
    if (!source.is_absolute())
        return fail(ErrorCode::refused, printable(source.string()) + ": is no absolute path");
    const auto opened = open_source(source, giver);
    if (!opened)
        return fail(opened.error());
    struct stat status {};
    if (::fstat(opened->file.get(), &status) != 0)
        return media::fail_errno(printable(source.string()));
    HeldFile file;
    file.name = printable(opened->name);
    file.source = source.string();
    file.device = status.st_dev;
    file.inode = status.st_ino;
    file.size_bytes = status.st_size;
    file.modified_ns = modified_ns(status);
    return file;
}

Result<void> take_over(const HeldFile& file, Giver giver, const fs::path& target, const KernelFiles& kernel,
                       const std::function<bool()>& may_go_on) {
    struct stat there {};
    const bool has_target = ::lstat(target.c_str(), &there) == 0;
    struct stat original {};
    const bool has_source = ::lstat(file.source.c_str(), &original) == 0 && is_the_file(file, original) &&
                            modified_ns(original) == file.modified_ns && original.st_size == file.size_bytes;
    if (!has_target) {
        auto opened = open_source(file.source, giver);
        if (!opened)
            return fail(opened.error());
        if (!has_source)
            return fail(ErrorCode::refused, printable(file.source) + ": is another file than the one that was submitted, or was written to since");
        const auto moved = move(*opened, file, target);
        if (!moved)
            return fail(moved.error());
        if (*moved)
            return {};
        if (auto copied = copy(*opened, target, may_go_on); !copied)
            return copied;
    } else if (auto kept = keep_from_writers(target, may_go_on); !kept) {
        return kept;
    }
    // What was copied is removed where it came from, unless it is no longer that.
    if (has_source)
        if (auto erased = erase_file(file.source, kernel); !erased)
            return fail(erased.error());
    return {};
}

Result<void> make_private_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return media::fail_errno(folder.string());
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0)
        return media::fail_errno(folder.string());
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
        return fail(ErrorCode::refused, folder.string() + ": is no folder of this user");
    if ((status.st_mode & 077) != 0 && ::chmod(folder.c_str(), 0700) != 0)
        return media::fail_errno(folder.string());
    return {};
}

} // namespace ombud::exports
