// What the host makes of a site's words: instances of modules and connectors.
#include "config/module_document.hpp"
#include "daemon/host.hpp"
#include "daemon/masking.hpp"

namespace ombud::daemon {

Result<std::vector<Member>> Host::members_for(const config::Site& site, const ModuleSet& current, bool reuse) const {
    std::vector<Member> members;
    const auto known = manifests();
    for (const config::ModuleSettings& settings : site.modules) {
        const auto stored = modules->mode_of(settings);
        if (!stored)
            return fail(stored.error());
        const Member* kept = nullptr;
        if (reuse && current)
            for (const Member& one : *current)
                if (one.id == settings.id && one.instance)
                    kept = &one;
        if (kept != nullptr && stored->mode == kept->mode) {
            members.push_back(*kept);
            continue;
        }
        auto made = modules->make_member(site, settings, known->find(settings.id)->second, stored->mode);
        if (!made)
            return fail(Error(made.error()).within("module " + settings.id));
        members.push_back(std::move(*made));
    }
    return members;
}

Result<std::shared_ptr<Attachment>> Host::make_attachment(const config::Site& site, const config::Attachment& wanted) {
    auto loaded = modules->plugin(manifests()->find(wanted.connector)->second, wanted);
    if (!loaded)
        return fail(Error(loaded.error()).within("attachment " + wanted.id));
    Attachment::Options given;
    given.id = wanted.id;
    given.plugin = loaded->plugin;
    given.document = config::connector_document(site, wanted);
    given.on_listed = [this] {
        // What is there can be judged now; after that the intervals count.
        const std::lock_guard lock(mutex_);
        for (auto& [module, due] : audit_due_mono_ns_)
            due = 0;
        wake_.notify_all();
    };
    return Attachment::create(std::move(given), {*ledger, *journal, *inventory, *names, clock, services});
}

// Beside the attachment's own, for what a listing or a slow VMS must not hold up. It tells nothing: there is no feed.
Result<std::shared_ptr<Instance>> Host::make_connector(const config::Site& site, const config::Attachment& wanted) {
    class NoFeed final : public FeedSink {
        static auto refused() { return fail(ErrorCode::refused, "this instance of the connector feeds nothing"); }
        Result<void> push(std::vector<EventRef>, std::string_view) override { return refused(); }
        Result<void> put(std::vector<EventRef>) override { return refused(); }
        Result<void> coverage(std::string_view, std::uint32_t, std::string_view) override { return refused(); }
    };
    auto loaded = modules->plugin(manifests()->find(wanted.connector)->second, wanted);
    if (!loaded)
        return fail(Error(loaded.error()).within("attachment " + wanted.id));
    Instance::Options given;
    given.name = wanted.id;
    given.plugin = loaded->plugin;
    given.document = config::connector_document(site, wanted);
    given.feed = std::make_shared<NoFeed>();
    return Instance::create(std::move(given), services);
}

// An instance for each recording, beside the one that the dispatcher lists: it learns what stands still there.
Result<media::PixelatedCopy> Host::pixelate(const std::filesystem::path& input, const std::filesystem::path& output, media::PixelateOptions how) {
    for (const Member& member : *dispatcher->modules())
        if (member.id == pixelate_module && member.mode == Mode::off)
            return fail(ErrorCode::not_found, std::string("the module ") + pixelate_module + " is off; switch it on: ombud module mode " +
                                                  pixelate_module + " enforce");
    const auto known = manifests();
    const auto manifest = known->find(pixelate_module);
    const auto now = site();
    const auto* settings = now->module(pixelate_module);
    if (manifest == known->end() || settings == nullptr)
        return fail(ErrorCode::not_found, std::string("the site has no module ") + pixelate_module);
    auto loaded = modules->plugin(manifest->second, *settings);
    if (!loaded)
        return fail(loaded.error());
    auto instance = make_pixelate_instance(*now, loaded->plugin, services);
    if (!instance)
        return fail(instance.error());
    auto made = pixelate_with(*instance, input, output, std::move(how));
    (*instance)->stop();
    return made;
}

Result<Member> Host::audit_member(const std::string& module) {
    const auto now = site();
    const auto* settings = now->module(module);
    const auto known = manifests();
    const auto manifest = known->find(module);
    if (settings == nullptr || manifest == known->end())
        return fail(ErrorCode::not_found, "no module '" + module + "' in this site");
    if (manifest->second.audit_interval_option.empty())
        return fail(ErrorCode::not_found, module + " has no audit");
    const auto current = dispatcher->modules();
    for (const Member& member : *current) {
        if (member.id != module)
            continue;
        if (member.mode == Mode::off)
            return fail(ErrorCode::not_found, module + " is off; switch it on with: ombud module mode " + module + " monitor");
        Member own = member;
        auto instance = modules->make_instance(*now, *settings, manifest->second);
        if (!instance)
            return fail(instance.error());
        own.instance = std::move(*instance);
        return own;
    }
    return fail(ErrorCode::not_found, "no module '" + module + "'");
}

} // namespace ombud::daemon
