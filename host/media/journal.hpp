#pragma once
// What a cleaning is about to do, on disk before it begins, so that a power cut leaves nothing half done for good.
// One file for each recording: a line of JSON and a line with its SHA-256.

#include <filesystem>
#include <string>
#include <vector>

#include "media/overwrites.hpp"
#include "media/recording_file.hpp"

namespace ombud::media {

enum class Method : std::uint8_t { none, in_place, rewrite };
[[nodiscard]] const char* name_of(Method method);

struct JournalEntry {
    Method method = Method::none;
    std::filesystem::path path; ///< absolute
    Identity old_file;          ///< before the cleaning
    std::int64_t accessed_ns = 0;
    std::string new_name;               ///< rewrite: the new file's name while it is written, and the old one's after
    std::vector<Overwrite> overwrites;  ///< in place: all of it; rewrite: what becomes zeros in the old file
};

/// The journal file of one recording, locked while the object lives, so that one cleaning at a time touches it.
class Journal {
  public:
    /// @param directory  exists; the same for all cleanings of these recordings
    /// @param recording  absolute path
    /// Errors  unavailable  another cleaning holds it, or the disk failed
    ///         not_found    there is no such directory
    static Result<Journal> open_for(const std::filesystem::path& directory, const std::filesystem::path& recording);
    /// Errors  as open_for()
    static Result<Journal> open_file(const std::filesystem::path& file);

    /// @return  nothing when it is empty or was cut off while being written: then nothing had begun
    /// Errors   too_new  written by a later version
    [[nodiscard]] Result<std::optional<JournalEntry>> read() const;

    /// Durable on return.
    /// Errors  unavailable  the disk failed or is full
    [[nodiscard]] Result<> write(const JournalEntry& entry);

    /// Removes the file; durable on return.
    [[nodiscard]] Result<> remove();

    /// From here on the recording itself changes: should the cleaning fail now, the journal must outlive it.
    void set_begun() { has_begun_ = true; }
    [[nodiscard]] bool has_begun() const { return has_begun_; }

  private:
    Journal(std::filesystem::path file, Fd directory, Fd fd)
        : file_(std::move(file)), directory_(std::move(directory)), fd_(std::move(fd)) {}

    std::filesystem::path file_;
    Fd directory_;
    Fd fd_;
    bool has_begun_ = false;
};

/// The journal files of a directory.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_journals(const std::filesystem::path& directory);

} // namespace ombud::media
