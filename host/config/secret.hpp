#pragma once
// Secrets come from files that nobody else can read.

#include <filesystem>
#include <string_view>

#include "config/option.hpp"
#include "events/result.hpp"

namespace ombud::config {

/// Reads a secret from a file of 1 byte to 64 KiB of UTF-8; one line feed at its end does not belong to it.
/// Errors  not_found; unavailable: not readable; refused: group or others may read or write it, or its owner is
///         neither this user nor root; invalid_input: no regular file, empty, too long, NUL, not UTF-8.
///         No message holds any of the content.
[[nodiscard]] Result<Secret> read_secret_file(const std::filesystem::path& file);

/// Reads a credential that systemd passed (LoadCredential=, SetCredential=): $CREDENTIALS_DIRECTORY/NAME.
/// The folder is systemd's to guard, which may do it by an ACL, so the file's mode says nothing.
/// Errors  not_found: no such credential, or not started with any; invalid_input: as above, or no plain name
[[nodiscard]] Result<Secret> read_credential(std::string_view name);

} // namespace ombud::config
