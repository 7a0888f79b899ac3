#include "daemon/place.hpp"

#include "contained/plugin.hpp"

namespace ombud::daemon {

Result<config::Runner> place_of(const config::Manifest& manifest, const config::ModuleSettings* settings, const Provenance& provenance, int crashes) {
    if (manifest.kind == config::PluginKind::connector || settings == nullptr)
        return config::Runner::in_process;
    if (settings->runner == config::Runner::in_process && !provenance.may_run_inline)
        return fail(ErrorCode::refused, manifest.id + ": its level is " + std::string(to_string(provenance.level)) +
                                            ", which may run sandboxed only; remove runner=\"inline\" from the site");
    if (crashes > crashes_borne)
        return config::Runner::sandboxed;
    if (settings->runner)
        return *settings->runner;
    return manifest.sandbox_demand.empty() && provenance.may_run_inline ? config::Runner::in_process : config::Runner::sandboxed;
}

Result<std::shared_ptr<const Plugin>> load_at(config::Runner place, const AdmittedPlugin& admitted, const config::Manifest& manifest,
                                              const std::shared_ptr<contained::ProcessWatch>& watch) {
    if (place == config::Runner::in_process && !manifest.sandbox_demand.empty())
        return fail(ErrorCode::refused, manifest.id + ": its manifest demands a sandbox, which inline gives none; remove runner=\"inline\" from the site");
    if (place == config::Runner::in_process)
        return Plugin::load(admitted, manifest.id);
    return contained::ContainedPlugin::load(
        admitted, {manifest.id, manifest.sandbox_demand, manifest.controls.empty() ? std::string() : manifest.controls.front()}, watch);
}

} // namespace ombud::daemon
