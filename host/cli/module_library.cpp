#include "cli/module_library.hpp"

#include <system_error>


namespace ombud::cli {

Option plugins_option() { return {"--plugins", "DIR", "plugins", false, false, {}, OMBUD_PLUGINS_FOLDER, Completes::folder}; }
Option manifests_option() {
    return {"--manifests", "DIR", "their manifests; of several folders the first that has one", false, true, {}, OMBUD_MANIFESTS_FOLDER, Completes::folder};
}
Option sandboxed_option() { return {"--sandboxed", "", "in a process of its own, as runner=\"sandboxed\" has it"}; }

Result<config::Manifests> manifests_of(const Context& context) {
    config::Manifests all;
    for (const std::string& folder : context.texts("--manifests")) {
        auto read = config::read_manifests(folder);
        if (!read)
            return fail(read.error().error());
        all.merge(*read);
    }
    return all;
}

ModuleLibrary::ModuleLibrary(const Context& context) : plugins_(context.text("--plugins")), is_sandboxed_(context.is_given("--sandboxed")) {}

Result<std::shared_ptr<const Plugin>> ModuleLibrary::load(const config::Manifest& manifest) {
    auto& loaded = loaded_[manifest.id];
    if (loaded)
        return loaded;
    const auto file = plugins_ / (manifest.id + ".so");
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return fail(ErrorCode::not_found, file.string() + ": no such file\nhint: name the folder that holds it by --plugins");
    const AdmittedPlugin admitted{file, std::filesystem::absolute(file), {}, {}};
    const bool is_apart = is_sandboxed_ || !manifest.sandbox_demand.empty();
    if (is_apart && !watch_) {
        auto watch = contained::ProcessWatch::open(contained::runner_program());
        if (!watch)
            return fail(watch.error());
        watch_ = std::move(*watch);
    }
    auto plugin = daemon::load_at(is_apart ? config::Runner::sandboxed : config::Runner::in_process, admitted, manifest, watch_);
    if (plugin)
        loaded = *plugin;
    return plugin;
}

} // namespace ombud::cli
