#pragma once
// `ombud ledger show ENTRY --why`: which exact binaries decided, under which configuration.

#include "cli/command.hpp"
#include "ledger/reader.hpp"

namespace ombud::cli {

/// Of a judgement, a finding, or whatever else names a module: the newest `module.loaded` entry of each before it, and the
/// entry that brought the configuration. The exit code is 1 when the entry names no module.
Exit show_why(const Context& context, ledger::Reader& reader, std::uint64_t index);

} // namespace ombud::cli
