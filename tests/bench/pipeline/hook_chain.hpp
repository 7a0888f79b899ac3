#pragma once

#include <filesystem>

namespace ombud::bench {

/// Prints what asking five modules costs without journal and ledger, against five calls through function pointers.
/// @param folder  gets the private copy of the plugin
void print_hook_chain(const std::filesystem::path& folder);

} // namespace ombud::bench
