#pragma once
// Sealing: files become a folder that only the named recipients open, and that anybody among them checks with openssl
// alone.

#include "events/clock.hpp"
#include "events/result.hpp"
#include "seal/sealing_key.hpp"
#include "signing/digest.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ombud::seal {

// What one seal can hold; more is refused before anything is written.
constexpr std::size_t files_max = 1'000;
constexpr std::size_t parts_max = 20'000;  ///< of all files together
constexpr std::size_t recipients_max = 64; ///< certificates
constexpr std::size_t cameras_max = 1'000;
constexpr std::size_t text_bytes_max = 4'096;               ///< each text of the facts
constexpr std::size_t ledger_proof_bytes_max = 256 * 1'024; ///< entry and proof together
constexpr std::uint64_t part_plain_bytes_max = 256'000'000; ///< so that stock openssl opens it within 800 MB of memory
constexpr std::size_t passphrase_bytes_min = 12;
constexpr std::size_t passphrase_bytes_max = 1'024;

struct Camera {
    std::string id;   ///< of the site's camera record
    std::string name; ///< may be empty
};

struct Recipient {
    std::string name;
    std::string organisation;    ///< may be empty
    std::string recipient_class; ///< as OMBUD_KEY_RECIPIENT_CLASS
};

/// What the manifest tells of an export. Texts are UTF-8 of at most text_bytes_max; optional ones may be empty.
/// Personal values are welcome: the manifest is sealed as the video is.
struct Facts {
    std::string
        export_id; ///< 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-'; not '.' first; the one fact that is seen from outside
    std::string site; ///< the site's id
    std::vector<Camera> cameras;
    std::int64_t begin_utc_ns = 0, end_utc_ns = 0; ///< of the recordings
    std::string reason;                            ///< not empty
    std::string legal_ground;                      ///< optional
    std::string requester;                         ///< optional: nobody asked but the machine's own account
    std::string approver;                          ///< optional
    Recipient recipient;
    std::string destination;                     ///< optional
    std::int64_t destroy_by_utc_ns = 0;          ///< 0: no date
    std::string masks;                           ///< as OMBUD_KEY_MASKS, or words
    std::optional<std::uint64_t> ledger_index{}; ///< of the entry of the decision; absent: sealed without a ledger
};

/// Who can open it: every certificate's owner, and whoever knows the passphrase. At least one of them.
struct Recipients {
    std::vector<std::string> certificates{}; ///< X.509 in PEM, RSA of 2048 bits or more, or EC; one each
    std::optional<std::string> passphrase{}; ///< passphrase_bytes_min to max bytes; PBKDF2-HMAC-SHA-256, 600,000 rounds
};

/// One file to be sealed. It must not change meanwhile: then nothing is sealed.
struct Input {
    std::filesystem::path file; ///< a plain file, no symbolic link
    std::string name; ///< its name inside: 1 to 255 bytes of UTF-8, no '/', not "." or "..", no control character
    std::string sha256{}; ///< in hex: what it must be, or nothing is sealed; empty: it may be anything
};

/// An entry of the ledger, and its proof.
struct LedgerProof {
    std::string entry; ///< the entry's line as it was hashed
    std::string proof; ///< c2sp.org/tlog-proof, version 1: what ledger::Reader::inclusion_proof gives
};

/// Gives the proof for Facts::ledger_index. Errors  any: sealing fails with it
using ProofSource = std::function<Result<LedgerProof>(std::uint64_t index)>;

/// Posts a time stamp query (RFC 3161, DER, application/timestamp-query) and gives the answer's body.
/// Errors  any: sealing fails with it, unless the stamp is not required
using TimeStampPost = std::function<Result<std::string>(const std::string& query)>;

/// Told after each window of a file; false ends the work with ErrorCode::cancelled.
using Progress = std::function<bool(std::uint64_t done_bytes, std::uint64_t total_bytes)>;

struct SealRequest {
    std::vector<Input> files; ///< one or more
    Facts facts;
    Recipients recipients;
    std::filesystem::path folder;                    ///< becomes the sealed folder: not there yet, its parent is
    ProofSource proof{};                             ///< asked when facts has a ledger_index
    TimeStampPost time_stamp{};                      ///< empty: no time stamp
    std::vector<signing::Certificate> time_stampers{}; ///< of whom it has to be, or it counts as none; empty: of anybody
    bool is_time_stamp_required = true; ///< false: where none is to be had it is sealed without, and Sealed says why
    Progress progress{};                             ///< may be empty
    std::uint64_t part_bytes = part_plain_bytes_max; ///< plaintext of a part, 1 to part_plain_bytes_max
};

struct SealedFile {
    std::string name; ///< in the folder
    std::uint64_t size_bytes = 0;
    signing::Digest sha256{};
};

struct Sealed {
    std::filesystem::path folder;
    std::vector<SealedFile> files;        ///< everything in the folder, in order of name
    std::uint64_t plain_bytes = 0;        ///< of the inputs
    std::uint64_t sealed_bytes = 0;       ///< of the folder
    signing::Digest manifest_sha256{};    ///< of manifest.json as signed: what the ledger should keep
    signing::Digest certificate_sha256{}; ///< of the signer's certificate (DER)
    std::int64_t sealed_at_utc_ns = 0;
    std::int64_t time_stamped_at_utc_ns = 0; ///< 0: no time stamp
    std::string time_stamp_missing;          ///< why there is none although one was asked for; else empty
};

/// Seals files into a new folder: `file-NNNN.part-NNNNN.cms`, `manifest.cms`, `README.txt`, `manifest.tsr.cms` if
/// stamped.
///
/// Written beside under a name that begins with unfinished_prefix, synced, and renamed whole. On failure nothing is
/// left; a kill leaves that folder, which holds nothing readable (remove_unfinished). Memory is bounded, whatever the
/// sizes.
/// @param key, clock  borrowed for the call
/// Errors  invalid_input  a fact, name, certificate or passphrase is unusable (an expired certificate is), or too many
/// of something
///         refused        the folder exists, or a file changed while it was sealed, has another SHA-256 than is said, or is
///                        no plain file
///         not_found      no such file, or no parent folder
///         unavailable    a file cannot be read or the folder not be written (disk full), or the key not be used
///         cancelled      by progress;  the proof source's and time stamp's own
/// Thread  any; several at once
/// Source  RFC 5652, RFC 5083, RFC 5084 (AES-256-GCM), RFC 3161; requirements EXP-2, EXP-3
[[nodiscard]] Result<Sealed> seal_files(const SealRequest& request, const SealingKey& key, const Clock& clock);

constexpr const char* unfinished_prefix = ".ombud-seal-";

/// Removes what killed sealings left in `parent`; nobody may be sealing there.
/// @return how many folders
[[nodiscard]] Result<std::size_t> remove_unfinished(const std::filesystem::path& parent);

} // namespace ombud::seal
