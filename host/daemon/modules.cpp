#include "daemon/modules.hpp"

#include <array>

#include <ombud/finding.h>

#include "config/module_document.hpp"
#include "enforcement/actions.hpp"
#include "findings/findings.hpp"
#include "plugin_runtime/guarded_file.hpp"
#include "store/schema.hpp"

namespace ombud::daemon {
namespace {

// `configured` is the site's mode when the row was written: when the site says something else later, the site wins.
constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE module_mode(id TEXT PRIMARY KEY, mode TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
  ledger_index INTEGER NOT NULL, configured TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql"};

// No plugin can have this id, so none can close what is found about it.
constexpr std::string_view trust_findings = "ombud.trust";

} // namespace

config::Checked<std::string> read_guarded_manifest(const std::filesystem::path& file) {
    constexpr std::size_t bytes_max = 4 * 1024 * 1024;
    auto text = read_guarded_text(file, bytes_max, "a manifest");
    if (!text) {
        std::string why = text.error().message;
        if (const std::string itself = file.string() + ": "; why.starts_with(itself)) // else it is a folder above
            why.erase(0, itself.size());
        return tl::unexpected(config::Rejection{text.error().code, {{file.string(), 0, why}}});
    }
    return std::move(*text);
}

Mode to_mode(config::Mode mode) {
    switch (mode) {
    case config::Mode::off: return Mode::off;
    case config::Mode::monitor: return Mode::monitor;
    case config::Mode::enforce: return Mode::enforce;
    }
    return Mode::off;
}

std::shared_ptr<const GivenCameras> given_cameras(const config::Site& site, const config::ModuleSettings& settings, Names& names) {
    if (settings.cameras.empty())
        return nullptr;
    std::vector<GivenCameras::Camera> given;
    for (const std::string& id : settings.cameras)
        if (const auto* camera = site.camera(id))
            given.push_back({camera->id, camera->attachment, camera->device});
    return std::make_shared<const GivenCameras>(names, given);
}

Result<void> Modules::prepare() {
    auto ready = parts_.ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "modules", schema); });
    return ready ? crashes_.prepare(parts_.ledger) : ready;
}

Result<void> Modules::forgive(ledger::Ledger::Transaction& transaction, const std::string& module) {
    return crashes_.forgive(transaction, module, parts_.clock.utc_ns());
}

Result<Modules::Loaded> Modules::load(const config::Manifest& manifest, const config::ModuleSettings* settings,
                                      const trust::Exceptions& exceptions, const Known& known) {
    if (manifest.abi_major != OMBUD_ABI_MAJOR || manifest.abi_minor > OMBUD_ABI_MINOR)
        return fail(ErrorCode::too_new, manifest.id + ": its manifest names ABI " + std::to_string(manifest.abi_major) + "." +
                                            std::to_string(manifest.abi_minor) + ", this host speaks " +
                                            std::to_string(OMBUD_ABI_MAJOR) + "." + std::to_string(OMBUD_ABI_MINOR));
    auto provenance = parts_.trust.judge(manifest, known.signature, exceptions);
    if (!provenance)
        return fail(provenance.error());
    const auto place_for = [&](const std::string& library) {
        return place_of(manifest, settings, *provenance, crashes_.count(manifest.id, library));
    };
    auto place = place_for(known.loaded ? known.loaded->plugin->file().sha256 : manifest.library_sha256);
    if (!place)
        return fail(place.error());
    if (known.loaded && known.loaded->place == *place) {
        if (auto ok = parts_.trust.check_release(manifest, known.loaded->plugin->file().sha256, exceptions); !ok)
            return fail(ok.error());
        return Loaded{known.loaded->plugin, std::move(*provenance), *place};
    }
    const auto admitted = admit_plugin(parts_.plugins / (manifest.id + ".so"), parts_.private_dir, manifest.library_sha256);
    if (!admitted)
        return fail(admitted.error());
    place = place_for(admitted->sha256);
    if (!place)
        return fail(place.error());
    if (auto ok = parts_.trust.check_release(manifest, admitted->sha256, exceptions); !ok)
        return fail(ok.error());
    if (*place == config::Runner::sandboxed && !watch_) {
        auto opened = contained::ProcessWatch::open(contained::runner_program());
        if (!opened)
            return fail(opened.error());
        watch_ = std::move(*opened);
    }
    auto plugin = load_at(*place, *admitted, manifest, watch_);
    if (!plugin)
        return fail(plugin.error());
    return Loaded{std::move(*plugin), std::move(*provenance), *place};
}

