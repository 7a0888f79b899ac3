#pragma once
// Takes forbidden tracks out of a finished recording (AMG-2, AMG-5), and proves that the rest is untouched.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"
#include "media/journal.hpp"
#include "media/plan.hpp"
#include "signing/digest.hpp"

namespace ombud::media {

struct CleanOptions {
    enum class Method : std::uint8_t {
        automatic, ///< in place for a plain MP4 that loses whole tracks, else a rewrite
        rewrite,   ///< a new file beside the old one, proven, then put in its place
        in_place,  ///< the file keeps its size and place; MP4 and Matroska that lose whole tracks or blocks
    };
    Method method = Method::automatic;

    /// Where a journal of each running cleaning is kept; must exist, survive a reboot, and be given to recover().
    std::filesystem::path journal_directory;

    /// Whether the report carries the SHA-256 of the kept packets. The proof is the same without it (CleanReport::proof),
    /// and an MP4 cleaned in place is then done without reading its pictures.
    bool with_hash = true;

    /// After a rewrite the whole old file is overwritten with zeros, not only what was removed.
    bool scrub_whole_file = false;

    /// Called now and then from the calling thread with the share done, 0 to 1; false stops, as long as nothing has changed.
    std::function<bool(double)> progress;

    /// Called after each step that a power cut could follow, with its name; tests end the process there.
    std::function<void(std::string_view)> after_step;
};

struct CleanReport {
    Method method = Method::none; ///< none: the plan held already, and nothing was written
    /// How the kept packets were proven the same:
    ///   compared  every packet of both files was read by FFmpeg and compared byte by byte, before the file changed
    ///   untouched in place: none of them was read, moved or written to; both indexes name the same places
    enum class Proof : std::uint8_t { none, compared, untouched };
    Proof proof = Proof::none;
    std::uint64_t bytes_before = 0;
    std::uint64_t bytes_after = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t kept_packets = 0;
    std::uint64_t removed_packets = 0;
    std::uint64_t removed_bytes = 0;
    /// Of the kept packets, the same before and after (proof.hpp says over what); zeros without `with_hash`.
    signing::Digest kept_sha256{};
};

/// Makes the plan hold for one recording. Cleaning twice is the same as once.
///
/// A power cut at any moment leaves the old file or the new one whole under the path (rewrite), or a file that
/// recover() finishes (in place). Owner, mode, times and extended attributes stay. The removed packets' bytes are
/// overwritten with zeros where they lay and forced to the disk, in a rewrite before the old file's space is freed. What
/// Ombud cannot reach may still hold them: snapshots, backups, copy-on-write file systems (btrfs, ZFS), and flash that
/// moves blocks when they are written.
///
/// A recording that somebody still writes is left alone. Readers of the file see the old or the new content; one that
/// has a rewritten file open reads zeros for the removed packets.
///
/// Errors  not_found      no such file or journal directory
///         invalid_input  not a recording: directory, device, empty, another format
///         corrupt        truncated or damaged: quarantine it
///         refused        a link (symbolic, or more than one hard link), encrypted, or a container that cannot lose these
///                        packets and keep the others as they are; the message says which
///         unavailable    being written, changed meanwhile, disk full, stopped; try again later
///         internal       the proof failed
///         For all of them the recording is as it was, but for an in-place cleaning that a failing disk ended: recover() finishes it.
/// Thread  any; one cleaning at a time for each recording, which the journal sees to
[[nodiscard]] Result<CleanReport> clean(const std::filesystem::path& path, const Plan& plan, const CleanOptions& options);

/// What became of one cleaning that was cut short.
struct Recovery {
    std::filesystem::path path;
    enum class Outcome : std::uint8_t {
        finished,    ///< the recording is clean
        undone,      ///< the recording is as it was; clean it again
        not_begun,   ///< nothing had been written
        set_aside,   ///< the recording is gone or another file now; the journal was renamed to *.orphaned
    };
    Outcome outcome = Outcome::not_begun;
    std::string message; ///< what was found, for set_aside
};

/// Finishes or undoes what a crash left; call it before the first cleaning. Cleanings under way are left alone.
/// Errors  not_found    no such directory
///         unavailable  the disk failed; call again
///         too_new      a journal of a later version
[[nodiscard]] Result<std::vector<Recovery>> recover(const std::filesystem::path& journal_directory);

} // namespace ombud::media
