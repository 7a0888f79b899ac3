#pragma once
// One export, as the desk keeps it from the moment it is taken over until nothing of it is left here.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "approvals/person.hpp"
#include "events/result.hpp"

namespace ombud::exports {

/// Where an export stands. Each step forward is one transaction; a kill in between repeats the step.
enum class State {
    taking,     ///< its files are brought into the host's folder
    incomplete, ///< its description lacks something: `why`
    judging,    ///< the modules are asked
    refused,    ///< they said no: `why`; it can be corrected and asked about again
    unreviewed, ///< a person is to look through the pixelated copy
    asked,      ///< a second person is to approve: `proposal`
    approved,   ///< they did; the modules are asked once more
    blocked,    ///< it may leave and cannot: `why`; tried again at `retry_utc_ns`
    releasing,  ///< it is sealed to the destination under a hidden name
    recorded,   ///< register and ledger have its release; its folder gets its name
    clearing,   ///< the plain copy is removed
    closed,     ///< nothing of it is left here; `outcome` says how it ended
};
[[nodiscard]] std::string_view to_string(State state);

/// One file of it.
struct HeldFile {
    std::string name;   ///< as it is called in the seal: printable, no slash, unique in the export
    std::string source; ///< where it was found, absolute
    std::uint64_t device = 0, inode = 0;
    std::int64_t size_bytes = 0, modified_ns = 0;
    bool held = false;  ///< it is in the host's folder, under its number
    std::string covered; ///< its copy's name there once something is covered in it, by what that is; empty: it is as it came
    // Once it was looked into:
    std::string format; ///< mp4, matroska, mpegts, avi, jpeg, png, zip, encrypted or other
    std::string tracks; ///< as OMBUD_KEY_TRACKS; empty: not known
    std::string sha256; ///< hex
    std::int64_t created_utc_ns = 0, duration_ns = 0; ///< 0: the file does not tell
};

/// What somebody says that it is. Empty or 0: not said.
struct Description {
    std::vector<std::string> cameras; ///< ids of the site
    std::int64_t begin_utc_ns = 0, end_utc_ns = 0; ///< of the recordings
    std::string reason;      ///< why it is asked for; recorded, so no personal values
    std::string grant;       ///< why it is granted; likewise
    std::string summary;     ///< in a few words; likewise
    std::string recipient;   ///< id of the site's
    std::string destination; ///< id of the site's, or an absolute path
    std::string legal_ground, medium;
    std::int64_t destroy_by_utc_ns = 0;
    std::string requester_name, requester_title, requester_organisation; ///< who asks for it outside (EXP-6); personal
    std::vector<std::string> file_cameras; ///< which camera each file shows, in the order of the files; empty: not said
    std::string unmasked;    ///< why required masks are left out; empty: they are applied. Recorded, so no personal values
    bool pixelate = false;   ///< all that moves, whoever the recipient is
    std::vector<std::string> kept; ///< regions that stay visible, as media::parse_kept_region
};

/// What a person said who looked through the pixelated copies.
struct Review {
    approvals::Person by;
    bool accepted = false;
    std::string reason;     ///< recorded, so no personal values; may be empty where accepted
    std::string copies;     ///< copies_digest() of what was looked through
};

/// Who was given the sheets, and of which copies.
struct SheetsGiven {
    std::uint32_t uid = 0;
    std::string copies; ///< as of Review
};

struct Export {
    std::int64_t id = 0;
    State state = State::taking;
    bool dropped = false;        ///< found in the drop folder; else submitted
    approvals::Person requester; ///< whose file it is; account names only until it is closed
    std::int64_t taken_utc_ns = 0, changed_utc_ns = 0;
    std::string why, rule;       ///< of the state; of its refusal
    Description description;
    bool undescribed_told = false; ///< that it waits for a description is a finding
    std::string misdescribed;    ///< why its NAME.export could not be read; empty: it could, or there was none
    std::vector<HeldFile> files;
    std::string masks = "none";  ///< as OMBUD_KEY_MASKS
    std::string masks_note;      ///< why they are missing or lifted, or what was covered
    bool pixelated = false;      ///< all that moves in all of its files, but what was kept
    std::string pixelated_note;  ///< why it is not, or what was kept
    std::vector<SheetsGiven> sheets_given;
    std::optional<Review> review; ///< the last one
    std::string would;           ///< what modules in monitor would have done; empty: the same
    std::uint64_t decision_index = 0; ///< ledger entry of the last judgement
    std::int64_t proposal = 0;   ///< 0: none
    std::optional<approvals::Person> approver;
    std::string approval_reason;
    std::int64_t retry_utc_ns = 0, retries = 0;
    // Of the release:
    std::string folder, name;    ///< resolved destination; the sealed folder's name in it
    std::string kind, transport; ///< of the destination as found; words on how the way there is protected
    std::string manifest_sha256;
    std::int64_t sealed_bytes = 0;
    std::int64_t time_stamped_utc_ns = 0; ///< 0: no time stamp
    std::string time_stamp_missing; ///< why there is none although the site has an authority
    std::uint64_t release_index = 0; ///< ledger entry; 0: not released
    std::string cleared;         ///< how the plain copy was removed
    std::string outcome;         ///< released, withdrawn or expired; set from `clearing` on

    [[nodiscard]] std::int64_t size_bytes() const {
        std::int64_t all = 0;
        for (const HeldFile& one : files)
            all += one.size_bytes;
        return all;
    }
    [[nodiscard]] bool is_open() const { return state != State::closed; }
};

/// SHA-256 over a line for each file, in their order: its own in hex.
[[nodiscard]] std::string copies_digest(const Export& one);
/// Whether somebody looked through exactly these copies and accepted them, or rejected them.
[[nodiscard]] bool is_accepted(const Export& one);
[[nodiscard]] bool is_rejected(const Export& one);
/// What is covered in what leaves, in words: `applied: 1 mask of yard; pixelated but for 1 kept region; looked through by ben`.
/// @param names  whether persons are named
[[nodiscard]] std::string covering_words(const Export& one, bool names);

/// The stored form, and back.
[[nodiscard]] std::string to_stored(const Export& one);
/// Errors  corrupt
[[nodiscard]] Result<Export> parse_stored(std::string_view text);

/// Takes out what tells of persons; for what is closed.
void forget_persons(Export& one);

} // namespace ombud::exports
