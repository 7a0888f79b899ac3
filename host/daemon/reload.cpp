// Another release of a module while the host runs: first asked beside the one that judges, then in its place.

#include <ombud/vocabulary.h>

#include "daemon/host.hpp"
#include "daemon/people.hpp"

namespace ombud::daemon {
namespace {

constexpr std::uint64_t differences_recorded_max = 100; // entries for each shadow; the rest is counted
// Events and questions wait while the new instance starts, so it gets less time than at a start of the host.
constexpr std::int64_t takeover_start_ns = 2'000'000'000;

void name_release(ledger::Entry& entry, const std::string& module, const std::string& version, const std::string& library) {
    entry.set("module", module).set("version", version).set("library", library);
}

void name_who(ledger::Entry& entry, const std::string& reason, const std::string& who) {
    entry.set("reason", reason);
    if (!who.empty())
        entry.set("user", ledger::Personal{who});
}

} // namespace

/// What lies in the folders now, and the site as it reads under it.
struct Host::Release {
    config::Manifests manifests; ///< all; this module's is new
    config::Site site;
    Modules::Release release;
    std::string module;
    [[nodiscard]] const config::Manifest& manifest() const { return manifests.find(module)->second; }
    [[nodiscard]] const config::ModuleSettings& settings() const { return *site.module(module); }
    [[nodiscard]] const Plugin& plugin() const { return *release.loaded.plugin; }
};

Result<Host::Release> Host::read_release(const std::string& module) const {
    const auto now = site();
    const auto known = manifests();
    const auto old = known->find(module);
    if (now->module(module) == nullptr || old == known->end())
        return fail(ErrorCode::not_found, "no module '" + module + "' in this site; see: ombud module list");
    const std::filesystem::path file = old->second.file;
    const auto text = read_guarded_manifest(file);
    if (!text)
        return fail(text.error().error());
    auto manifest = config::parse_manifest(*text, file.string());
    if (!manifest)
        return fail(manifest.error().error());
    if (manifest->id != module)
        return fail(ErrorCode::invalid_input, file.string() + ": is the manifest of '" + manifest->id + "' now, was that of '" + module + "'");

    Release fresh{*known, {}, {}, module};
    fresh.manifests[module] = std::move(*manifest);
    // The file is what the site reads under the new manifest, so it must be what runs.
    auto as_it_runs = config::read_site(options.site, *known);
    if (!as_it_runs)
        return fail(as_it_runs.error().error());
    if (!config::diff(*now, *as_it_runs).empty())
        return fail(ErrorCode::refused, options.site.string() + ": is not what runs here; apply it first, then reload: ombud config apply " +
                                            options.site.string());
    auto parsed = config::read_site(options.site, fresh.manifests);
    if (!parsed)
        return fail(Error(parsed.error().error()).within("under the new manifest"));
    fresh.site = std::move(*parsed);
    auto loaded = modules->load_anew(fresh.manifest(), fresh.settings());
    if (!loaded)
        return fail(loaded.error());
    fresh.release = std::move(*loaded);
    for (const PluginStatus& running : modules->plugin_status(*known))
        if (running.id == module && running.sha256 == fresh.plugin().file().sha256 && running.provenance &&
            running.provenance->manifest_sha256 == fresh.release.loaded.provenance.manifest_sha256)
            return fail(ErrorCode::refused, module + ": what lies in the folders is what runs, version " + running.version +
                                                "; install the other release there first");
    return fresh;
}

Result<Member> Host::member_of(const Release& release, Mode mode, std::int64_t start_ns) const {
    return modules->make_member(release.site, release.settings(), release.manifest(), mode, release.release.loaded.plugin, start_ns);
}

Result<Host::Reloaded> Host::reload_module(const std::string& module, const std::string& reason, const std::string& who) {
    const std::lock_guard one_at_a_time(changing_);
    auto fresh = read_release(module);
    if (!fresh)
        return fail(fresh.error());
    const auto stored = modules->mode_of(fresh->settings());
    if (!stored)
        return fail(stored.error());
    // Whether it starts at all shows before anything pauses. It cannot be this instance that takes over: what the old one
    // keeps until its last event, the new one has to find when it starts.
    if (auto trial = member_of(*fresh, stored->mode, takeover_start_ns); !trial)
        return fail(Error(trial.error()).within("version " + fresh->plugin().version()));
    else if (trial->instance)
        trial->instance->stop();

    Reloaded done;
    done.version = fresh->plugin().version();
    done.library = fresh->plugin().file().sha256;
    std::shared_ptr<Instance> old;
    const std::string config = config_hash(fresh->site);
    const std::int64_t began = clock.mono_ns();
    auto exchanged = dispatcher->exchange([&](const ModuleSet& current) -> Result<ModuleSet> {
        end_capture("another release of " + module + " judges");
        auto member = member_of(*fresh, stored->mode, takeover_start_ns);
        if (!member)
            return fail(Error(member.error()).within("version " + done.version));
        auto was = modules->use(module, fresh->release);
        done.was = was ? was->loaded.plugin->version() : std::string();
        auto recorded = ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            ledger::Entry entry("module.reloaded");
            name_release(entry, module, done.version, done.library);
            if (was)
                entry.set("was_version", done.was).set("was_library", was->loaded.plugin->file().sha256);
            name_who(entry, reason, who);
            const auto index = transaction.append(entry);
            if (!index)
                return fail(index.error());
            done.ledger_index = *index;
            return member->instance ? modules->record_loaded(transaction, fresh->manifest(), member->instance->place(), {}, config) : Result<void>{};
        });
        if (!recorded) {
            (void)modules->use(module, std::move(was));
            return fail(recorded.error());
        }
        auto next = std::make_shared<std::vector<Member>>(*current);
        for (Member& one : *next)
            if (one.id == module) {
                old = one.instance;
                one = std::move(*member);
            }
        set_manifests(fresh->manifests);
        set_site(fresh->site);
        return ModuleSet(std::move(next));
    });
    done.paused_ns = clock.mono_ns() - began;
    if (!exchanged)
        return fail(exchanged.error());
    if (old)
        old->stop();
    std::optional<Shadowed> shadowed;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = shadows_.find(module); found != shadows_.end()) {
            shadowed = std::move(found->second);
            shadows_.erase(found);
        }
        audit_due_mono_ns_[module] = 0; // another release may find what this one did not
        wake_.notify_all();
    }
    if (shadowed)
        stop_shadow(*shadowed, "a release took over", who);
    if (auto declared = registers->declare(declared_registers(*manifests(), *site())); !declared)
        log("registers", OMBUD_LOG_ERROR, declared.error().message);
    if (auto judged = modules->judge_running(*manifests()); !judged)
        log("trust", OMBUD_LOG_ERROR, judged.error().message);
    gates->reconsider();
    return done;
}

