// A person looks through pixelated copies before they leave (EXP-13).
#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gates/export/work.hpp"
#include "seal/manifest.hpp"

namespace ombud::exports {
namespace {

constexpr std::string_view sheets_suffix = ".review";

/// A file to look at, and where it lies.
struct Lying {
    ReviewFile shown;
    std::filesystem::path file;
};

std::vector<Lying> lying_of(const Work& work, const Options& options, const Export& one) {
    std::vector<Lying> all;
    std::error_code error;
    const auto add = [&](std::string name, const std::filesystem::path& file, bool is_copy) {
        const auto size = std::filesystem::file_size(file, error);
        if (!error)
            all.push_back({{std::move(name), static_cast<std::int64_t>(size), is_copy}, file});
    };
    for (std::size_t i = 0; i < one.files.size(); ++i) {
        const auto copy = work.path_of(options, one, i);
        const std::string stem = copy.filename().string() + std::string(sheets_suffix);
        for (const auto& beside : std::filesystem::directory_iterator(copy.parent_path(), error))
            if (const std::string name = beside.path().filename().string(); name.starts_with(stem))
                add(seal::plain_name(i + 1) + name.substr(stem.size()), beside.path(), false);
        add(seal::plain_name(i + 1) + (one.files[i].format == "matroska" ? ".mkv" : ".mp4"), copy, true);
    }
    std::sort(all.begin(), all.end(), [](const Lying& a, const Lying& b) { return a.shown.name < b.shown.name; });
    return all;
}

/// Nothing of it may be looked at once it is gone, and what is not pixelated is nobody else's to see.
Result<void> check_shown(const Export& one) {
    const std::string which = "export " + std::to_string(one.id);
    if (!one.is_open() || one.state == State::clearing)
        return fail(ErrorCode::refused, which + " has ended: nothing of it is left here to look at");
    if (!one.pixelated)
        return fail(ErrorCode::refused, which + " is not pixelated" + (one.pixelated_note.empty() ? "" : ": it " + one.pixelated_note) +
                                            "\nhint: ombud export describe " + std::to_string(one.id) + " --pixelate, or --keep REGION");
    return {};
}

bool was_given(const Export& one, const approvals::Person& person) {
    const std::string copies = copies_digest(one);
    return std::any_of(one.sheets_given.begin(), one.sheets_given.end(),
                       [&](const SheetsGiven& given) { return given.uid == person.uid && given.copies == copies; });
}

std::string hint_of(const Export& one) { return "\nhint: ombud export sheets " + std::to_string(one.id) + " --out DIR"; }

} // namespace

std::string Work::rejected_words(const Export& one) {
    return "somebody looked through the copy and rejected it: " + one.review->reason + "; have other regions kept, or withdraw it";
}

Result<std::vector<ReviewFile>> ExportDesk::give_sheets(std::int64_t id, const approvals::Person& person) {
    const auto was = work_->find(id);
    if (!was)
        return fail(was.error());
    if (auto shown = check_shown(*was); !shown)
        return fail(shown.error());
    if (!person.uid)
        return fail(ErrorCode::refused, "it cannot be known who looks");
    if (!was_given(*was, person)) {
        Export next = *was;
        const std::string copies = copies_digest(*was);
        std::erase_if(next.sheets_given, [&](const SheetsGiven& given) { return given.copies != copies; });
        next.sheets_given.push_back({*person.uid, copies});
        ledger::Entry entry = Work::entry("export.sheets", next);
        entry.set("to", ledger::Personal{approvals::name_of(person)}).set("copies_sha256", copies);
        if (auto changed = work_->change(*was, std::move(next), entry); !changed)
            return fail(changed.error());
    }
    std::vector<ReviewFile> files;
    for (Lying& one : lying_of(*work_, *work_->options(), *was))
        files.push_back(std::move(one.shown));
    return files;
}

Result<std::string> ExportDesk::read_sheet(std::int64_t id, std::string_view name, std::int64_t offset, const approvals::Person& person) const {
    const auto now = work_->find(id);
    if (!now)
        return fail(now.error());
    if (auto shown = check_shown(*now); !shown)
        return fail(shown.error());
    if (!was_given(*now, person))
        return fail(ErrorCode::refused, "the sheets of export " + std::to_string(id) + " as it is now were not given to this person" + hint_of(*now));
    const auto files = lying_of(*work_, *work_->options(), *now);
    const auto found = std::find_if(files.begin(), files.end(), [&](const Lying& one) { return one.shown.name == name; });
    if (found == files.end())
        return fail(ErrorCode::not_found, "export " + std::to_string(id) + " has no such file to look at" + hint_of(*now));
    const media::Fd fd(::open(found->file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    std::string piece(sheet_piece_bytes_max, '\0');
    const ssize_t count = fd.is_open() ? ::pread(fd.get(), piece.data(), piece.size(), offset) : -1;
    if (count < 0)
        return media::fail_errno(found->shown.name);
    piece.resize(static_cast<std::size_t>(count));
    return piece;
}

Result<Export> ExportDesk::review(std::int64_t id, bool accepted, const std::string& reason, const approvals::Person& person) {
    const auto was = work_->find(id);
    if (!was)
        return fail(was.error());
    const std::string which = "export " + std::to_string(id);
    if (was->state != State::unreviewed)
        return fail(ErrorCode::refused, which + " is " + std::string(was->is_open() ? to_string(was->state) : std::string_view(was->outcome)) +
                                            ": it does not wait for somebody to look through it");
    if (approvals::may_be_same(was->requester, person))
        return fail(ErrorCode::refused, which + " was handed in by the same person, or by one who may be: somebody else has to look through it");
    if (!was_given(*was, person))
        return fail(ErrorCode::refused, which + ": its sheets, as it is now, were not given to this person; look through them first" + hint_of(*was));
    if (!accepted && reason.empty())
        return fail(ErrorCode::invalid_input, "a rejection needs a reason, which whoever handed it in can act on");
    Export next = *was;
    next.review = Review{person, accepted, reason, copies_digest(*was)};
    next.state = accepted ? State::judging : State::refused;
    next.why = accepted ? std::string{} : Work::rejected_words(next);
    next.rule = accepted ? "" : "EXP-13";
    ledger::Entry entry = Work::entry("export.reviewed", next);
    entry.set("reviewer", ledger::Personal{approvals::name_of(person)}).set("decision", accepted ? "accepted" : "rejected");
    entry.set("copies_sha256", next.review->copies);
    if (!reason.empty())
        entry.set("reason", reason);
    auto changed = work_->change(*was, std::move(next), entry);
    if (!changed)
        return fail(changed.error());
    work_->wake();
    return work_->settled(id, answer_time_ns);
}

} // namespace ombud::exports
