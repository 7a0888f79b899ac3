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
#include "daemon/crashes.hpp"
#include "daemon/place.hpp"
#include "plugin_runtime/plugin.hpp"
#include "trust/trust.hpp"

namespace ombud::daemon {

struct ModeRow {
    Mode mode = Mode::off;
    std::string reason;
    std::int64_t since_utc_ns = 0;
    std::uint64_t ledger_index = 0;
};

struct PluginStatus {
    std::string id, file, sha256, abi, version, kind, state, runner, problem;
    std::optional<Provenance> provenance; ///< of what is loaded
};

/// Reads a manifest's text; who may write it says what a plugin may do, so nobody else may (guarded_file.hpp).
config::Checked<std::string> read_guarded_manifest(const std::filesystem::path& file);

/// Thread  any, unless said otherwise.
class Modules {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        Names& names;
        const Clock& clock;
        const HostServices& services;
        trust::Trust& trust;
        std::filesystem::path plugins;     ///< folder of ID.so
        std::filesystem::path private_dir; ///< for the checked copies
        std::filesystem::path crash_notes; ///< file of the state folder (plugin_runtime/crash_notes.hpp)
    };
    explicit Modules(Parts parts) : parts_(std::move(parts)), crashes_(parts_.crash_notes) {}

    /// Prepares the tables, records which modules took the host down since, and has the next one noted.
    Result<void> prepare();
    /// A person has looked at a module that took the host down: from the next start of it on, it runs where the site says.
    Result<void> forgive(ledger::Ledger::Transaction& transaction, const std::string& module);

    struct Loaded {
        std::shared_ptr<const Plugin> plugin;
        Provenance provenance; ///< as of now: whom it is signed by, how far that is trusted, where it may run
        config::Runner place = config::Runner::in_process;
    };
    /// The plugin of a manifest, if it may run now: judged each time, loaded once for each place. Errors are kept for status().
    Result<Loaded> plugin(const config::Manifest& manifest, const config::ModuleSettings& settings);
    Result<Loaded> plugin(const config::Manifest& manifest, const config::Attachment& attachment);
    /// A release that is not the one in use.
    struct Release {
        Loaded loaded;
        trust::SignatureBytes signature;
    };
    /// Reads the library of a module's manifest from its folder again, and judges and loads it as at a start.
    /// Errors  as plugin(); what is in use stays so
    Result<Release> load_anew(const config::Manifest& manifest, const config::ModuleSettings& settings);
    /// Makes a release the one that plugin() gives, until the host ends.
    /// @return what was; nullopt: it was not loaded
    std::optional<Release> use(const std::string& module, std::optional<Release> release);

    /// Writes `module.loaded`: which binary runs from here on, under which manifest and configuration, who answers for it,
    /// and where it runs. It holds for every later entry about that module until the next one: a process that is started
    /// again holds no fewer layers than the first (contained::ContainedPlugin). [ledger's writer]
    ///
    /// @param place       where it runs, and how confined
    /// @param attachment  whom a connector speaks for; empty: a module
    /// @param config      hex SHA-256 of the site's canonical text
    Result<void> record_loaded(ledger::Ledger::Transaction& transaction, const config::Manifest& manifest, const CellStatus& place,
                               std::string_view attachment, const std::string& config) const;
    /// The same for every member that runs.
    Result<void> record_members(ledger::Ledger::Transaction& transaction, const std::vector<Member>& members,
                                const config::Manifests& manifests, const std::string& config) const;
    /// Opens a finding for each loaded plugin that is withdrawn or took the host down, and closes those of which that is not so any more.
    Result<void> judge_running(const config::Manifests& manifests) const;
    std::vector<PluginStatus> plugin_status(const config::Manifests& manifests) const;

    /// The stored mode of a module. A site's mode holds until somebody switches it, and again when the site changes it.
    Result<ModeRow> mode_of(const config::ModuleSettings& settings) const;
    /// Stores a mode with the entry that records it.
    Result<ModeRow> store_mode(ledger::Ledger::Transaction& transaction, const std::string& module, Mode was, Mode mode,
                               const std::string& reason, const std::string& who, std::string_view configured);

    /// Makes the instance of a module that is on.
    Result<Member> make_member(const config::Site& site, const config::ModuleSettings& settings,
                               const config::Manifest& manifest, Mode mode);
    /// The same of a plugin that is loaded.
    /// @param start_ns  Instance::Options::start_ns
    Result<Member> make_member(const config::Site& site, const config::ModuleSettings& settings, const config::Manifest& manifest, Mode mode,
                               const std::shared_ptr<const Plugin>& plugin, std::int64_t start_ns);
    /// An instance of its own, for an audit.
    Result<std::shared_ptr<Instance>> make_instance(const config::Site& site, const config::ModuleSettings& settings,
                                                    const config::Manifest& manifest);

  private:
    struct Known {
        std::optional<Loaded> loaded;
        trust::SignatureBytes signature; ///< of what is loaded: files that were replaced since are for the next start
        std::string problem; ///< why it may not run, or run again
    };
    Result<std::shared_ptr<Instance>> make_instance(const config::Site& site, const config::ModuleSettings& settings,
                                                    const config::Manifest& manifest, std::shared_ptr<const Plugin> plugin,
                                                    std::int64_t start_ns) const;
    Result<Loaded> load(const config::Manifest& manifest, const config::ModuleSettings* settings, const trust::Exceptions& exceptions,
                        const Known& known);
    Result<Loaded> plugin(const config::Manifest& manifest, const config::ModuleSettings* settings, const trust::Exceptions& exceptions);
    Parts parts_;
    Crashes crashes_;
    mutable std::mutex mutex_;
    std::shared_ptr<contained::ProcessWatch> watch_; // once a module needs it
    std::map<std::string, Known> known_;
};

Mode to_mode(config::Mode mode);

/// The cameras that a site gives a module; null: all, and whatever is no camera of the site.
std::shared_ptr<const GivenCameras> given_cameras(const config::Site& site, const config::ModuleSettings& settings, Names& names);

} // namespace ombud::daemon
