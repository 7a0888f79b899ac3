#pragma once
// A site's words about masks and pixelation, as what makes the copies understands them.

#include <memory>
#include <vector>

#include "config/manifest.hpp"
#include "config/site.hpp"
#include "media/masks/pixelated_copy.hpp"
#include "plugin_runtime/instance.hpp"

namespace ombud::daemon {

enum class WhichMasks : std::uint8_t { all, required_for_export };

/// The polygons of a camera; empty when it has none.
[[nodiscard]] std::vector<media::MaskPolygon> polygons_of(const config::Camera& camera, WhichMasks which);

/// The module that finds what moves; a site that has copies made for data subjects lists it.
constexpr const char* pixelate_module = "pixelate";

/// Loads that module for one recording, beside a daemon or without one, if it is signed by somebody trusted.
/// @param trust        folders of trusted keys, the weightiest last
/// @param is_dev       unsigned plugins and developers' keys are accepted
/// @param private_dir  for the checked copy; may go once the module is loaded
/// Errors  not_found    the site does not list it, or it is off there, or it has no manifest
///         refused      the site gives it some cameras only
///         others as trust::judge_manifest(), admit_plugin(), Plugin::load() and Instance::create()
[[nodiscard]] Result<std::shared_ptr<Instance>> make_pixelate_instance(const config::Site& site, const config::Manifests& manifests,
                                                                       const std::filesystem::path& plugins,
                                                                       const std::filesystem::path& private_dir,
                                                                       const std::vector<std::filesystem::path>& trust, bool is_dev,
                                                                       const HostServices& services);

/// The same of a module that is loaded already.
[[nodiscard]] Result<std::shared_ptr<Instance>> make_pixelate_instance(const config::Site& site, std::shared_ptr<const Plugin> plugin,
                                                                       const HostServices& services);

/// Makes the copy, with `instance` as what watches. One instance sees one recording.
/// @param options  `watch` is set here
/// Errors  as media::pixelate() and FrameLooker
[[nodiscard]] Result<media::PixelatedCopy> pixelate_with(std::shared_ptr<Instance> instance, const std::filesystem::path& input,
                                                         const std::filesystem::path& output, media::PixelateOptions options);

} // namespace ombud::daemon
