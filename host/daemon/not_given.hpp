#pragma once
// What a site keeps from its modules (cameras="…" of a <module>), as people are told.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/module_set.hpp"
#include "config/manifest.hpp"
#include "config/site.hpp"

namespace ombud::daemon {

/// Ids of the cameras of an attachment (empty: of all) that the module is not given, in the site's order.
std::vector<std::string> cameras_kept_from(const config::Site& site, const config::ModuleSettings& settings, std::string_view attachment = {});

/// Ids of the cameras that none of these modules is given; nullopt: one of them is given everything.
std::optional<std::vector<std::string>> cameras_given_to_none(const config::Site& site, const std::vector<std::string>& modules);

/// Whether a question of that hook can name cameras: mails and pushes name none.
bool names_cameras(std::uint32_t hook);
/// Whether it matters to a module which cameras it is given.
bool looks_at_cameras(const config::Manifest& manifest);

/// "yard, garage"; behind the twentieth: how many more.
std::string camera_list(const std::vector<std::string>& ids);

/// A sentence for each set of controls that no module which is on watches at some cameras or devices, since none is given them.
std::vector<std::string> unwatched(const config::Site& site, const config::Manifests& manifests, const std::vector<Member>& members);

} // namespace ombud::daemon
