#include "media/clean.hpp"

#include <algorithm>

#include "media/cleaning.hpp"
#include "media/inspection.hpp"

namespace ombud::media {

namespace {

Rules rules_for(const Probe& probe, const Plan& plan) {
    Rules rules;
    for (const Track& track : probe.tracks)
        rules.emplace(track.id, plan.rule_for(track.kind, track.id));
    return rules;
}

bool is_automatic_in_place(const Cleaning& cleaning) {
    return cleaning.container == Container::mp4 && cleaning.surgery.fits_in_place();
}

Result<Recovery> recover_one(const Journal& journal) {
    auto entry = journal.read();
    if (!entry)
        return fail(entry.error());
    if (!*entry)
        return Recovery{};
    return (*entry)->method == Method::in_place ? recover_in_place(**entry) : recover_rewrite(**entry);
}

Result<CleanReport> clean_recording(Recording recording, const Plan& plan, const CleanOptions& options, Journal& journal) {
    if (auto ok = recording.check_no_writer(); !ok)
        return fail(ok.error());
    const FileSource source = recording.source();
    auto found = inspect(source, nullptr);
    if (auto same = recording.check_unchanged(); !same)
        return fail(same.error());
    if (!found)
        return fail(found.error());
    Rules rules = rules_for(found->probe, plan);
    auto surgery = plan_surgery(source, found->container, rules);
    if (auto same = recording.check_unchanged(); !same)
        return fail(same.error());
    if (!surgery)
        return fail(surgery.error());
    const Cleaning cleaning{std::move(recording), found->container, std::move(rules), std::move(*surgery), options, journal};
    if (cleaning.surgery.is_empty()) {
        CleanReport report = cleaning.report(Method::none, {});
        report.bytes_after = report.bytes_before;
        if (auto ok = journal.remove(); !ok)
            return fail(ok.error());
        return report;
    }
    using Wanted = CleanOptions::Method;
    if (options.method == Wanted::in_place && !cleaning.surgery.fits_in_place())
        return fail(ErrorCode::refused, std::string("a ") + name_of(found->container) +
                                            " cannot lose these packets in place; use a rewrite");
    if (options.method == Wanted::in_place || (options.method == Wanted::automatic && is_automatic_in_place(cleaning)))
        return clean_in_place(cleaning);
    return rewrite(cleaning);
}

} // namespace

CleanReport Cleaning::report(Method method, const Evidence& evidence) const {
    CleanReport report;
    report.method = method;
    report.bytes_before = recording.identity.size_bytes;
    report.kept_packets = evidence.kept_packets;
    report.removed_packets = surgery.removed_packets;
    report.removed_bytes = surgery.cut_bytes();
    return report;
}

Result<CleanReport> clean(const std::filesystem::path& path, const Plan& plan, const CleanOptions& options) {
    std::error_code code;
    const std::filesystem::path absolute = std::filesystem::absolute(path, code).lexically_normal();
    if (code)
        return fail(ErrorCode::invalid_input, path.string() + ": " + code.message());
    if (options.journal_directory.empty())
        return fail(ErrorCode::invalid_input, "no journal directory is given; cleaning without one could be left half done");
    {
        auto recording = open_recording(absolute); // a missing or unusable file must not leave a journal behind
        if (!recording)
            return fail(recording.error());
        if (recording->links > 1)
            return fail(ErrorCode::refused, absolute.string() + ": has " + std::to_string(recording->links) +
                                                " names (hard links), and only this one would be cleaned; remove the others first");
    }
    auto journal = Journal::open_for(options.journal_directory, absolute);
    if (!journal)
        return fail(std::move(journal.error()).within(absolute.string()));
    auto recovered = recover_one(*journal);
    if (!recovered)
        return fail(std::move(recovered.error()).within(absolute.string()));
    if (recovered->outcome == Recovery::Outcome::set_aside)
        return fail(ErrorCode::unavailable, absolute.string() + ": an earlier cleaning was cut short, and " +
                                                recovered->message + "; call recover() first");
    auto recording = open_recording(absolute);
    auto report = recording ? clean_recording(std::move(*recording), plan, options, *journal)
                            : Result<CleanReport>(fail(recording.error()));
    if (report)
        return report;
    if (!journal->has_begun())
        (void)journal->remove(); // the error that matters is the first; recover() removes an idle journal too
    if (report.error().message.rfind(absolute.string(), 0) == 0)
        return report;
    return fail(std::move(report.error()).within(absolute.string()));
}

Result<std::vector<Recovery>> recover(const std::filesystem::path& journal_directory) {
    auto files = list_journals(journal_directory);
    if (!files)
        return fail(files.error());
    std::vector<Recovery> recoveries;
    for (const std::filesystem::path& file : *files) {
        auto journal = Journal::open_file(file);
        if (!journal) {
            if (journal.error().code == ErrorCode::unavailable)
                continue; // a cleaning under way
            return fail(journal.error());
        }
        auto recovery = recover_one(*journal);
        if (!recovery)
            return fail(recovery.error());
        if (recovery->outcome == Recovery::Outcome::set_aside) {
            std::error_code code;
            std::filesystem::rename(file, std::filesystem::path(file) += ".orphaned", code);
            if (code)
                return fail(ErrorCode::unavailable, "journal " + file.string() + ": " + code.message());
        } else if (auto ok = journal->remove(); !ok) {
            return fail(ok.error());
        }
        recoveries.push_back(std::move(*recovery));
    }
    return recoveries;
}

} // namespace ombud::media
