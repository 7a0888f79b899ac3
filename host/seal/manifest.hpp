#pragma once
// What a seal says of itself: a signed JSON text that is sealed with the files.

#include "events/result.hpp"
#include "seal/seal.hpp"
#include "signing/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::seal {

constexpr int manifest_version = 1;
constexpr std::size_t manifest_bytes_max = 16'000'000;

/// A sealed piece of a file. Its name in the folder is part_name().
struct ManifestPart {
    std::uint64_t plain_bytes = 0;
    std::uint64_t sealed_bytes = 0;
    signing::Digest sha256{};          ///< of the sealed file
    signing::Digest wrapping_sha256{}; ///< as signing::EnvelopeWriter::wrapping_sha256
};

struct ManifestFile {
    std::string name; ///< as Input::name
    std::uint64_t plain_bytes = 0;
    signing::Digest sha256{}; ///< of the plain file
    std::vector<ManifestPart> parts;
};

struct Manifest {
    Facts facts;
    std::int64_t sealed_at_utc_ns = 0;
    std::optional<LedgerProof> ledger{};                         ///< given when facts has a ledger_index
    signing::Digest instructions_sha256{};                       ///< of README.txt
    signing::Digest manifest_wrapping_sha256{};                  ///< of manifest.cms
    std::optional<signing::Digest> time_stamp_wrapping_sha256{}; ///< of manifest.tsr.cms; absent: not stamped
    std::vector<ManifestFile> files;
};

constexpr const char* manifest_file = "manifest.cms";
constexpr const char* time_stamp_file = "manifest.tsr.cms";
constexpr const char* instructions_file = "README.txt";

/// `file-0001`, from 1: what a file is called outside.
[[nodiscard]] std::string plain_name(std::size_t file);
/// `file-0001.part-00001.cms`, both from 1.
[[nodiscard]] std::string part_name(std::size_t file, std::size_t part);

/// Whether the facts can be written, and be read back.
/// Errors  invalid_input  which is wrong, and how
[[nodiscard]] Result<void> check_facts(const Facts& facts);
/// Whether a file can have that name inside a seal.
/// Errors  invalid_input  how it is wrong
[[nodiscard]] Result<void> check_name(std::string_view name);

/// JSON, a line for each member, so that its sums can be cut out with sed.
[[nodiscard]] std::string write_manifest(const Manifest& manifest);

/// Reads what write_manifest writes, and trusts none of it.
/// Errors  corrupt  another form, a bound is exceeded, or a name leads elsewhere: which, and how;  too_new  another
/// version
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

} // namespace ombud::seal
