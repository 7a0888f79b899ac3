#include "stage.hpp"

#include <catch2/catch.hpp>

#include "daemon/place.hpp"

namespace ombud::testing {

const config::Manifest& manifest_of(const std::string& module) {
    static std::map<std::string, config::Manifest> known;
    if (const auto found = known.find(module); found != known.end())
        return found->second;
    const std::string folder = module.starts_with("hello_") ? SAMPLES "/" + module : MANIFESTS;
    auto read = config::read_manifest(folder + "/" + module + ".xml");
    REQUIRE(read);
    return known.emplace(module, std::move(*read)).first->second;
}

std::shared_ptr<const Plugin> load(const config::Manifest& manifest, config::Runner place) {
    static std::map<std::pair<std::string, config::Runner>, std::shared_ptr<const Plugin>> loaded;
    auto& plugin = loaded[{manifest.id, place}];
    if (plugin)
        return plugin;
    const std::string file = PLUGINS "/" + manifest.id + ".so";
    auto watch = contained::ProcessWatch::open(contained::runner_program());
    REQUIRE(watch);
    auto made = daemon::load_at(place, {file, file, {}, {}}, manifest, *watch);
    INFO((made ? "" : made.error().message));
    REQUIRE(made);
    plugin = *made;
    return plugin;
}

} // namespace ombud::testing
