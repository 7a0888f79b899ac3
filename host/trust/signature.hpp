#pragma once
// Detached signatures: 64 bytes of Ed25519 (RFC 8032) over a file's exact bytes, in FILE.sig.
//
// The form of OpenSSL, so that nobody needs Ombud to make or check one, and a key may lie on a token:
//     openssl pkeyutl -sign -rawin -inkey KEY -in FILE -out FILE.sig
//     openssl pkeyutl -verify -rawin -pubin -inkey PUBLIC -in FILE -sigfile FILE.sig

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"
#include "signing/key.hpp"

namespace ombud::trust {

/// FILE.sig.
std::filesystem::path signature_file(const std::filesystem::path& file);

/// What came of reading a signature.
using SignatureBytes = Result<std::vector<std::uint8_t>>;

/// Reads the signature of a file, by the rules of guarded_file.hpp.
/// Errors  not_found  there is none;  refused;  invalid_input  not 64 bytes;  unavailable
SignatureBytes read_signature(const std::filesystem::path& file);

/// Replaces a file, or makes it: whole or not at all, durable on return, readable by all, writable by its owner.
/// Errors  unavailable
Result<void> write_whole(const std::filesystem::path& file, std::string_view bytes);

/// Writes a document and then its signature.
/// Errors  unavailable
Result<void> write_signed(const std::filesystem::path& file, std::string_view document, const signing::SigningKey& key);

} // namespace ombud::trust