Result<Host::ShadowStatus> Host::begin_shadow(const std::string& module, const std::string& reason, const std::string& who) {
    const std::lock_guard one_at_a_time(changing_);
    if (shadows().contains(module))
        return fail(ErrorCode::refused, module + " has a shadow already; end it first: ombud module shadow " + module + " --end");
    auto fresh = read_release(module);
    if (!fresh)
        return fail(fresh.error());
    const auto stored = modules->mode_of(fresh->settings());
    if (!stored)
        return fail(stored.error());
    if (stored->mode == Mode::off)
        return fail(ErrorCode::refused, module + " is off: there is nothing to compare with; switch it on, or reload it");
    auto member = member_of(*fresh, stored->mode, 0);
    if (!member)
        return fail(Error(member.error()).within("version " + fresh->plugin().version()));

    Shadowed shadowed{std::make_shared<Shadow>(std::move(*member), [this, module](const Shadow::Difference& one) { note_difference(module, one); }),
                      fresh->plugin().version(), fresh->plugin().file().sha256, clock.utc_ns()};
    auto exchanged = dispatcher->exchange([&](const ModuleSet& current) -> Result<ModuleSet> {
        ledger::Entry entry("module.shadow_begun");
        name_release(entry, module, shadowed.version, shadowed.library);
        name_who(entry, reason, who);
        if (auto noted = ledger->append(entry); !noted)
            return fail(noted.error());
        auto next = std::make_shared<std::vector<Member>>(*current);
        for (Member& one : *next)
            if (one.id == module)
                one.shadow = shadowed.shadow;
        const std::lock_guard lock(mutex_);
        shadows_[module] = shadowed;
        return ModuleSet(std::move(next));
    });
    if (!exchanged)
        return fail(exchanged.error());
    return shadowed.status();
}

