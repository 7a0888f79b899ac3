#pragma once
// Which plugins are loaded, which modules are asked, and in which mode.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bus/dispatcher.hpp"
#include "config/manifest.hpp"
#include "config/site.hpp"
#include "daemon/place.hpp"
#include "plugin_runtime/plugin.hpp"

namespace ombud::daemon {

struct ModeRow {
    Mode mode = Mode::off;
    std::string reason;
    std::int64_t since_utc_ns = 0;
    std::uint64_t ledger_index = 0;
};

struct PluginStatus {
    std::string id, file, sha256, abi, version, kind, state, runner, problem;
};

/// Thread  any, unless said otherwise.
class Modules {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        Names& names;
        const Clock& clock;
        const HostServices& services;
        std::filesystem::path plugins;     ///< folder of ID.so
        std::filesystem::path private_dir; ///< for the checked copies
    };
    explicit Modules(Parts parts) : parts_(parts) {}

    /// Prepares the table of modes.
    Result<void> prepare();

    /// The plugin of a manifest, loaded once for each place. Errors are kept for status().
    /// @param settings  of a module; null: a connector
    Result<std::shared_ptr<const Plugin>> plugin(const config::Manifest& manifest, const config::ModuleSettings* settings = nullptr);
    std::vector<PluginStatus> plugin_status(const config::Manifests& manifests) const;

    /// The stored mode of a module. A site's mode holds until somebody switches it, and again when the site changes it.
    Result<ModeRow> mode_of(const config::ModuleSettings& settings) const;
    /// Stores a mode with the entry that records it.
    /// @param member  the module as it is from now on: the entry says what runs where; null: off, or not known
    Result<ModeRow> store_mode(ledger::Ledger::Transaction& transaction, const std::string& module, Mode was, Mode mode,
                               const std::string& reason, const std::string& who, std::string_view configured,
                               const Member* member = nullptr);

    /// Makes the instance of a module that is on.
    Result<Member> make_member(const config::Site& site, const config::ModuleSettings& settings,
                               const config::Manifest& manifest, Mode mode);
    /// An instance of its own, for an audit.
    Result<std::shared_ptr<Instance>> make_instance(const config::Site& site, const config::ModuleSettings& settings,
                                                    const config::Manifest& manifest);

  private:
    struct Loaded {
        config::Runner place;
        Result<std::shared_ptr<const Plugin>> plugin;
    };
    Parts parts_;
    mutable std::mutex mutex_;
    std::shared_ptr<contained::ProcessWatch> watch_; // once a module needs it
    std::map<std::string, Loaded> loaded_; // by id: the last
};

/// What runs where, into an entry: every verdict behind it came from that library in that place, until a later entry says
/// otherwise. A process that is started again holds no fewer layers than the first (contained::ContainedPlugin).
void describe_place(ledger::Entry& entry, const Member& member);

Mode to_mode(config::Mode mode);

} // namespace ombud::daemon
