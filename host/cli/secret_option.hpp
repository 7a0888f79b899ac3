#pragma once
// A secret on the command line is the name of a file, since arguments are everybody's to read.

#include "cli/command.hpp"

#include <optional>
#include <string>

namespace ombud::cli {

/// The content of the file that an option names; none when it is not given. Only its owner may read the file.
Result<std::optional<std::string>> secret_of(const Context& context, const std::string& option);

} // namespace ombud::cli
