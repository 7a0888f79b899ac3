#include "daemon/host.hpp"

#include <chrono>
#include <filesystem>
#include <sys/stat.h>

#include <ombud/vocabulary.h>

#include "config/module_document.hpp"
#include "daemon/masking.hpp"
#include "daemon/media_service.hpp"
#include "daemon/people.hpp"
#include "findings/findings.hpp"
#include "gates/export/desk.hpp"
#include "ledger/entry.hpp"
#include "module_state/module_state.hpp"
#include "signer/remote_signer.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

#ifndef OMBUD_VERSION
#define OMBUD_VERSION "0"
#endif

namespace ombud::daemon {
namespace {

Result<void> make_private_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    struct stat info{};
    if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
        return fail(ErrorCode::unavailable, folder.string() + ": cannot be made: " + error.message());
    if (::chmod(folder.c_str(), 0700) != 0)
        return fail(ErrorCode::refused, folder.string() + ": does not belong to this user");
    return {};
}

// Earlier versions kept the key where the host itself could read it.
Result<void> move_ledger_key(const std::filesystem::path& state) {
    const auto from = state / "ledger-key.pem", to = state / "signer" / "ledger-key.pem";
    std::error_code error;
    if (!std::filesystem::exists(from, error) || std::filesystem::exists(to, error))
        return {};
    if (auto made = make_private_folder(state / "signer"); !made)
        return made;
    std::filesystem::rename(from, to, error);
    return error ? fail(ErrorCode::unavailable, from.string() + ": cannot be moved to " + to.string() + ": " + error.message()) : Result<void>();
}

std::int64_t newest_entry_ns(const ledger::Ledger& ledger) {
    std::int64_t newest = 0;
    if (auto reader = ledger.reader()) {
        ledger::Query query;
        query.limit = 1;
        query.newest_first = true;
        (void)reader->each(query, [&](const ledger::StoredEntry& entry) {
            newest = entry.at_ns;
            return false;
        });
    }
    return newest;
}

} // namespace

std::string config_hash(const config::Site& site) {
    return signing::hex(signing::sha256(config::canonical_text(site)));
}

Host::Host(const Options& given, const Clock& lent, Log write)
    : options(given), clock(lent), started_utc_ns(lent.utc_ns()), log(std::move(write)) {}

Result<std::unique_ptr<Host>> Host::start(const Options& options, const Clock& clock, Log log) {
    auto host = std::unique_ptr<Host>(new Host(options, clock, std::move(log)));
    for (auto step : {&Host::open_site, &Host::open_records, &Host::start_modules, &Host::start_attachments, &Host::start_gates})
        if (auto ok = (host.get()->*step)(); !ok)
            return fail(ok.error());
    host->timekeeper_ = std::thread([raw = host.get()] { raw->keep_time(); });
    return host;
}

Result<void> Host::open_site() {
    auto read = config::read_manifests(options.manifests, read_guarded_manifest);
    if (!read)
        return fail(read.error().error());
    set_manifests(std::move(*read));
    auto parsed = config::read_site(options.site, *manifests());
    if (!parsed)
        return fail(parsed.error().error());
    set_site(std::move(*parsed));
    return {};
}

