#pragma once
// Files that the commands about seals read.

#include "cli/secret_option.hpp"
#include "seal/seal.hpp"

#include <optional>
#include <string>

namespace ombud::cli {

/// Errors  not_found  it cannot be read, or is larger than 64 KiB
Result<std::string> read_small_file(const std::string& file);

/// Has the seal stamped as --timestamp-url and --timestamp-ca say; nothing when they are not given.
/// Errors  invalid_input  --timestamp-ca alone, or no URL that can be asked;  those of the certificate's file
Result<void> ask_for_time_stamp(const Context& context, seal::SealRequest& request);

/// The site's sealing keys in the folder of the state, by sealing_key_options().
/// Errors  not_found  there are none, and no --site is given after which to name the first;  as seal::SealingKeys::open
Result<seal::SealingKeys> open_sealing_keys(const Context& context);
/// The site's id, which its certificate is named after.
std::string site_of(const signing::Certificate& certificate);
/// Where the private key is, and what opens it.
std::vector<Option> sealing_key_options();

/// `seal keys`, `seal rotate-key`, `seal certificate`.
Commands sealing_key_commands();

} // namespace ombud::cli