Result<Modules::Loaded> Modules::plugin(const config::Manifest& manifest, const config::ModuleSettings* settings,
                                        const trust::Exceptions& exceptions) {
    const std::lock_guard lock(mutex_);
    Known& known = known_[manifest.id];
    if (!known.loaded)
        known.signature = trust::read_signature(manifest.file);
    auto loaded = load(manifest, settings, exceptions, known);
    known.problem = loaded ? "" : loaded.error().message;
    if (loaded)
        known.loaded = *loaded;
    return loaded;
}

Result<Modules::Loaded> Modules::plugin(const config::Manifest& manifest, const config::ModuleSettings& settings) {
    return plugin(manifest, &settings, {settings.unsigned_reason, settings.older_reason});
}

Result<Modules::Loaded> Modules::plugin(const config::Manifest& manifest, const config::Attachment& attachment) {
    return plugin(manifest, nullptr, {{}, attachment.older_reason});
}

Result<Modules::Release> Modules::load_anew(const config::Manifest& manifest, const config::ModuleSettings& settings) {
    const std::lock_guard lock(mutex_);
    Known fresh;
    fresh.signature = trust::read_signature(manifest.file);
    auto loaded = load(manifest, &settings, {settings.unsigned_reason, settings.older_reason}, fresh);
    if (!loaded)
        return fail(loaded.error());
    return Release{std::move(*loaded), std::move(fresh.signature)};
}

std::optional<Modules::Release> Modules::use(const std::string& module, std::optional<Release> release) {
    const std::lock_guard lock(mutex_);
    Known& known = known_[module];
    std::optional<Release> was;
    if (known.loaded)
        was = Release{std::move(*known.loaded), std::move(known.signature)};
    known = {};
    if (release) {
        known.loaded = std::move(release->loaded);
        known.signature = std::move(release->signature);
    }
    return was;
}

Result<void> Modules::record_loaded(ledger::Ledger::Transaction& transaction, const config::Manifest& manifest,
                                    const CellStatus& place, std::string_view attachment, const std::string& config) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(manifest.id);
    if (found == known_.end() || !found->second.loaded)
        return fail(ErrorCode::internal, manifest.id + ": is not loaded");
    const auto& [plugin, provenance, ignored] = *found->second.loaded;
    ledger::Entry entry("module.loaded");
    entry.set("module", manifest.id).set("version", plugin->version());
    if (!attachment.empty())
        entry.set("attachment", attachment);
    entry.set("library", plugin->file().sha256).set("manifest", provenance.manifest_sha256).set("config", config);
    entry.set("level", to_string(provenance.level));
    if (!provenance.signer.empty())
        entry.set("signer", provenance.signer).set("key", provenance.signer_key);
    if (!provenance.reason.empty())
        entry.set("unsigned", provenance.reason);
    entry.set("runner", place.runner);
    if (!place.sandbox.empty())
        entry.set("sandbox", place.sandbox);
    if (auto appended = transaction.append(entry); !appended)
        return fail(appended.error());
    return parts_.trust.remember(transaction, manifest.id, manifest.version);
}

Result<void> Modules::record_members(ledger::Ledger::Transaction& transaction, const std::vector<Member>& members,
                                     const config::Manifests& manifests, const std::string& config) const {
    for (const Member& member : members)
        if (member.instance)
            if (auto recorded = record_loaded(transaction, manifests.find(member.id)->second, member.instance->place(), {}, config); !recorded)
                return recorded;
    return {};
}

