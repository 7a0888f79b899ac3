#pragma once
// Modules for commands that run them here, without the daemon.

#include <map>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "config/manifest.hpp"
#include "daemon/place.hpp"
#include "plugin_runtime/plugin.hpp"

namespace ombud::cli {

Option plugins_option();
Option manifests_option();
Option sandboxed_option();

/// The manifests of --manifests; of several folders the first that has one.
Result<config::Manifests> manifests_of(const Context& context);

/// Modules of --plugins, each loaded once, as it lies there: who runs the command answers for it. With --sandboxed, and where a manifest
/// demands it, in processes of their own.
class ModuleLibrary {
  public:
    explicit ModuleLibrary(const Context& context);
    /// Errors  not_found  no such file; others as daemon::load_at()
    Result<std::shared_ptr<const Plugin>> load(const config::Manifest& manifest);

  private:
    std::filesystem::path plugins_;
    bool is_sandboxed_;
    std::shared_ptr<contained::ProcessWatch> watch_;
    std::map<std::string, std::shared_ptr<const Plugin>> loaded_;
};

} // namespace ombud::cli
