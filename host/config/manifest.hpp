#pragma once
// Manifests: what a plugin is, needs, may do and can be told.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/option.hpp"
#include "config/problem.hpp"
#include "config/registers.hpp"

namespace ombud::config {

enum class PluginKind { module, connector };
enum class Isolation { process, in_process };
/// What a missing answer to a hook counts as.
enum class FailMode { closed, open };

struct HookSpec {
    std::string name;             ///< e.g. "recording.delete"
    std::uint32_t id = 0;         ///< OMBUD_HOOK_* of ombud/hook.h
    std::int64_t deadline_ms = 0; ///< 1 to 60,000
    FailMode fail = FailMode::closed;
};

/// Leave to use files, beyond the plugin's own.
struct FilePermission {
    bool may_write = false;
    std::string option; ///< the path option that names the folder or file; empty: whatever the host's account may reach
};

/// One plugin's manifest, checked.
struct Manifest {
    std::string id; ///< [a-z][a-z0-9_]*; the library is ID.so
    PluginKind kind = PluginKind::module;
    std::string title;
    std::string company;                        ///< whoever answers for the plugin; never a person (TRF-4)
    std::string version;                        ///< semantic version
    std::uint32_t abi_major = 0, abi_minor = 0; ///< what the plugin was built for; the loader compares
    Isolation isolation = Isolation::process;
    std::string summary;
    std::string library_sha256; ///< 64 lower-case hex digits; empty: not pinned
    std::vector<HookSpec> hooks;
    std::vector<std::string> events;     ///< event types it observes
    std::int64_t events_deadline_ms = 0; ///< for one event; 0 when it observes none
    std::string audit_interval_option;   ///< name of a duration option; empty: it audits nothing
    bool may_use_network = false;
    std::vector<FilePermission> files;
    std::vector<std::string> actions; ///< kinds that it may ask for (module) or carry out (connector)
    std::vector<std::string> sandbox_demand; ///< layers without which it must not run, see module.xsd; empty: any
    std::vector<OptionSpec> options;
    std::vector<Register> registers; ///< that people keep for it; a connector has none
    std::vector<std::string> controls; ///< ids of the catalogue
    std::string file;     ///< as the caller named it
    std::string document; ///< the very bytes that all of this was read from: what a signature is verified over

    [[nodiscard]] const OptionSpec* option(std::string_view name) const; ///< nullptr: it has none of that name
    [[nodiscard]] const Register* find_register(std::string_view name) const; ///< nullptr: it has none of that name
    [[nodiscard]] bool has_action(std::string_view action) const;
};

/// Manifests by id.
using Manifests = std::map<std::string, Manifest, std::less<>>;

/// Reads a manifest from text.
///
/// @param text  the XML document: UTF-8, at most 4 MiB, no DOCTYPE
/// @param name  the file's name for messages
/// Errors       invalid_input  every problem with its line; nothing is left half read
/// Thread       any
/// Source       manifests/schema/module.xsd, version 1
[[nodiscard]] Checked<Manifest> parse_manifest(std::string_view text, const std::string& name);

/// Reads one manifest file; see parse_manifest().
/// Errors  not_found: no such file; unavailable: not readable; invalid_input
[[nodiscard]] Checked<Manifest> read_manifest(const std::filesystem::path& file);

/// How the bytes of one file are had.
using ReadFile = std::function<Checked<std::string>(const std::filesystem::path&)>;

/// Reads every *.xml of a folder but controls.xml, in the order of their names; files below it are not looked at.
/// @param read  reads each of them, once; empty: as read_manifest() does
/// Errors  as read_manifest(), all files' problems together; invalid_input also when two have the same id
[[nodiscard]] Checked<Manifests> read_manifests(const std::filesystem::path& folder, const ReadFile& read = {});

} // namespace ombud::config
