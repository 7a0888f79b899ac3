#pragma once
// A plugin that runs in processes of its own, with the tables of one that runs here.

#include <filesystem>

#include "contained/process.hpp"
#include "contained/runner.hpp"
#include "plugin_runtime/plugin.hpp"

namespace ombud::contained {

/// Not one byte of its code runs in the host.
class ContainedPlugin final : public Plugin {
  public:
    /// What its manifest says of it.
    struct Expected {
        std::string id;
        std::vector<std::string> demanded{}; ///< layers of the sandbox without which it must not run
        std::string control{};               ///< a requirement that it covers: a finding about what it could not judge names it
    };

    /// Loads it once in a runner to see what it is; each instance gets a runner of its own.
    ///
    /// Errors  refused        a demanded layer does not hold on this machine
    ///         invalid_input  unknown layer; unresolved symbols, another id, functions missing in its table; a connector
    ///         unavailable    no process can be started, or its code ended it while it was loaded
    static Result<std::shared_ptr<const Plugin>> load(const AdmittedPlugin& admitted, const Expected& expected,
                                                      std::shared_ptr<ProcessWatch> watch);

    std::unique_ptr<Cell> make_cell(ServiceContext& context, const ombud_config* config) const override;

  private:
    Library library_;
    std::shared_ptr<ProcessWatch> watch_;
};

} // namespace ombud::contained