Result<void> Modules::judge_running(const config::Manifests& manifests) const {
    return parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        const std::lock_guard lock(mutex_);
        const std::int64_t now = parts_.clock.utc_ns();
        for (const auto& [id, manifest] : manifests) {
            const auto known = known_.find(id);
            const bool runs = known != known_.end() && known->second.loaded;
            const std::string why = runs ? parts_.trust.withdrawn(known->second.loaded->plugin->file().sha256,
                                                                  known->second.loaded->provenance.manifest_sha256)
                                         : "";
            Finding finding;
            finding.severity = OMBUD_SEVERITY_VIOLATION;
            finding.key = "withdrawn:" + id;
            finding.text = id + " runs here, and " + why + "; install another version and start the host again";
            auto told = why.empty() ? findings::clear(transaction, std::string(trust_findings), finding.key, "no longer so", now)
                                    : findings::raise(transaction, std::string(trust_findings), finding, 0, now);
            if (!told)
                return told;
            told = crashes_.tell(transaction, manifest, runs ? known->second.loaded->plugin->file().sha256 : std::string(), now);
            if (!told)
                return told;
        }
        return {};
    });
}

std::vector<PluginStatus> Modules::plugin_status(const config::Manifests& manifests) const {
    const std::lock_guard lock(mutex_);
    std::vector<PluginStatus> all;
    for (const auto& [id, manifest] : manifests) {
        PluginStatus status;
        status.id = id;
        status.file = (parts_.plugins / (id + ".so")).string();
        status.version = manifest.version;
        status.abi = std::to_string(manifest.abi_major) + "." + std::to_string(manifest.abi_minor);
        status.kind = manifest.kind == config::PluginKind::module ? "module" : "connector";
        status.state = "not loaded";
        if (const auto found = known_.find(id); found != known_.end()) {
            const auto& [loaded, signature, problem] = found->second;
            status.state = loaded ? "loaded" : "refused";
            status.problem = problem;
            if (loaded) {
                status.runner = config::runner_name(loaded->place);
                status.sha256 = loaded->plugin->file().sha256;
                status.version = loaded->plugin->version();
                status.provenance = loaded->provenance;
                if (const auto why = parts_.trust.withdrawn(status.sha256, loaded->provenance.manifest_sha256); !why.empty()) {
                    status.state = "withdrawn";
                    status.problem = why;
                }
            }
        }
        all.push_back(std::move(status));
    }
    return all;
}

Result<ModeRow> Modules::mode_of(const config::ModuleSettings& settings) const {
    const std::string_view configured = config::mode_name(settings.mode);
    auto db = parts_.ledger.open_for_reading();
    if (!db)
        return fail(db.error());
    auto row = db->prepare("SELECT mode, reason, since, ledger_index FROM module_mode WHERE id = ?1 AND configured = ?2");
    if (!row)
        return fail(row.error());
    auto found = row->bind(1, settings.id).bind(2, configured).step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return ModeRow{to_mode(settings.mode), "as the site says", 0, 0};
    auto mode = parse_mode(row->text(0));
    if (!mode)
        return fail(mode.error());
    return ModeRow{*mode, std::string(row->text(1)), row->integer(2), static_cast<std::uint64_t>(row->integer(3))};
}

