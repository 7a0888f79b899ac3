#pragma once
// Where a module's code runs, and loading it there.

#include <filesystem>
#include <memory>

#include "config/manifest.hpp"
#include "config/site.hpp"
#include "contained/process.hpp"
#include "plugin_runtime/plugin.hpp"
#include "plugin_runtime/provenance.hpp"

namespace ombud::daemon {

/// Where a plugin runs: as the site says; else in a process of its own when its manifest demands a sandbox, or when who signed it
/// may not run inline; else inline. Connectors run inline: they need a network, and feed what is believed anyway.
/// A library that took the host down too often runs in a process of its own, whatever the site says: a host that falls judges nothing.
/// @param settings  null: a connector
/// @param crashes   how often its library did
/// Errors  refused  the site says inline, and who signed it may not
Result<config::Runner> place_of(const config::Manifest& manifest, const config::ModuleSettings* settings, const Provenance& provenance, int crashes);
inline constexpr int crashes_borne = 1; ///< of a library that runs inside the host; with the next it does so no more

/// Loads an admitted plugin where it is to run.
///
/// @param watch  sees runners end; used for those of their own process
/// Errors  refused  its manifest demands a sandbox and it is to run inline, or the machine gives less than it demands
///         others as Plugin::load() and contained::ContainedPlugin::load()
Result<std::shared_ptr<const Plugin>> load_at(config::Runner place, const AdmittedPlugin& admitted, const config::Manifest& manifest,
                                              const std::shared_ptr<contained::ProcessWatch>& watch);

} // namespace ombud::daemon
