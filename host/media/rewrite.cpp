// Cleaning by a rewrite: a new file beside the old one, proven, then exchanged with it under the same name.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "media/cleaning.hpp"
#include "media/edited_copy.hpp"

namespace ombud::media {

namespace {

/// Hidden, so that a VMS that lists its folder does not take it for a recording.
std::string new_name_of(const std::string& name) { return "." + name + ".ombud-cleaning"; }

/// Takes the file's space at once, so that a full disk is noticed before anything is written.
Result<> reserve(int fd, std::uint64_t size_bytes) {
    if (::fallocate(fd, 0, 0, static_cast<off_t>(size_bytes)) == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
        return {};
    if (errno != ENOSPC)
        return fail_errno("reserving " + std::to_string(size_bytes) + " bytes");
    struct statvfs space {};
    const std::uint64_t free_bytes = ::fstatvfs(fd, &space) == 0 ? space.f_bavail * space.f_frsize : 0;
    return fail(ErrorCode::unavailable, "the disk is full: the new file needs " + std::to_string(size_bytes) +
                                            " bytes beside the old one, and " + std::to_string(free_bytes) +
                                            " are free; nothing was changed");
}

Result<> copy_extended_attributes(int from, int to) {
    const ssize_t needed = ::flistxattr(from, nullptr, 0);
    if (needed < 0)
        return errno == ENOTSUP ? Result<>{} : fail_errno("listing extended attributes");
    std::vector<char> names(static_cast<std::size_t>(needed));
    const ssize_t listed = ::flistxattr(from, names.data(), names.size());
    if (listed < 0)
        return fail_errno("listing extended attributes");
    for (const char* name = names.data(); name < names.data() + listed; name += std::string_view(name).size() + 1) {
        const ssize_t size = ::fgetxattr(from, name, nullptr, 0);
        std::vector<char> value(size > 0 ? static_cast<std::size_t>(size) : 0);
        if (size < 0 || ::fgetxattr(from, name, value.data(), value.size()) != size)
            return fail_errno(std::string("reading the extended attribute ") + name);
        if (::fsetxattr(to, name, value.data(), value.size(), 0) != 0)
            return fail_errno(std::string("keeping the extended attribute ") + name);
    }
    return {};
}

/// Owner, mode, extended attributes (with them ACLs) and times of one file for another.
Result<> copy_attributes(int from, int to) {
    struct stat status {};
    if (::fstat(from, &status) != 0)
        return fail_errno("fstat");
    if (::fchown(to, status.st_uid, status.st_gid) != 0)
        return fail_errno("keeping the owner");
    if (::fchmod(to, status.st_mode & 07777) != 0)
        return fail_errno("keeping the mode");
    if (auto ok = copy_extended_attributes(from, to); !ok)
        return ok;
    const timespec times[2] = {status.st_atim, status.st_mtim};
    if (::futimens(to, times) != 0)
        return fail_errno("keeping the times");
    return {};
}

/// What becomes zeros in the old file before its space is freed.
std::vector<Overwrite> scrubbing(const Cleaning& cleaning) {
    if (cleaning.options.scrub_whole_file)
        return {{{0, cleaning.recording.identity.size_bytes}, {}}};
    std::vector<Range> ranges;
    for (const Cut& cut : cleaning.surgery.cuts)
        ranges.push_back(cut.range);
    std::vector<Overwrite> overwrites;
    for (const Range& range : coalesced(std::move(ranges)))
        overwrites.push_back({range, {}});
    return overwrites;
}

/// Erases and removes the old file, which has the new one's former name.
Result<> dispose(int directory, const std::string& name, const std::vector<Overwrite>& overwrites,
                 const std::function<void(std::string_view)>& after_step) {
    const Fd old(::openat(directory, name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!old.is_open())
        return fail_errno("opening the old file to erase it");
    if (auto ok = write_over(old.get(), overwrites); !ok)
        return ok;
    if (auto ok = sync_data(old.get()); !ok)
        return ok;
    if (after_step)
        after_step("old file erased");
    if (::unlinkat(directory, name.c_str(), 0) != 0)
        return fail_errno("removing the old file");
    return sync_all(directory);
}

/// The new file while it is written; removed again unless it took the old one's place.
class NewFile {
  public:
    NewFile(int directory, std::string name) : directory_(directory), name_(std::move(name)) {}
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        if (fd_.is_open() && !is_kept_)
            ::unlinkat(directory_, name_.c_str(), 0);
    }

    Result<> create() {
        fd_ = Fd(::openat(directory_, name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        return fd_.is_open() ? Result<>{} : fail_errno("creating " + name_ + " beside it");
    }
    [[nodiscard]] int get() const { return fd_.get(); }
    void keep() { is_kept_ = true; }

  private:
    int directory_;
    std::string name_;
    Fd fd_;
    bool is_kept_ = false;
};

Result<Evidence> write_and_prove(const Cleaning& cleaning, int fd) {
    const Recording& recording = cleaning.recording;
    const FileSource before = recording.source();
    const std::uint64_t new_size = edited_size(before, cleaning.surgery);
    if (auto ok = reserve(fd, new_size); !ok)
        return fail(ok.error());
    const bool has_places = names_places(cleaning.container);
    auto unchanged = write_edited(before, cleaning.surgery, fd, has_places ? ReadBack::yes : ReadBack::no,
                                  cleaning.progress_between(0, has_places ? 1 : 0.5));
    if (!unchanged)
        return fail(unchanged.error());
    cleaning.step("new file written");
    if (auto ok = copy_attributes(recording.file.get(), fd); !ok)
        return fail(ok.error());
    if (auto ok = sync_all(fd); !ok)
        return fail(ok.error());
    cleaning.step("new file durable");
    const FileSource after(fd, new_size);
    if (has_places)
        return prove_copied(before, after, cleaning.container, *unchanged, cleaning.rules);
    return prove_equal(before, after, cleaning.container, cleaning.rules, cleaning.surgery.origin_ticks,
                       false, cleaning.progress_between(0.5, 1));
}

/// The digest of the kept packets, made on a thread of its own while the new file is written: it takes as long as that.
class DigestBeside {
  public:
    explicit DigestBeside(const Cleaning& cleaning) {
        if (!cleaning.options.with_hash)
            return;
        result_ = std::async(std::launch::async | std::launch::deferred, [this, &cleaning] {
            const FileSource source = cleaning.recording.source();
            return digest_kept(source, cleaning.container, cleaning.rules, cleaning.surgery.origin_ticks,
                               [this](double) { return !is_stopped_; });
        });
    }
    DigestBeside(const DigestBeside&) = delete;
    DigestBeside& operator=(const DigestBeside&) = delete;
    ~DigestBeside() { is_stopped_ = true; } // the future waits for its thread

    /// @return  zeros when none was asked for
    Result<signing::Digest> take() { return result_.valid() ? result_.get() : Result<signing::Digest>(signing::Digest{}); }

  private:
    std::atomic<bool> is_stopped_ = false;
    std::future<Result<signing::Digest>> result_; // last: it uses the flag
};

} // namespace

Result<CleanReport> rewrite(const Cleaning& cleaning) {
    const Recording& recording = cleaning.recording;
    const int directory = recording.directory.get();
    const std::string new_name = new_name_of(recording.name);
    const std::vector<Overwrite> erased = scrubbing(cleaning);
    if (auto ok = cleaning.journal.write({Method::rewrite, recording.path, recording.identity, 0, new_name, erased}); !ok)
        return fail(ok.error());
    cleaning.step("journal durable");
    NewFile created(directory, new_name);
    if (auto ok = created.create(); !ok)
        return fail(ok.error());
    cleaning.step("new file created");
    DigestBeside beside(cleaning);
    auto evidence = write_and_prove(cleaning, created.get());
    if (!evidence)
        return fail(evidence.error());
    auto digest = beside.take();
    if (!digest)
        return fail(digest.error());
    cleaning.step("new file proven");
    if (auto ok = recording.check_unchanged(); !ok)
        return fail(ok.error());
    if (auto ok = recording.check_no_writer(); !ok)
        return fail(ok.error());

    // Exchanged rather than replaced, so that the old file keeps a name until what was removed is erased: after a power
    // cut it can still be found.
    const Fd old(::openat(directory, recording.name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    const bool exchanged = ::renameat2(directory, new_name.c_str(), directory, recording.name.c_str(), RENAME_EXCHANGE) == 0;
    if (!exchanged && errno != EINVAL && errno != ENOSYS)
        return fail_errno("putting the new file in its place");
    if (!exchanged && (!old.is_open() || ::renameat(directory, new_name.c_str(), directory, recording.name.c_str()) != 0))
        return fail_errno("putting the new file in its place");
    created.keep();
    cleaning.journal.set_begun();
    cleaning.step("exchanged");
    const auto half_done = [](Error error) { return fail(std::move(error).within("the new file is in place, the old one not yet erased; recover() finishes it")); };
    if (auto ok = sync_all(directory); !ok)
        return half_done(ok.error());
    cleaning.step("exchange durable");
    if (exchanged) {
        if (auto ok = dispose(directory, new_name, erased, cleaning.options.after_step); !ok)
            return half_done(ok.error());
    } else {
        if (auto ok = write_over(old.get(), erased); !ok)
            return half_done(ok.error());
        if (auto ok = sync_data(old.get()); !ok)
            return half_done(ok.error());
    }
    cleaning.step("old file removed");
    if (auto ok = cleaning.journal.remove(); !ok)
        return fail(ok.error());

    CleanReport report = cleaning.report(Method::rewrite, *evidence);
    report.kept_sha256 = *digest;
    report.proof = CleanReport::Proof::compared;
    report.bytes_after = edited_size(recording.source(), cleaning.surgery);
    report.bytes_written = report.bytes_after;
    for (const Overwrite& overwrite : erased)
        report.bytes_written += overwrite.range.length;
    return report;
}

Result<Recovery> recover_rewrite(const JournalEntry& entry) {
    Recovery recovery{entry.path, Recovery::Outcome::finished, {}};
    const Fd directory(::open(entry.path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) {
        recovery.outcome = Recovery::Outcome::set_aside;
        recovery.message = "the recording's directory is not there any more";
        return recovery;
    }
    const auto recording = identity_at(directory.get(), entry.path.filename().string());
    const auto beside = identity_at(directory.get(), entry.new_name);
    if (beside && beside->is_same_file(entry.old_file)) {
        if (auto ok = dispose(directory.get(), entry.new_name, entry.overwrites, nullptr); !ok)
            return fail(std::move(ok.error()).within(entry.path.string()));
        return recovery;
    }
    // The old file still has its name, or is gone from under both: whatever is beside it is a new file, perhaps half written.
    if (beside && ::unlinkat(directory.get(), entry.new_name.c_str(), 0) != 0)
        return fail_errno(entry.path.string() + ": removing " + entry.new_name);
    if (auto ok = sync_all(directory.get()); !ok)
        return fail(std::move(ok.error()).within(entry.path.string()));
    if (recording && recording->is_same_file(entry.old_file))
        recovery.outcome = Recovery::Outcome::undone;
    return recovery;
}

} // namespace ombud::media