Result<void> Host::open_records() {
    const auto& state = options.state;
    for (const auto& folder : {state, state / "ledger", state / "plugins", state / "cleaning", state / "quarantine"})
        if (auto made = make_private_folder(folder); !made)
            return made;
    if (auto moved = move_ledger_key(state); !moved)
        return moved;
    auto started = signer::RemoteSigner::start({.program = contained::runner_program().parent_path() / "ombud-signer",
                                                .folder = state / "signer",
                                                .ledger = state / "ledger",
                                                .name = "ombud/" + site_->id});
    if (!started)
        return fail(started.error());
    signer = std::move(*started);
    anchors = std::make_unique<anchors::Anchors>(state / "ledger", state / "anchors", clock);
    ledger::LedgerOptions recording;
    recording.on_checkpoint = [this](const std::string& note) { anchors->offer(note); };
    auto opened = ledger::Ledger::open(state / "ledger", *signer, clock, recording);
    if (!opened)
        return fail(Error(opened.error()).within("ledger"));
    ledger = std::move(*opened);
    anchors->offer(ledger->status().checkpoint);
    clock_guard = std::make_unique<ClockGuard>(clock, newest_entry_ns(*ledger)); // before this run adds any
    upkeep_.emplace(*ledger, clock);
    if (auto begun = upkeep_->begin_epoch_of_day(); !begun)
        return fail(Error(begun.error()).within("ledger"));

    Names::Persist persist;
    std::vector<std::string> known;
    auto journalled = Journal::open(*ledger, clock, persist, known);
    if (!journalled)
        return fail(Error(journalled.error()).within("journal"));
    journal = std::move(*journalled);
    names = std::make_unique<Names>(known, persist);
    for (auto prepare : {&findings::prepare, &actions::prepare, &exports::ExportDesk::prepare})
        if (auto ok = prepare(*ledger); !ok)
            return ok;
    auto watch = AnchorWatch::open(*ledger, clock);
    if (!watch)
        return fail(Error(watch.error()).within("anchors"));
    anchor_watch_ = std::move(*watch);

    auto asking = approvals::Approvals::open(*ledger, clock);
    if (!asking)
        return fail(asking.error());
    approvals = std::move(*asking);
    auto kept = Registers::open({*ledger, *approvals, *names, clock});
    if (!kept)
        return fail(kept.error());
    registers = std::move(*kept);
    if (auto ok = module_state::prepare(*ledger); !ok)
        return fail(Error(ok.error()).within("module_state"));
    if (auto declared = registers->declare(declared_registers(*manifests(), *site_)); !declared)
        return fail(Error(declared.error()).within("registers"));
    const auto undeclared = registers->undeclared();
    if (!undeclared)
        return fail(Error(undeclared.error()).within("registers"));
    for (const auto& [module, name] : *undeclared)
        log("registers", OMBUD_LOG_WARNING, module + "/" + name + " holds records, and no manifest declares it: they stay stored, and nobody sees them");

    auto stored = Inventory::open(state / "inventory.db", *names);
    if (!stored)
        return fail(stored.error());
    inventory = std::move(*stored);
    inventory->set_cameras([this](std::string_view attachment, std::string_view device) {
        const auto now = site();
        const auto* camera = now->camera_of(attachment, device);
        return camera == nullptr ? std::string{} : camera->id;
    });
    // What was accepted before a crash must be known before connectors list, or a listing would tell it a second time.
    Result<void> applied;
    journal->each_waiting([&](const JournalledEvent& one) {
        if (applied)
            applied = inventory->apply(one.attachment, {one.event});
    });
    return applied;
}

