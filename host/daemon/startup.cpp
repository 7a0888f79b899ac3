// How the host comes up: the site, its records, modules, attachments and gates, in this order.
#include <filesystem>
#include <sys/stat.h>

#include <ombud/vocabulary.h>

#include "daemon/host.hpp"
#include "daemon/media_service.hpp"
#include "daemon/people.hpp"
#include "findings/findings.hpp"
#include "gates/export/desk.hpp"
#include "ledger/entry.hpp"
#include "module_state/module_state.hpp"
#include "signer/remote_signer.hpp"

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
        Modules::Parts{*ledger, *names, clock, services, *trust, options.plugins, options.state / "plugins", options.state / "crashes"});
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
    if (auto judged = modules->judge_running(*manifests()); !judged) // of connectors, too
        return judged;
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

} // namespace ombud::daemon
