#pragma once
// One cleaning under way: what the two methods share.

#include "media/clean.hpp"
#include "media/proof.hpp"
#include "media/recording_file.hpp"

namespace ombud::media {

struct Cleaning {
    Recording recording;
    Container container = Container::mp4;
    Rules rules;
    Surgery surgery;
    const CleanOptions& options;
    Journal& journal;

    void step(std::string_view name) const {
        if (options.after_step)
            options.after_step(name);
    }
    [[nodiscard]] std::function<bool(double)> progress_between(double from, double to) const {
        if (!options.progress)
            return nullptr;
        return [this, from, to](double share) { return options.progress(from + share * (to - from)); };
    }
    [[nodiscard]] CleanReport report(Method method, const Evidence& evidence) const;
};

/// Both leave the journal empty of work: removed when they succeed or nothing had changed. Errors as clean().
[[nodiscard]] Result<CleanReport> rewrite(const Cleaning& cleaning);
[[nodiscard]] Result<CleanReport> clean_in_place(const Cleaning& cleaning);

/// Finishes or undoes what the entry says had begun.
/// Errors  unavailable  the disk failed
[[nodiscard]] Result<Recovery> recover_rewrite(const JournalEntry& entry);
[[nodiscard]] Result<Recovery> recover_in_place(const JournalEntry& entry);

} // namespace ombud::media
