#pragma once
// Opening and verifying what seal_files made, by anybody who has a key to it.

#include "events/clock.hpp"
#include "events/result.hpp"
#include "seal/manifest.hpp"
#include "signing/cms/certificate.hpp"
#include "signing/cms/envelope.hpp"
#include "signing/note.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ombud::seal {

/// Whom the reader believes.
struct Trust {
    std::vector<signing::Certificate> signers{};       ///< the sites' certificates, or of who issued them; none: nobody
    std::vector<signing::Certificate> time_stampers{}; ///< of time stamping authorities; none: stamps are not looked at
    std::optional<signing::NoteVerifier>
        ledger{}; ///< of the site's ledger; none: its checkpoint's signature is not looked at
};

/// What was found, all of it true of the seal.
struct Opened {
    Manifest manifest;
    std::optional<signing::Certificate> signer{};
    signing::Digest manifest_sha256{};       ///< as Sealed::manifest_sha256
    std::int64_t signed_at_utc_ns = 0;       ///< the signer's own word
    std::int64_t time_stamped_at_utc_ns = 0; ///< 0: there is no stamp, or nobody to trust for it
    std::string ledger_origin{}; ///< of the checkpoint that covers the decision; empty: sealed without a ledger
    bool is_ledger_signature_verified = false;
    std::vector<std::string> strangers{}; ///< files in the folder that are not of the seal; not looked at
    std::uint64_t plain_bytes = 0;
};

struct OpenRequest {
    std::filesystem::path folder; ///< the sealed folder
    Trust trust;
    Progress progress{}; ///< may be empty
};

/// Verifies all of a seal, and writes nothing.
///
/// Every bit of the seal's files counts: the manifest's signature vouches for each plain file's hash, for the wrapping
/// and the size of each part, and so with AES-GCM's tag for each byte of it, README.txt included.
/// @param key  remembers what it derives; borrowed for the call
/// Errors  refused    the key does not open it, the signer is unknown, or a certificate was not valid when it was
/// signed
///         corrupt    something is altered, cut off, missing, exchanged or of another export: which file, and how
///         not_found  there is no seal in the folder;  too_new  of a newer version;  unavailable  it cannot be read;
///         cancelled
/// Thread  any
[[nodiscard]] Result<Opened> verify_seal(const OpenRequest& request, signing::EnvelopeKey& key, const Clock& clock);

/// The same, and writes the files into a new folder, each with mode 0600 under its name inside.
///
/// A file has no name before it is verified to its last byte, and the folder none before all are: whatever happens, a
/// kill included, no byte is left that did not verify (on file systems without O_TMPFILE a kill can leave the one that
/// was being written, in a private folder that begins with unfinished_prefix). On failure nothing is left.
/// @param out  not there yet; its parent is
/// Errors  as verify_seal;  refused  `out` is there;  unavailable  it cannot be written
[[nodiscard]] Result<Opened> open_seal(const OpenRequest& request, signing::EnvelopeKey& key,
                                       const std::filesystem::path& out, const Clock& clock);

} // namespace ombud::seal