Result<void> Host::start_modules() {
    services.clock = &clock;
    services.names = names.get();
    services.log = log;
    services.open_inventory = [this] { return inventory->reader(); };
    services.open_state = [this](const std::string& module) { return module_state::make_reader(*ledger, module); };
    services.open_registers = [this](const std::string& module) { return registers->reader(module); };
    services.probe = media_service(clock);

    std::error_code ignored;
    for (const auto& old : std::filesystem::directory_iterator(options.state / "plugins", ignored))
        std::filesystem::remove_all(old.path(), ignored); // copies of earlier runs; nothing maps them now
    auto trusted = trust::Trust::open({options.trust, options.is_dev}, *ledger, clock);
    if (!trusted)
        return fail(Error(trusted.error()).within("trust"));
    trust = std::move(*trusted);
    for (const std::string& one : trust->warnings())
        log("trust", OMBUD_LOG_WARNING, one);
    modules = std::make_unique<Modules>(
        Modules::Parts{*ledger, *names, clock, services, *trust, options.plugins, options.state / "plugins"});
    if (auto ok = modules->prepare(); !ok)
        return ok;

    recordings = std::make_unique<RecordingGate>(RecordingGate::Parts{
        *inventory, clock, options.state / "cleaning", options.state / "quarantine",
        [this](const std::string& module) {
            const auto now = site();
            const auto* settings = now->module(module);
            const auto option = settings == nullptr ? config::OptionValues::const_iterator{} : settings->options.find("clean-method");
            const auto* method = settings == nullptr || option == settings->options.end()
                                     ? nullptr
                                     : std::get_if<std::string>(&option->second.value);
            return method == nullptr ? std::string{} : *method;
        },
        [this](const std::string& id, const std::string& recording) {
            if (const auto one = attachment(id))
                if (auto told = one->tell_file_changed(recording); !told)
                    log(id, OMBUD_LOG_ERROR, "changed recording " + recording + ": " + told.error().message);
        }});
    const auto recovered = recordings->recover();
    if (!recovered)
        return fail(Error(recovered.error()).within("interrupted cleanings"));
    for (const std::string& one : *recovered) {
        log("recordings", OMBUD_LOG_WARNING, one);
        if (auto noted = ledger->append(ledger::Entry("cleaning.recovered").set("text", one)); !noted)
            return fail(noted.error());
    }

    auto members = members_for(*site_, {}, false);
    if (!members)
        return fail(members.error());
    ledger::Entry started("host.started");
    started.set("version", OMBUD_VERSION).set("site", site_->id);
    const std::string config = config_hash(*site_);
    started.set("config", config);
    if (options.is_dev)
        started.set("dev", 1);
    for (const Member& member : *members)
        started.set("mode." + member.id, to_string(member.mode));
    auto noted = ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        if (auto index = transaction.append(started); !index)
            return fail(index.error());
        return modules->record_members(transaction, *members, *manifests(), config);
    });
    if (!noted)
        return fail(noted.error());
    if (auto judged = modules->judge_running(*manifests()); !judged)
        return fail(judged.error());

    dispatcher = std::make_unique<Dispatcher>(Dispatcher::Parts{
        *ledger, *journal, notices, *names, clock,
        [this](const Event& event, const std::string& id, const std::vector<Answer>& answers) {
            return recording_consequences(event, id, answers, *names);
        },
        [this](const Error& error) {
            const std::lock_guard lock(mutex_);
            fatal_ = error;
            wake_.notify_all();
        }});
    dispatcher->start(std::make_shared<const std::vector<Member>>(std::move(*members)));
    enforcer = std::make_unique<Enforcer>(Enforcer::Parts{
        *ledger, *dispatcher, *inventory, notices, *names, clock, *recordings,
        [this](const std::string& id) { return attachment(id); },
        [this](int level, const std::string& text) { log("enforcer", level, text); }});
    enforcer->start();
    audits = std::make_unique<Audits>(Audits::Parts{*ledger, notices, clock,
                                                    [this](const std::string& id) { return audit_member(id); },
                                                    [this](int level, const std::string& text) { log("audit", level, text); }});
    return audits->prepare();
}

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

Result<void> Host::start_attachments() {
    {
        const std::lock_guard lock(mutex_);
        for (const config::ModuleSettings& settings : site_->modules)
            audit_due_mono_ns_[settings.id] = INT64_MAX; // until a first listing is complete
    }
    for (const config::Attachment& wanted : site_->attachments) {
        auto made = make_attachment(*site_, wanted);
        if (!made)
            return fail(made.error());
        const std::lock_guard lock(mutex_);
        attachments_[wanted.id] = *made;
    }
    auto noted = ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        for (const config::Attachment& wanted : site_->attachments)
            if (auto recorded = modules->record_loaded(transaction, manifests()->find(wanted.connector)->second, CellStatus{}, wanted.id, config_hash(*site_)); !recorded)
                return recorded;
        return {};
    });
    if (!noted)
        return noted;
    for (const auto& [id, one] : attachments_)
        one->begin();
    return {};
}

