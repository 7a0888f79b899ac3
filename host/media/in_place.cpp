// Cleaning in place: the removed packets become zeros, their tracks' entries something that readers skip. Every write is
// in the journal first, and each can be done again.

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>

#include "media/cleaning.hpp"
#include "media/overwrites.hpp"

namespace ombud::media {

namespace {

timespec timespec_of(std::int64_t ns) { return {ns / 1'000'000'000, ns % 1'000'000'000}; }

/// Opens the recording for writing, making sure that it is the one that was read.
Result<Fd> open_for_writing(int directory, const std::string& name, const Identity& expected) {
    Fd fd(::openat(directory, name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!fd.is_open())
        return fail_errno("opening it for writing");
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        return fail_errno("fstat");
    if (status.st_dev != expected.device || status.st_ino != expected.inode ||
        static_cast<std::uint64_t>(status.st_size) != expected.size_bytes)
        return fail(ErrorCode::unavailable, "was replaced meanwhile; nothing was changed");
    return fd;
}

Result<> finish_writes(int fd, const std::vector<Overwrite>& packets, const std::vector<Overwrite>& structure,
                       const JournalEntry& entry, const std::function<void(std::string_view)>& after_step) {
    const auto step = [&](std::string_view name) {
        if (after_step)
            after_step(name);
    };
    if (auto ok = write_over(fd, packets); !ok)
        return ok;
    step("packets written");
    if (auto ok = sync_data(fd); !ok)
        return ok;
    step("packets durable");
    if (auto ok = write_over(fd, structure); !ok)
        return ok;
    step("structure written");
    // A cleaning is no change that a VMS should notice: the times stay.
    const timespec times[2] = {timespec_of(entry.accessed_ns), timespec_of(entry.old_file.modified_ns)};
    if (::futimens(fd, times) != 0)
        return fail_errno("futimens");
    if (auto ok = sync_all(fd); !ok)
        return ok;
    step("structure durable");
    return {};
}

} // namespace

Result<CleanReport> clean_in_place(const Cleaning& cleaning) {
    const Recording& recording = cleaning.recording;
    const FileSource before = recording.source();
    InPlaceWrites writes = in_place_writes(cleaning.surgery);
    std::vector<Overwrite> all = writes.packets;
    all.insert(all.end(), writes.structure.begin(), writes.structure.end());
    std::sort(all.begin(), all.end(), [](const Overwrite& a, const Overwrite& b) { return a.range.offset < b.range.offset; });

    // Proven on the file as it will be, before a byte of it is written: in place there is no way back.
    const OverlaySource after(before, all);
    const bool is_untouched = names_places(cleaning.container);
    auto evidence = is_untouched ? prove_untouched(before, after, cleaning.container, cleaning.surgery, cleaning.rules)
                                 : prove_equal(before, after, cleaning.container, cleaning.rules,
                                               cleaning.surgery.origin_ticks, cleaning.options.with_hash,
                                               cleaning.progress_between(0, 1));
    if (!evidence)
        return fail(evidence.error());
    signing::Digest digest = evidence->kept_sha256;
    if (cleaning.options.with_hash && is_untouched) {
        auto made = digest_kept(before, cleaning.container, cleaning.rules, cleaning.surgery.origin_ticks,
                                cleaning.progress_between(0, 1));
        if (!made)
            return fail(made.error());
        digest = *made;
    }

    struct stat status {};
    if (::fstat(recording.file.get(), &status) != 0)
        return fail_errno("fstat");
    const JournalEntry entry{Method::in_place, recording.path, recording.identity,
                             status.st_atim.tv_sec * std::int64_t{1'000'000'000} + status.st_atim.tv_nsec, {}, all};
    if (auto ok = recording.check_unchanged(); !ok)
        return fail(ok.error());
    if (auto ok = recording.check_no_writer(); !ok)
        return fail(ok.error());
    auto fd = open_for_writing(recording.directory.get(), recording.name, recording.identity);
    if (!fd)
        return fail(fd.error());
    if (auto ok = cleaning.journal.write(entry); !ok)
        return fail(ok.error());
    cleaning.step("journal durable");
    cleaning.journal.set_begun();
    if (auto ok = finish_writes(fd->get(), writes.packets, writes.structure, entry, cleaning.options.after_step); !ok)
        return fail(std::move(ok.error()).within("half done; recover() finishes it"));
    if (auto ok = cleaning.journal.remove(); !ok)
        return fail(ok.error());

    CleanReport report = cleaning.report(Method::in_place, *evidence);
    report.kept_sha256 = digest;
    report.proof = is_untouched ? CleanReport::Proof::untouched : CleanReport::Proof::compared;
    report.bytes_after = report.bytes_before;
    for (const Overwrite& overwrite : all)
        report.bytes_written += overwrite.range.length;
    return report;
}

Result<Recovery> recover_in_place(const JournalEntry& entry) {
    Recovery recovery{entry.path, Recovery::Outcome::finished, {}};
    const std::string name = entry.path.filename().string();
    Fd directory(::open(entry.path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto named = directory.is_open() ? identity_at(directory.get(), name) : std::nullopt;
    if (!named || !named->is_same_file(entry.old_file) || named->size_bytes != entry.old_file.size_bytes) {
        recovery.outcome = Recovery::Outcome::set_aside;
        recovery.message = named ? "another file has taken the recording's place or size; it was not touched"
                                 : "the recording is not there any more; if it was moved, clean it where it is now";
        return recovery;
    }
    auto fd = open_for_writing(directory.get(), name, entry.old_file);
    if (!fd)
        return fail(std::move(fd.error()).within(entry.path.string()));
    // The order between packets and structure has no meaning here: both are done again in full.
    if (auto ok = finish_writes(fd->get(), entry.overwrites, {}, entry, nullptr); !ok)
        return fail(std::move(ok.error()).within(entry.path.string()));
    return recovery;
}

} // namespace ombud::media
