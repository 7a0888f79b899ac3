#include "daemon/masking.hpp"

#include <algorithm>

#include "config/module_document.hpp"
#include "daemon/place.hpp"
#include "plugin_runtime/frames.hpp"
#include "trust/trust.hpp"

namespace ombud::daemon {

std::vector<media::MaskPolygon> polygons_of(const config::Camera& camera, WhichMasks which) {
    constexpr double whole = 1'000'000;
    std::vector<media::MaskPolygon> polygons;
    for (const config::Mask& mask : camera.masks) {
        if (which == WhichMasks::required_for_export && !mask.is_required_for_export)
            continue;
        media::MaskPolygon polygon{mask.id, {}};
        for (const config::MaskPoint& point : mask.points)
            polygon.points.push_back({point.x / whole, point.y / whole});
        polygons.push_back(std::move(polygon));
    }
    return polygons;
}

namespace {

Result<const config::ModuleSettings*> settings_of(const config::Site& site) {
    const config::ModuleSettings* const settings = site.module(pixelate_module);
    if (settings == nullptr || settings->mode == config::Mode::off)
        return fail(ErrorCode::not_found, std::string("the site has no module that finds what moves; add <module id=\"") +
                                              pixelate_module + "\" mode=\"enforce\"/> to its <modules>");
    if (!settings->cameras.empty())
        return fail(ErrorCode::refused, std::string(pixelate_module) + " is given some cameras only, and a file does not tell which it is of; "
                                                                       "leave cameras=\"…\" out of its <module>");
    return settings;
}

} // namespace

Result<std::shared_ptr<Instance>> make_pixelate_instance(const config::Site& site, std::shared_ptr<const Plugin> plugin,
                                                          const HostServices& services) {
    const auto settings = settings_of(site);
    if (!settings)
        return fail(settings.error());
    Instance::Options options;
    options.name = pixelate_module;
    options.plugin = std::move(plugin);
    options.document = config::module_document(site, **settings);
    return Instance::create(std::move(options), services);
}

Result<std::shared_ptr<Instance>> make_pixelate_instance(const config::Site& site, const config::Manifests& manifests,
                                                         const std::filesystem::path& plugins,
                                                         const std::filesystem::path& private_dir,
                                                         const std::vector<std::filesystem::path>& trust, bool is_dev,
                                                         const HostServices& services) {
    const auto settings = settings_of(site); // before a folder is written to
    if (!settings)
        return fail(settings.error());
    const auto manifest = manifests.find(pixelate_module);
    if (manifest == manifests.end())
        return fail(ErrorCode::not_found, std::string("there is no manifest of ") + pixelate_module);
    const auto signers = trust::Signers::read(trust);
    if (!signers)
        return fail(signers.error());
    const auto provenance = trust::judge_manifest(manifest->second, trust::read_signature(manifest->second.file), *signers,
                                                  (*settings)->unsigned_reason, is_dev, services.clock->utc_ns());
    if (!provenance)
        return fail(provenance.error());
    const auto place = place_of(manifest->second, *settings, *provenance, 0);
    if (!place)
        return fail(place.error());
    const auto admitted = admit_plugin(plugins / (std::string(pixelate_module) + ".so"), private_dir, manifest->second.library_sha256);
    if (!admitted)
        return fail(admitted.error());
    auto watch = contained::ProcessWatch::open(contained::runner_program());
    if (!watch)
        return fail(watch.error());
    auto plugin = load_at(*place, *admitted, manifest->second, *watch);
    if (!plugin)
        return fail(plugin.error());
    return make_pixelate_instance(site, std::move(*plugin), services);
}

Result<media::PixelatedCopy> pixelate_with(std::shared_ptr<Instance> instance, const std::filesystem::path& input,
                                           const std::filesystem::path& output, media::PixelateOptions options) {
    auto looker = FrameLooker::create(std::move(instance));
    if (!looker)
        return fail(looker.error());
    options.watch = [&looker](media::WatchedPicture& watched) -> Result<> {
        FrameLooker::Picture picture{watched.time_ns, watched.width, watched.height, watched.square_px, std::move(watched.luma)};
        const auto squares = looker->look(picture);
        if (!squares)
            return fail(squares.error());
        watched.luma = std::move(picture.luma);
        std::transform(squares->begin(), squares->end(), watched.is_shown.begin(),
                       [](std::uint8_t square) { return square == OMBUD_SQUARE_SHOW; });
        return {};
    };
    return media::pixelate(input, output, options);
}

} // namespace ombud::daemon
