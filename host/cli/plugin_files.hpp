#pragma once
// What the commands about plugins share: where trusted keys lie, the key that signs, and telling the daemon.

#include "cli/command.hpp"
#include "signing/key.hpp"
#include "trust/signer.hpp"

#include <string>
#include <vector>

namespace ombud::cli {

/// The folders of trusted keys, the weightiest last: what came with the installation, then --trust.
std::vector<std::filesystem::path> trust_folders(const Context& context);
Option trust_option();
/// The private key of --key, opened by --passphrase-file where it is under a passphrase.
Result<signing::SigningKey> signing_key_of(const Context& context);
std::vector<Option> signing_key_options();

/// Who a document's signature is of: the key of --key-file when it is given, else a trusted one.
Result<trust::Signers> signers_of(const Context& context);
Option public_key_option();

/// Has the daemon take up what changed in --trust, and shows what it recorded. Without a daemon a remark says that it
/// will when it starts.
/// @param changed  what was done, for people and as `done` in JSON
Exit tell_daemon(Context& context, const std::string& changed);

/// The lines of an error as a refusal: the file is wrong (exit 1), not the command.
Exit wrong(const Context& context, const Error& error);

Commands plugin_signing_commands(); ///< keygen, sign, verify
Commands plugin_trust_commands();   ///< trust list, add, remove
Commands plugin_index_commands();   ///< index make, verify, apply

} // namespace ombud::cli
