#include "daemon/host.hpp"

#include <chrono>

#include <ombud/vocabulary.h>

#include "daemon/not_given.hpp"
#include "ledger/entry.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::daemon {

std::string config_hash(const config::Site& site) {
    return signing::hex(signing::sha256(config::canonical_text(site)));
}

Host::Host(const Options& given, const Clock& lent, Log write)
    : options(given), clock(lent), started_utc_ns(lent.utc_ns()), log(std::move(write)) {}

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

// Once a second: is the clock sane, is an audit due, was a certificate renewed.
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
        (void)gates->renew_certificates(signing::Looking::settled); // what cannot be taken up is told by the gate
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
    if (status.log_holds_removed && !status.log_failure.empty())
        all.push_back("values that were removed may still be in a write-ahead log of the ledger's folder: it cannot be emptied while somebody reads (" +
                      status.log_failure + "); tried again every two seconds");
    if (const std::string held = clock_guard->held(); !held.empty())
        all.push_back(held + "; corrections wait");
    if (const auto open = approvals->count_open(); open && *open > 0)
        all.push_back(std::to_string(*open) + (*open == 1 ? " proposal waits" : " proposals wait") + " for a second person: ombud approve");
    if (gates && dispatcher)
        for (std::string& one : gates->unjudged(*site(), *dispatcher->modules()))
            all.push_back(std::move(one));
    if (dispatcher)
        for (std::string& one : unwatched(*site(), *manifests(), *dispatcher->modules()))
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