// Last, when whoever passes can be judged.
Result<void> Host::start_gates() {
    gates = std::make_unique<Gates>(GateParts{
        *ledger, *dispatcher, *names, clock, *approvals, *registers,
        [this](const config::Site& site, const config::Attachment& of) { return make_connector(site, of); },
        [this](const std::filesystem::path& input, const std::filesystem::path& output, media::PixelateOptions how) {
            return pixelate(input, output, std::move(how));
        },
        options.state, log});
    if (auto opened = gates->apply(*site_); !opened)
        return opened;
    witness = std::make_unique<SiteWitness>(options.state / "witness", "ombud/" + site_->id + "/witness", clock);
    if (auto listening = witness->apply(site_->ledger.witness); !listening)
        return listening;
    return anchors->apply(site_->ledger.anchors);
}

Host::~Host() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (timekeeper_.joinable())
        timekeeper_.join();
    gates.reset();
    witness.reset();
    if (journal)
        journal->close();
    std::map<std::string, std::shared_ptr<Attachment>> attachments;
    {
        const std::lock_guard lock(mutex_);
        attachments.swap(attachments_);
    }
    for (const auto& [id, one] : attachments)
        one->stop(); // the enforcer may hold it still, and wait in it
    attachments.clear();
    if (audits)
        audits->stop();
    if (enforcer)
        enforcer->stop();
    if (dispatcher) {
        dispatcher->stop();
        end_shadows("the host stops");
        end_capture("the host stopped");
        for (const Member& member : *dispatcher->modules())
            if (member.instance)
                member.instance->stop();
    }
    if (ledger && dispatcher)
        (void)ledger->append(ledger::Entry("host.stopped"));
}

// Once a second: is the clock sane, is an audit due.
void Host::keep_time() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        wake_.wait_for(lock, std::chrono::seconds(1));
        if (stopping_)
            return;
        const std::int64_t now = clock.mono_ns();
        std::vector<std::string> due;
        for (auto& [module, when] : audit_due_mono_ns_)
            if (when <= now) {
                due.push_back(module);
                when = INT64_MAX;
            }
        lock.unlock();
        if (const std::string jump = clock_guard->check(); !jump.empty()) {
            log("clock", OMBUD_LOG_ERROR, jump + "; corrections wait until a module is switched to enforce again");
            (void)ledger->append(ledger::Entry("clock.jumped").set("text", jump));
        }
        if (auto expired = approvals->expire(); !expired)
            log("approvals", OMBUD_LOG_ERROR, expired.error().message);
        keep_ledger();
        for (const std::string& module : due) {
            auto begun = start_audit(module, true, false, {});
            if (!begun && begun.error().code != ErrorCode::not_found)
                log(module, OMBUD_LOG_WARNING, "audit: " + begun.error().message);
        }
        const auto known = manifests();
        lock.lock();
        for (const std::string& module : due) {
            std::int64_t interval_s = 3600;
            const auto* settings = site_->module(module);
            const auto manifest = known->find(module);
            if (settings != nullptr && manifest != known->end())
                if (const auto option = settings->options.find(manifest->second.audit_interval_option);
                    option != settings->options.end())
                    if (const auto* seconds = std::get_if<std::int64_t>(&option->second.value))
                        interval_s = *seconds;
            if (auto& when = audit_due_mono_ns_[module]; when == INT64_MAX)
                when = now + interval_s * 1'000'000'000;
        }
    }
}

