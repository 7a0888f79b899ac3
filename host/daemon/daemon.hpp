#pragma once
// The daemon: everything wired together, from start to stop.

#include <filesystem>
#include <string>
#include <vector>

#include "events/result.hpp"

namespace ombud::daemon {

struct Options {
    std::filesystem::path site;      ///< site.xml; what `config apply` accepts is written back to it
    std::filesystem::path state;     ///< folder of ledger, inventory and keys; made with mode 0700
    std::filesystem::path socket;    ///< empty: STATE/ombud.sock
    std::string group;               ///< members may read over the socket; empty: the process's own group
    std::filesystem::path plugins;   ///< folder of ID.so
    std::filesystem::path manifests; ///< folder of ID.xml
    std::vector<std::filesystem::path> trust{}; ///< folders of trusted keys, the weightiest last
    bool is_dev = false;             ///< unsigned plugins and developers' keys are accepted
    bool verbose = false;            ///< log at debug level
};

/// Runs until SIGTERM or SIGINT, or until nothing can be recorded any more.
/// @return 0 stopped as asked; 3 stopped because of an error that is in the log
/// Errors  what kept it from starting
/// Thread  main
Result<int> run_daemon(const Options& options);

} // namespace ombud::daemon