Result<Host::ShadowStatus> Host::end_shadow(const std::string& module, const std::string& reason, const std::string& who) {
    const std::lock_guard one_at_a_time(changing_);
    Shadowed shadowed;
    {
        const std::lock_guard lock(mutex_);
        const auto found = shadows_.find(module);
        if (found == shadows_.end())
            return fail(ErrorCode::not_found, module + " has no shadow");
        shadowed = found->second;
    }
    auto exchanged = dispatcher->exchange([&](const ModuleSet& current) -> Result<ModuleSet> {
        auto next = std::make_shared<std::vector<Member>>(*current);
        for (Member& one : *next)
            if (one.id == module)
                one.shadow.reset();
        return ModuleSet(std::move(next));
    });
    if (!exchanged)
        return fail(exchanged.error());
    {
        const std::lock_guard lock(mutex_);
        shadows_.erase(module);
    }
    stop_shadow(shadowed, reason, who);
    return shadowed.status();
}

void Host::stop_shadow(const Shadowed& shadowed, const std::string& reason, const std::string& who) {
    shadowed.shadow->member().instance->stop(); // it answers what it was asked first
    const Shadow::Counts counts = shadowed.shadow->counts();
    ledger::Entry entry("module.shadow_ended");
    name_release(entry, shadowed.shadow->member().id, shadowed.version, shadowed.library);
    entry.set("asked", static_cast<std::int64_t>(counts.asked)).set("same", static_cast<std::int64_t>(counts.same));
    entry.set("different", static_cast<std::int64_t>(counts.different)).set("missed", static_cast<std::int64_t>(counts.missed));
    name_who(entry, reason, who);
    if (auto noted = ledger->append(entry); !noted)
        log(shadowed.shadow->member().id, OMBUD_LOG_ERROR, "the end of its shadow is not recorded: " + noted.error().message);
}

void Host::end_shadows(const std::string& reason) {
    std::map<std::string, Shadowed> ended;
    {
        const std::lock_guard lock(mutex_);
        ended.swap(shadows_);
    }
    for (const auto& [module, one] : ended)
        stop_shadow(one, reason, {});
}

// On the shadow's own thread, or the one that ends the judgement: the writer takes it without making either wait.
void Host::note_difference(const std::string& module, const Shadow::Difference& one) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = shadows_.find(module);
        if (found == shadows_.end() || found->second.shadow->counts().different > differences_recorded_max)
            return;
    }
    ledger::Entry entry("module.shadow_differs");
    entry.set("module", module).set("type", names->name(one.type)).set("judged", one.judged).set("shadow", one.shadow);
    if (one.seq != 0)
        entry.set("seq", static_cast<std::int64_t>(one.seq));
    (void)ledger->submit([entry = std::move(entry)](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto index = transaction.append(entry);
        return index ? Result<void>() : fail(index.error());
    });
}

std::map<std::string, Host::ShadowStatus> Host::shadows() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, ShadowStatus> all;
    for (const auto& [module, one] : shadows_)
        all.emplace(module, one.status());
    return all;
}

} // namespace ombud::daemon
