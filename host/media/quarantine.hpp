#pragma once
// Puts aside what Ombud cannot judge, so that it neither stays in use nor gets lost.

#include <cstdint>
#include <filesystem>
#include <string>

#include "events/clock.hpp"
#include "events/result.hpp"
#include "signing/digest.hpp"

namespace ombud::media {

/// What the note beside a quarantined file says (`<file>.json`).
struct QuarantineNote {
    std::filesystem::path original_path; ///< absolute
    std::string reason;
    std::int64_t quarantined_utc_ns = 0;
    std::uint64_t size_bytes = 0;
    signing::Digest sha256{}; ///< of the whole file
};

/// Moves a file into a directory and writes a note beside it. On the same file system it is renamed; across two it is
/// copied, read back, compared by its SHA-256 and made durable before the original goes. Nothing is overwritten: a taken
/// name gets a number. Owner, mode and times stay where the process may set them.
///
/// @param path       a regular file, also an empty one
/// @param directory  exists
/// @param reason     one sentence, for people
/// @return           where the file now is; the note is `<that>.json`
/// Errors  not_found      no such file or directory
///         invalid_input  not a regular file
///         refused        a symbolic link, or the directory may not be written
///         unavailable    the file changed meanwhile, the disk is full or failed; the file is where it was
/// Thread  any
[[nodiscard]] Result<std::filesystem::path> quarantine(const std::filesystem::path& path,
                                                       const std::filesystem::path& directory, const std::string& reason,
                                                       const Clock& clock);

/// Reads the note of a quarantined file.
/// Errors  not_found      no note
///         invalid_input  not a note this version knows
[[nodiscard]] Result<QuarantineNote> read_note(const std::filesystem::path& quarantined);

/// Puts a quarantined file back under its original path and removes the note.
/// Errors  not_found    no such file or note, or its folder is gone
///         refused      the original path is taken
///         corrupt      the file is not what the note says any more; it stays in quarantine
///         unavailable  the disk is full or failed; the file is still in quarantine
[[nodiscard]] Result<std::filesystem::path> restore(const std::filesystem::path& quarantined);

} // namespace ombud::media
