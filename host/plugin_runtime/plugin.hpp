#pragma once
// One plugin file, checked, copied and loaded. Nothing here calls into an instance.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <ombud/audit.h>
#include <ombud/connector.h>
#include <ombud/frames.h>
#include <ombud/hook.h>
#include <ombud/module.h>
#include <ombud/observer.h>
#include <ombud/web.h>

#include "events/result.hpp"
#include "plugin_runtime/abi_note.hpp"
#include "plugin_runtime/cell.hpp"

namespace ombud {

/// A plugin file that passed every check that can be made without running it.
struct AdmittedPlugin {
    std::filesystem::path file; ///< where the administrator put it
    std::filesystem::path copy; ///< the checked bytes, in our private folder; this is what gets loaded
    std::string sha256;         ///< hex, of the checked bytes
    PluginAbi abi;
};

/// Checks owner, mode, ABI note, hash and entry symbol, and makes a private copy under a path that is never used twice.
///
/// The bytes that are checked are the bytes that are loaded: the file may change afterwards without effect.
/// @param file         regular file (no symlink) of root or of this process's user, not writable by group or others,
///                     in a folder of which the same holds
/// @param private_dir  folder of this process alone; gets <sha256>/<generation>.so
/// @param sha256       hex the manifest demands; empty: any
/// Errors  not_found; refused owner, mode or hash; too_new another major, or a newer minor is needed; invalid_input
///         no plugin; unavailable the copy cannot be written
/// Thread  control
Result<AdmittedPlugin> admit_plugin(const std::filesystem::path& file, const std::filesystem::path& private_dir,
                                    const std::string& sha256);

/// A plugin with its extension tables, each brought to this host's size (functions that the plugin does not know are null).
/// One that is loaded here stays mapped for the life of the process: unmapping is not dependable, so nothing depends on it.
/// One that runs elsewhere has the same tables, whose functions carry the calls there (host/contained).
class Plugin {
  public:
    virtual ~Plugin() = default;

    /// Maps the private copy (RTLD_NOW | RTLD_LOCAL) and reads its entry.
    ///
    /// @param id  what the manifest says it is
    /// Errors  invalid_input  unresolved symbols, another id than `id`, functions missing in the table
    static Result<std::shared_ptr<const Plugin>> load(const AdmittedPlugin& admitted, const std::string& id);

    const AdmittedPlugin& file() const { return file_; }
    const std::string& id() const { return id_; }
    const std::string& version() const { return version_; }
    const ombud_module& module() const { return module_; }
    const ombud_hook* hook() const { return hook_.judge != nullptr ? &hook_ : nullptr; }
    const ombud_observer* observer() const { return observer_.observe != nullptr ? &observer_ : nullptr; }
    const ombud_audit* audit() const { return audit_.run != nullptr ? &audit_ : nullptr; }
    const ombud_connector* connector() const { return connector_.open != nullptr ? &connector_ : nullptr; }
    const ombud_frames* frames() const { return frames_.look != nullptr ? &frames_ : nullptr; }
    const ombud_web* web() const { return web_.describe != nullptr ? &web_ : nullptr; }

    /// A place for one instance whose functions do not run in this process; null: they do.
    /// @param context  lent to the instance; outlives the cell
    virtual std::unique_ptr<Cell> make_cell([[maybe_unused]] ServiceContext& context, [[maybe_unused]] const ombud_config* config) const {
        return nullptr;
    }

  protected:
    AdmittedPlugin file_;
    std::string id_, version_;
    ombud_module module_{};
    ombud_hook hook_{};
    ombud_observer observer_{};
    ombud_audit audit_{};
    ombud_connector connector_{};
    ombud_frames frames_{};
    ombud_web web_{};
};

} // namespace ombud
