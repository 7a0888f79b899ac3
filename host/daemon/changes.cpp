// Changes while running: a module's mode, and the site as a whole.

#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

#include <ombud/vocabulary.h>

#include "connect/inventory_rows.hpp"
#include "daemon/host.hpp"
#include "daemon/people.hpp"

namespace ombud::daemon {
namespace {

// The old content stays whole under the name until the new one is durable.
Result<void> replace_file(const std::filesystem::path& file, const std::string& text) {
    const std::filesystem::path fresh = file.string() + ".new";
    const auto failed = [&](const char* step) {
        const std::string why = std::strerror(errno);
        std::error_code ignored;
        std::filesystem::remove(fresh, ignored);
        return fail(ErrorCode::unavailable, file.string() + ": " + step + ": " + why);
    };
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return failed("cannot be written");
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    ::close(fd);
    if (!written)
        return failed("cannot be written");
    if (::rename(fresh.c_str(), file.c_str()) != 0)
        return failed("cannot be replaced");
    return {};
}

void stop_replaced(const ModuleSet& before, const ModuleSet& after) {
    for (const Member& old : *before) {
        bool kept = false;
        for (const Member& now : *after)
            kept |= now.instance == old.instance;
        if (old.instance && !kept)
            old.instance->stop();
    }
}

} // namespace

Result<Host::Switched> Host::switch_mode(const std::string& module, Mode mode, const std::string& reason, const std::string& who) {
    const std::lock_guard one_at_a_time(changing_);
    const auto now = site();
    const auto* settings = now->module(module);
    const auto known = manifests();
    const auto manifest = known->find(module);
    if (settings == nullptr || manifest == known->end())
        return fail(ErrorCode::not_found, "no module '" + module + "' in this site; see: ombud module list");
    const auto stored = modules->mode_of(*settings);
    if (!stored)
        return fail(stored.error());
    // What takes time is made before anything pauses.
    std::optional<Member> fresh;
    if (mode != Mode::off && stored->mode == Mode::off) {
        auto made = modules->make_member(*now, *settings, manifest->second, mode);
        if (!made)
            return fail(made.error());
        fresh = std::move(*made);
    }

    for (const Member& member : *dispatcher->modules())
        if (member.id == module && member.instance)
            member.instance->forgive(); // whoever switches has looked

    Switched switched{stored->mode, mode, 0};
    const ModuleSet before = dispatcher->modules();
    auto done = dispatcher->exchange([&](const ModuleSet& current) -> Result<ModuleSet> {
        end_capture("the mode of " + module + " was switched");
        auto next = std::make_shared<std::vector<Member>>(*current);
        for (Member& member : *next) {
            if (member.id != module)
                continue;
            if (fresh) {
                auto shadow = std::move(member.shadow);
                member = *fresh;
                member.shadow = std::move(shadow);
            }
            member.mode = mode;
            if (mode == Mode::off)
                member.instance.reset();
        }
        auto recorded = ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            auto row = modules->store_mode(transaction, module, stored->mode, mode, reason, who, config::mode_name(settings->mode));
            if (!row)
                return fail(row.error());
            switched.ledger_index = row->ledger_index;
            if (auto forgiven = modules->forgive(transaction, module); !forgiven)
                return forgiven;
            return fresh ? modules->record_loaded(transaction, manifest->second, fresh->instance->place(), {}, config_hash(*now)) : Result<void>{};
        });
        if (!recorded)
            return fail(recorded.error());
        return ModuleSet(std::move(next));
    });
    if (!done)
        return fail(done.error());
    stop_replaced(before, dispatcher->modules());
    gates->reconsider();
    if (mode == Mode::enforce)
        clock_guard->release();
    notices.publish({Notice::Kind::mode_changed, module, switched.ledger_index, 1});
    if (mode != Mode::off) {
        // What was only noted until now is judged again under the new mode.
        tell_devices();
        const std::lock_guard lock(mutex_);
        audit_due_mono_ns_[module] = 0;
        wake_.notify_all();
    }
    return switched;
}

// Device settings as they are, as events: modules that act on a change of settings see the present state, too.
void Host::tell_devices() {
    const auto devices = inventory->devices();
    if (!devices) {
        log("inventory", OMBUD_LOG_ERROR, devices.error().message);
        return;
    }
    const inventory::Keys keys(*names);
    for (const EventRef& record : *devices) {
        const auto row = inventory::device_of(*record, keys);
        const std::string id(record->text(names->intern(OMBUD_KEY_ATTACHMENT)).value_or(""));
        if (!row || !attachment(id))
            continue;
        const std::string camera(record->text(names->intern(OMBUD_KEY_CAMERA)).value_or(""));
        auto event = to_record(*row, OMBUD_EVENT_DEVICE_CHANGED, id, camera, *names, clock.utc_ns(), OMBUD_EVENT_SYNTHETIC);
        if (event)
            (void)journal->accept(id, {*event}, std::nullopt);
    }
}

Result<std::vector<config::Change>> Host::difference(const std::string& site_xml, const std::string& name) const {
    auto parsed = config::parse_site(site_xml, name, std::filesystem::absolute(options.site).parent_path(), *manifests());
    if (!parsed)
        return fail(parsed.error().error());
    return config::diff(*site(), *parsed);
}