Result<ModeRow> Modules::store_mode(ledger::Ledger::Transaction& transaction, const std::string& module, Mode was, Mode mode,
                                    const std::string& reason, const std::string& who, std::string_view configured) {
    ledger::Entry entry("module.mode");
    entry.set("module", module).set("was", to_string(was)).set("mode", to_string(mode)).set("reason", reason);
    if (!who.empty())
        entry.set("user", ledger::Personal{who});
    const auto index = transaction.append(entry);
    if (!index)
        return fail(index.error());
    const std::int64_t now = parts_.clock.utc_ns();
    auto statement = transaction.db().cached(
        "INSERT INTO module_mode VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(id) DO UPDATE SET mode = ?2, reason = ?3,"
        " since = ?4, ledger_index = ?5, configured = ?6");
    if (!statement)
        return fail(statement.error());
    auto stored = (*statement)->bind(1, module).bind(2, to_string(mode)).bind(3, reason).bind(4, now)
                      .bind(5, static_cast<std::int64_t>(*index)).bind(6, configured).run();
    if (!stored)
        return fail(stored.error());
    if (mode == Mode::enforce)
        if (auto forgotten = actions::forget_would(transaction, module); !forgotten)
            return fail(forgotten.error());
    return ModeRow{mode, reason, now, *index};
}

Result<std::shared_ptr<Instance>> Modules::make_instance(const config::Site& site, const config::ModuleSettings& settings,
                                                         const config::Manifest& manifest) {
    auto loaded = plugin(manifest, settings);
    if (!loaded)
        return fail(loaded.error());
    return make_instance(site, settings, manifest, std::move(loaded->plugin), 0);
}

Result<std::shared_ptr<Instance>> Modules::make_instance(const config::Site& site, const config::ModuleSettings& settings,
                                                         const config::Manifest& manifest, std::shared_ptr<const Plugin> plugin,
                                                         std::int64_t start_ns) const {
    Instance::Options options;
    options.name = settings.id;
    options.actions.emplace(manifest.actions.begin(), manifest.actions.end());
    options.cameras = given_cameras(site, settings, parts_.names);
    options.plugin = std::move(plugin);
    options.document = config::module_document(site, settings);
    options.start_ns = start_ns;
    return Instance::create(std::move(options), parts_.services);
}

Result<Member> Modules::make_member(const config::Site& site, const config::ModuleSettings& settings,
                                    const config::Manifest& manifest, Mode mode) {
    if (mode == Mode::off)
        return make_member(site, settings, manifest, mode, nullptr, 0);
    auto loaded = plugin(manifest, settings);
    if (!loaded)
        return fail(loaded.error());
    return make_member(site, settings, manifest, mode, loaded->plugin, 0);
}

Result<Member> Modules::make_member(const config::Site& site, const config::ModuleSettings& settings, const config::Manifest& manifest,
                                    Mode mode, const std::shared_ptr<const Plugin>& plugin, std::int64_t start_ns) {
    Member member;
    member.id = settings.id;
    member.mode = mode;
    member.cameras = given_cameras(site, settings, parts_.names);
    member.actions.insert(manifest.actions.begin(), manifest.actions.end());
    member.observe_deadline_ns = manifest.events_deadline_ms * 1'000'000;
    for (const config::HookSpec& hook : manifest.hooks)
        member.hooks.push_back({hook.id, parts_.names.intern(hook.name), hook.deadline_ms * 1'000'000,
                                hook.fail == config::FailMode::open ? FailMode::open : FailMode::closed});
    for (const std::string& type : manifest.events)
        member.observes.insert(parts_.names.intern(type));
    if (mode == Mode::off)
        return member;
    const Plugin& loaded = *plugin;
    if (!manifest.hooks.empty() && loaded.hook() == nullptr)
        return fail(ErrorCode::invalid_input, settings.id + ": its manifest names hooks, its library has no " OMBUD_HOOK_ID);
    if (!manifest.events.empty() && loaded.observer() == nullptr)
        return fail(ErrorCode::invalid_input, settings.id + ": its manifest names events, its library has no " OMBUD_OBSERVER_ID);
    if (!manifest.audit_interval_option.empty() && loaded.audit() == nullptr)
        return fail(ErrorCode::invalid_input, settings.id + ": its manifest names an audit, its library has no " OMBUD_AUDIT_ID);
    auto instance = make_instance(site, settings, manifest, plugin, start_ns);
    if (!instance)
        return fail(instance.error());
    member.instance = std::move(*instance);
    return member;
}

} // namespace ombud::daemon
