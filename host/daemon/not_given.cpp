#include "daemon/not_given.hpp"

#include <algorithm>
#include <map>

#include <ombud/hook.h>

namespace ombud::daemon {
namespace {

bool is_given(const config::ModuleSettings& settings, const std::string& camera) {
    return settings.cameras.empty() || std::ranges::binary_search(settings.cameras, camera);
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& one : texts)
        all += (all.empty() ? "" : ", ") + one;
    return all;
}

} // namespace

std::vector<std::string> cameras_kept_from(const config::Site& site, const config::ModuleSettings& settings, std::string_view attachment) {
    std::vector<std::string> kept;
    for (const config::Camera& camera : site.cameras)
        if ((attachment.empty() || camera.attachment == attachment) && !is_given(settings, camera.id))
            kept.push_back(camera.id);
    return kept;
}

std::optional<std::vector<std::string>> cameras_given_to_none(const config::Site& site, const std::vector<std::string>& modules) {
    std::vector<std::string> none;
    for (const std::string& id : modules)
        if (const auto* settings = site.module(id); settings != nullptr && settings->cameras.empty())
            return std::nullopt;
    for (const config::Camera& camera : site.cameras)
        if (std::ranges::none_of(modules, [&](const std::string& id) {
                const auto* settings = site.module(id);
                return settings != nullptr && is_given(*settings, camera.id);
            }))
            none.push_back(camera.id);
    return none;
}

bool names_cameras(std::uint32_t hook) { return hook != OMBUD_HOOK_MAIL_SEND && hook != OMBUD_HOOK_PUSH_SEND; }

bool looks_at_cameras(const config::Manifest& manifest) {
    return !manifest.events.empty() || !manifest.audit_interval_option.empty() ||
           std::ranges::any_of(manifest.hooks, [](const config::HookSpec& hook) { return names_cameras(hook.id); });
}

std::string camera_list(const std::vector<std::string>& ids) {
    constexpr std::size_t shown_max = 20;
    if (ids.size() <= shown_max)
        return joined(ids);
    return joined({ids.begin(), ids.begin() + shown_max}) + " and " + std::to_string(ids.size() - shown_max) + " more";
}

std::vector<std::string> unwatched(const config::Site& site, const config::Manifests& manifests, const std::vector<Member>& members) {
    std::map<std::string, std::vector<std::string>> watchers; // of each control
    for (const Member& member : members) {
        const auto manifest = manifests.find(member.id);
        if (member.mode != Mode::off && manifest != manifests.end() && looks_at_cameras(manifest->second))
            for (const std::string& control : manifest->second.controls)
                watchers[control].push_back(member.id);
    }
    std::map<std::vector<std::string>, std::vector<std::string>> controls_of; // by the modules that watch them
    for (const auto& [control, modules] : watchers)
        controls_of[modules].push_back(control);
    std::vector<std::string> all;
    for (const auto& [modules, controls] : controls_of) {
        const auto cameras = cameras_given_to_none(site, modules);
        if (!cameras)
            continue;
        all.push_back("not given to " + joined(modules) + ": " + (cameras->empty() ? "" : "cameras " + camera_list(*cameras) + ", and ") +
                      "devices that are no camera of the site; nobody watches " + joined(controls) + " there");
    }
    return all;
}

} // namespace ombud::daemon