Result<Host::Applied> Host::apply_site(const std::string& site_xml, const std::string& name, const std::string& reason,
                                       const std::string& who) {
    const std::lock_guard one_at_a_time(changing_);
    const auto was = site();
    auto parsed = config::parse_site(site_xml, name, std::filesystem::absolute(options.site).parent_path(), *manifests());
    if (!parsed)
        return fail(parsed.error().error());
    if (parsed->id != was->id)
        return fail(ErrorCode::refused, name + ": is the site '" + parsed->id + "', this host runs '" + was->id +
                                            "'; its ledger carries that name");
    Applied applied{config::diff(*was, *parsed), 0};
    if (applied.changes.empty()) { // what its files hold may be others all the same
        auto renewed = gates->renew_certificates(signing::Looking::at_once);
        return renewed ? Result<Applied>(std::move(applied)) : fail(renewed.error());
    }

    // Everything new is made before anything old ends, so that a refusal changes nothing.
    auto members = members_for(*parsed, {}, false);
    if (!members)
        return fail(members.error());
    std::map<std::string, std::shared_ptr<Attachment>> fresh;
    for (const config::Attachment& wanted : parsed->attachments) {
        const auto* old = was->attachment(wanted.id);
        if (old != nullptr && old->connector == wanted.connector && old->options == wanted.options &&
            was->timezone == parsed->timezone)
            continue;
        auto made = make_attachment(*parsed, wanted);
        if (!made)
            return fail(made.error());
        fresh[wanted.id] = std::move(*made);
    }
    std::string listed, listed_personal;
    for (const config::Change& change : applied.changes) {
        std::string& line = change.is_personal ? listed_personal : listed;
        line += (line.empty() ? "" : "; ") + change.path + ": '" + change.was + "' -> '" + change.becomes + "'";
    }
    const auto back = [&](const Error& why) {
        if (auto restored = gates->apply(*was); !restored)
            log("gates", OMBUD_LOG_ERROR, "cannot be put back as they were: " + restored.error().message);
        for (const auto& restored : {anchors->apply(was->ledger.anchors), witness->apply(was->ledger.witness)})
            if (!restored)
                log("ledger", OMBUD_LOG_ERROR, "its anchors or witness cannot be put back as they were: " + restored.error().message);
        return fail(why);
    };
    // A gate that cannot begin (its address is taken, its certificate wrong) refuses the whole site.
    if (auto opened = gates->apply(*parsed); !opened)
        return back(opened.error());
    if (auto renewed = gates->renew_certificates(signing::Looking::at_once); !renewed)
        return back(renewed.error());
    if (auto listening = witness->apply(parsed->ledger.witness); !listening)
        return back(listening.error());
    if (auto anchored = anchors->apply(parsed->ledger.anchors); !anchored)
        return back(anchored.error());

    const ModuleSet before = dispatcher->modules();
    auto done = dispatcher->exchange([&](const ModuleSet&) -> Result<ModuleSet> {
        end_capture("another site was applied");
        auto recorded = ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            ledger::Entry entry("config.applied");
            const std::string config = config_hash(*parsed);
            entry.set("config", config);
            entry.set("changes", listed).set("reason", reason);
            if (!listed_personal.empty())
                entry.set("changes_personal", ledger::Personal{listed_personal});
            if (!who.empty())
                entry.set("user", ledger::Personal{who});
            auto index = transaction.append(entry);
            if (!index)
                return fail(index.error());
            applied.ledger_index = *index;
            if (auto loaded = modules->record_members(transaction, *members, *manifests(), config); !loaded)
                return loaded;
            for (const auto& [id, one] : fresh)
                if (auto loaded = modules->record_loaded(transaction, manifests()->find(parsed->attachment(id)->connector)->second, CellStatus{}, id, config); !loaded)
                    return loaded;
            // Last, so that the file and the ledger can only disagree after a crash between rename and commit; then the
            // next start records the configuration that it finds.
            return replace_file(options.site, site_xml);
        });
        if (!recorded)
            return fail(recorded.error());
        set_site(std::move(*parsed));
        return ModuleSet(std::make_shared<const std::vector<Member>>(std::move(*members)));
    });
    if (!done)
        return back(done.error());
    stop_replaced(before, dispatcher->modules());
    end_shadows("another site was applied");

    const auto now = site();
    for (const config::ModuleSettings& settings : now->modules)
        if (const auto* old = was->module(settings.id); old != nullptr && !(old->cameras.empty() && settings.cameras.empty()))
            audits->end(settings.id); // it goes on with what the old site gave it; another one begins below
    if (was->timezone != now->timezone) // dates of registers begin at another moment
        if (auto declared = registers->declare(declared_registers(*manifests(), *now)); !declared)
            log("registers", OMBUD_LOG_ERROR, declared.error().message);
    std::vector<std::shared_ptr<Attachment>> ended;
    {
        const std::lock_guard lock(mutex_);
        for (auto one = attachments_.begin(); one != attachments_.end();) {
            const bool stays = now->attachment(one->first) != nullptr && !fresh.contains(one->first);
            if (stays) {
                ++one;
                continue;
            }
            ended.push_back(one->second);
            inventory->forget_coverage(one->first);
            one = attachments_.erase(one);
        }
    }
    for (const auto& old : ended)
        old->stop(); // it lets go of the VMS before the new one connects
    ended.clear();
    for (auto& [id, one] : fresh) {
        {
            const std::lock_guard lock(mutex_);
            attachments_[id] = one;
        }
        one->begin();
    }
    {
        const std::lock_guard lock(mutex_);
        audit_due_mono_ns_.clear();
        for (const config::ModuleSettings& settings : site_->modules)
            audit_due_mono_ns_[settings.id] = 0;
    }
    tell_devices();
    gates->reconsider();
    notices.publish({Notice::Kind::config_applied, {}, applied.ledger_index, 1});
    return applied;
}

} // namespace ombud::daemon
