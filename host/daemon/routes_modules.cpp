// Modules, their modes, and the plugins they come from.
#include "daemon/route_nouns.hpp"

#include "findings/findings.hpp"

namespace ombud::daemon {
namespace {

json::object shadow_json(const Host::ShadowStatus& shadow) {
    return {{"version", shadow.version}, {"sha256", shadow.library}, {"since_utc_ns", shadow.since_utc_ns}, {"asked", shadow.counts.asked},
            {"same", shadow.counts.same}, {"different", shadow.counts.different}, {"missed", shadow.counts.missed}};
}

} // namespace

Answered modules_json(Host& host) {
    json::array list;
    const auto site = host.site();
    const auto manifests = host.manifests();
    const auto plugins = host.modules->plugin_status(*manifests);
    const auto shadows = host.shadows();
    const ModuleSet members = host.dispatcher->modules();
    auto db = host.ledger->open_for_reading();
    if (!db)
        return fail(db.error());
    for (const config::ModuleSettings& settings : site->modules) {
        const auto& manifest = manifests->find(settings.id)->second;
        const auto mode = host.modules->mode_of(settings);
        if (!mode)
            return fail(mode.error());
        const auto counts = findings::count(*db, settings.id);
        if (!counts)
            return fail(counts.error());
        std::string state = "off";
        CellStatus place;
        for (const PluginStatus& plugin : plugins) // where it ran, or would not
            if (plugin.id == settings.id && !plugin.runner.empty())
                place.runner = plugin.runner;
        std::uint64_t late = 0;
        std::size_t depth = 0;
        for (const Member& member : *members)
            if (member.id == settings.id && member.instance) {
                place = member.instance->place();
                state = member.instance->is_stuck() ? "stuck" : place.state;
                late = member.instance->late_answers();
                depth = member.instance->queue_depth();
            }
        const auto shadow = shadows.find(settings.id);
        const Provenance* provenance = nullptr;
        for (const PluginStatus& plugin : plugins)
            if (plugin.id == settings.id && plugin.provenance)
                provenance = &*plugin.provenance;
        json::array hooks;
        for (const config::HookSpec& hook : manifest.hooks)
            hooks.emplace_back(hook.name);
        list.push_back({{"id", settings.id}, {"title", manifest.title}, {"version", manifest.version},
                        {"mode", to_string(mode->mode)}, {"reason", mode->reason}, {"since_utc_ns", mode->since_utc_ns},
                        {"state", state}, {"queue", depth}, {"late_answers", late}, {"findings_open", counts->open},
                        {"runner", place.runner}, {"sandbox", place.sandbox}, {"pid", place.pid}, {"deaths", place.deaths},
                        {"last_death", place.last_death},
                        {"signer", provenance != nullptr ? provenance->signer : ""},
                        {"level", provenance != nullptr ? to_string(provenance->level) : ""},
                        {"unsigned_reason", provenance != nullptr ? provenance->reason : ""},
                        {"hooks", std::move(hooks)}, {"controls", texts(manifest.controls)},
                        {"cameras", settings.cameras.empty() ? json::value() : json::value(texts(settings.cameras))},
                        {"shadow", shadow == shadows.end() ? json::value() : shadow_json(shadow->second)}});
    }
    return list;
}

void add_module_routes(api::Router& router, Host& host) {
    router.add({Method::get, "/v1/modules", [&host](const Request&) { return modules_json(host); }, {}, {}});
    router.add({Method::put, "/v1/modules/{id}/mode",
                [&host](const Request& request) -> Answered {
                    const auto text = request.body_text("mode", {"off", "monitor", "enforce"});
                    const auto reason = request.body_text("reason");
                    if (!text || !reason)
                        return fail(!text ? text.error() : reason.error());
                    const auto mode = parse_mode(*text);
                    const std::string id(request.parameter("id"));
                    const auto done = mode ? host.switch_mode(id, *mode, *reason, request.peer.name)
                                           : Result<Host::Switched>(fail(mode.error()));
                    if (!done)
                        return fail(done.error());
                    return json::object{{"id", id}, {"mode", to_string(done->mode)}, {"was", to_string(done->was)},
                                        {"ledger_index", done->ledger_index}};
                },
                {}, {"mode", "reason"}});
    router.add({Method::post, "/v1/modules/{id}/reload",
                [&host](const Request& request) -> Answered {
                    const auto reason = request.body_text("reason");
                    if (!reason)
                        return fail(reason.error());
                    const std::string id(request.parameter("id"));
                    const auto done = host.reload_module(id, *reason, request.peer.name);
                    if (!done)
                        return fail(done.error());
                    return json::object{{"id", id}, {"was", done->was}, {"version", done->version}, {"sha256", done->library},
                                        {"paused_ns", done->paused_ns}, {"ledger_index", done->ledger_index}};
                },
                {}, {"reason"}});
    router.add({Method::post, "/v1/modules/{id}/shadow",
                [&host](const Request& request) -> Answered {
                    const auto act = request.body_text("act", {"begin", "end"});
                    const auto reason = request.body_text("reason");
                    if (!act || !reason)
                        return fail(!act ? act.error() : reason.error());
                    const std::string id(request.parameter("id"));
                    const auto shadow = *act == "begin" ? host.begin_shadow(id, *reason, request.peer.name)
                                                        : host.end_shadow(id, *reason, request.peer.name);
                    if (!shadow)
                        return fail(shadow.error());
                    return shadow_json(*shadow);
                },
                {}, {"act", "reason"}});
    router.add({Method::get, "/v1/plugins", [&host](const Request&) -> Answered {
                    json::array list;
                    for (const PluginStatus& one : host.modules->plugin_status(*host.manifests())) {
                        const Provenance provenance = one.provenance.value_or(Provenance{});
                        list.push_back({{"id", one.id}, {"file", one.file}, {"sha256", one.sha256}, {"abi", one.abi},
                                        {"version", one.version}, {"kind", one.kind}, {"state", one.state}, {"runner", one.runner},
                                        {"signer", provenance.signer}, {"level", one.provenance ? to_string(provenance.level) : ""},
                                        {"key", provenance.signer_key}, {"manifest_sha256", provenance.manifest_sha256},
                                        {"unsigned_reason", provenance.reason}, {"problem", one.problem}});
                    }
                    return list;
                }, {}, {}});
}

} // namespace ombud::daemon