// A damaged clock deletes nothing: bodies wait, as corrections do.
void Host::keep_ledger() {
    Result<void> kept = anchor_watch_->check(anchors->status());
    if (kept)
        kept = upkeep_->begin_epoch_of_day();
    if (kept && clock_guard->held().empty()) {
        const auto pruned = upkeep_->prune_of_day(site()->ledger.keep_s);
        if (!pruned)
            kept = fail(pruned.error());
        else if (*pruned > 0)
            log("ledger", OMBUD_LOG_INFO, std::to_string(*pruned) + " bodies pruned; the chain is whole");
    }
    const std::string failure = kept ? std::string() : kept.error().message;
    if (!failure.empty() && failure != upkeep_failure_)
        log("ledger", OMBUD_LOG_ERROR, failure);
    upkeep_failure_ = failure;
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

Result<std::vector<trust::Trust::Change>> Host::reload_trust(const std::string& reason, const std::string& who) {
    auto changes = trust->reload(reason, who);
    if (!changes)
        return fail(changes.error());
    for (const auto& one : *changes)
        log("trust", OMBUD_LOG_INFO, one.what);
    for (const std::string& one : trust->warnings())
        log("trust", OMBUD_LOG_WARNING, one);
    if (auto judged = modules->judge_running(*manifests()); !judged)
        return fail(judged.error());
    return changes;
}

Result<std::int64_t> Host::start_audit(const std::string& module, bool correct, bool requested, const std::string& who) {
    const std::string held = clock_guard->held();
    if (!held.empty() && correct && requested)
        return fail(ErrorCode::refused, held + "; look at it, then switch the module to enforce again");
    return audits->start(module, correct && held.empty(), requested, who);
}

std::shared_ptr<const config::Site> Host::site() const {
    const std::lock_guard lock(mutex_);
    return site_;
}

std::shared_ptr<const config::Manifests> Host::manifests() const {
    const std::lock_guard lock(mutex_);
    return manifests_;
}

void Host::set_manifests(config::Manifests manifests) {
    const std::lock_guard lock(mutex_);
    manifests_ = std::make_shared<const config::Manifests>(std::move(manifests));
}

void Host::set_site(config::Site site) {
    const std::lock_guard lock(mutex_);
    site_ = std::make_shared<const config::Site>(std::move(site));
}

std::shared_ptr<Attachment> Host::attachment(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = attachments_.find(id);
    return found == attachments_.end() ? nullptr : found->second;
}

std::optional<Error> Host::fatal() const {
    // Whoever failed to write, a source or the dispatcher: it is the same end.
    if (const auto status = ledger->status(); !status.writing)
        return status.writing.error();
    const std::lock_guard lock(mutex_);
    return fatal_;
}

namespace {

void warn_of_place(const Member& member, const config::Manifest& manifest, std::vector<std::string>& all) {
    const CellStatus place = member.instance->place();
    if (place.runner == "inline" && manifest.isolation == config::Isolation::process)
        all.push_back(member.id + " runs inside the host process, and its manifest asks for a process of its own: say runner=\"sandboxed\" in the site");
    if (place.state == "resting")
        all.push_back(member.id + " rests, and its fail mode applies: " + place.last_death + "; look at it, then: ombud module mode " +
                      member.id + " " + std::string(to_string(member.mode)));
}

} // namespace

std::vector<std::string> Host::warnings() const {
    std::vector<std::string> all;
    const auto status = ledger->status();
    if (!status.writing)
        all.push_back("nothing can be recorded: " + status.writing.error().message);
    if (!status.signing)
        all.push_back("the ledger is not signed: " + status.signing.error().message);
    if (const std::string held = clock_guard->held(); !held.empty())
        all.push_back(held + "; corrections wait");
    if (const auto open = approvals->count_open(); open && *open > 0)
        all.push_back(std::to_string(*open) + (*open == 1 ? " proposal waits" : " proposals wait") + " for a second person: ombud approve");
    if (gates && dispatcher)
        for (std::string& one : gates->unjudged(*dispatcher->modules()))
            all.push_back(std::move(one));
    if (gates)
        for (std::string& one : gates->warnings())
            all.push_back(std::move(one));
    if (trust)
        for (std::string& one : trust->warnings())
            all.push_back(std::move(one));
    for (std::string& one : anchor_warnings(anchors->status()))
        all.push_back(std::move(one));
    const auto known = manifests();
    if (dispatcher)
        for (const Member& member : *dispatcher->modules())
            if (member.instance)
                warn_of_place(member, known->find(member.id)->second, all);
    return all;
}

} // namespace ombud::daemon
