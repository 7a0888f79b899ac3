#pragma once
// One recording, as far as its file, its name, its media and its lock tell.

#include "evidence_lock.hpp"
#include "known_files.hpp"
#include "options.hpp"
#include "tree.hpp"

#include <cstdint>
#include <ombud/event_builder.hpp>
#include <ombud/media.hpp>
#include <ombud/names.hpp>
#include <optional>
#include <string>

namespace ombud::folder {

struct Recording {
    std::string path;
    FileFacts file;
    std::optional<std::string> camera; ///< empty: its path names none
    bool fits_layout = false;
    bool is_open = false; ///< perhaps still being written; media is not looked into then
    MediaFacts media;
    std::optional<EvidenceLock> lock;
    std::int64_t begin_utc_ns = 0, end_utc_ns = 0;
    const char* time_source = "file"; ///< container, name or file (its last change)

    /// A number for what the lock says; 0: no lock.
    std::uint64_t lock_number() const;
    /// As an event or record of that type, with all recording keys.
    sdk::Result<sdk::Event> to_event(std::uint32_t type, std::int64_t utc_ns, const sdk::Vocabulary& words,
                                     const Tree& tree, const Layout& layout) const;
};

/// Finds out about recordings. Thread: worker.
class Describer {
  public:
    Describer(const Options& options, const sdk::Media* media) : options_(options), media_(media) {}

    /// @param known     media of unchanged files is taken from there
    /// @param is_open   perhaps still being written
    /// @return          is_open also when the file changed while it was looked into
    Recording describe(const Tree& tree, const KnownFiles& known, const std::string& path, const FileFacts& file,
                       bool is_open) const;

  private:
    std::optional<MediaFacts> look(const Tree& tree, const std::string& path, const FileFacts& file) const;
    void find_times(Recording& recording, const std::optional<NameFacts>& name) const;

    const Options& options_;
    const sdk::Media* media_;
};

} // namespace ombud::folder
