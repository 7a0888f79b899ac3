#pragma once
// The ledger as files that other people's programs verify.

#include "events/result.hpp"

#include <cstdint>
#include <filesystem>

namespace ombud::ledger {

struct ExportReport {
    std::uint64_t size = 0;  ///< entries exported: those that the newest checkpoint covers
    std::uint64_t tiles = 0; ///< files under tile/
};

/// Writes what the newest checkpoint covers:
///
///     checkpoint       the signed note
///     tile/L/N[.p/W]   hash tiles; tile/entries/N[.p/W]  entry bundles  (c2sp.org/tlog-tiles)
///     entries.jsonl    the same entries, one a line
///     public.pem       the signing key's public half, for openssl
///     epochs/N         the checkpoint that entry N, the beginning of an epoch, is first covered by: the last under the old key; and
///     epochs/N.key     the verifier key that the entry names: later checkpoints are signed under it, too, until the next
///     verifier         the same as a verifier key, for golang.org/x/mod/sumdb/note
///
/// Of entries below the minimum index (Reader::bodies_from, a multiple of 256) there are hash tiles alone.
/// Personal values are not in it, only the commitments to them.
///
/// @param ledger  a ledger's folder, which a host may have open
/// @param target  a folder that is empty or does not exist yet
/// Errors  not_found  no ledger there, or no checkpoint yet;  refused  `target` is not empty
///         corrupt    entries are missing;  unavailable  a file cannot be written: what was written stays
/// Source  c2sp.org/tlog-tiles, c2sp.org/tlog-checkpoint
Result<ExportReport> export_to(const std::filesystem::path& ledger, const std::filesystem::path& target);

} // namespace ombud::ledger
