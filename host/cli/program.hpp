#pragma once
// The command line as a whole.

#include "cli/terminal.hpp"
#include "events/clock.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ombud::cli {

/// What a run of the program depends on besides its arguments.
struct Surroundings {
    const Clock& clock;
    std::function<const char*(const char*)> environment; ///< as getenv
};

/// Parses the arguments (without the program's name) and runs the command they name.
/// Never throws; whatever goes wrong is on `terminal.err` and in the exit code.
/// Thread  the main thread, one run at a time: commands that can be cancelled take over SIGINT and SIGTERM meanwhile
Exit run(const std::vector<std::string>& arguments, Terminal& terminal, const Surroundings& surroundings);

} // namespace ombud::cli
