#include "bus/record.hpp"

#include <algorithm>
#include <iterator>

#include <ombud/view.hpp>
#include <ombud/vocabulary.h>

#include "enforcement/actions.hpp"
#include "events/printable.hpp"
#include "findings/findings.hpp"
#include "module_state/module_state.hpp"

namespace ombud {
namespace {

std::string words(const Verdict& verdict) {
    std::string text(to_string(verdict.action));
    if (!verdict.rule.empty())
        text += " " + verdict.rule;
    if (!verdict.tracks.empty())
        text += " [" + to_string(verdict.tracks) + "]";
    if (!verdict.parts.empty())
        text += " [" + std::to_string(verdict.parts.size()) + " parts removed]";
    if (!verdict.fields.empty())
        text += " [" + std::to_string(verdict.fields.size()) + " fields set]";
    if (!verdict.reason.empty())
        text += ": " + verdict.reason;
    return text;
}

std::string words(const Answer& answer) {
    const std::string mode(to_string(answer.mode));
    if (answer.fault)
        return mode + " fault (fails " + (answer.fail == FailMode::closed ? "closed" : "open") + "): " + printable(*answer.fault);
    return mode + ' ' + words(answer.verdict);
}

// The facts that say what was judged. What somebody wrote (titles, texts, data) stays out.
constexpr std::string_view facts[] = {
    OMBUD_KEY_DEVICE, OMBUD_KEY_RECORDING,   OMBUD_KEY_CAUSE,   OMBUD_KEY_USER,     OMBUD_KEY_STREAM, OMBUD_KEY_VIEWER, OMBUD_KEY_STAGE,
    OMBUD_KEY_SENDER, OMBUD_KEY_RECIPIENT,   OMBUD_KEY_PARTS,   OMBUD_KEY_TLS_IN,   OMBUD_KEY_TLS_OUT, OMBUD_KEY_PERSON,
    OMBUD_KEY_FORWARDER, OMBUD_KEY_PROVIDER, OMBUD_KEY_COUNTRY, OMBUD_KEY_NEXT_HOP, OMBUD_KEY_QUEUE_ID,
    OMBUD_KEY_EXPORT, OMBUD_KEY_VIA,         OMBUD_KEY_STATE,   OMBUD_KEY_ACT,      OMBUD_KEY_PEER,   OMBUD_KEY_RECORDINGS, OMBUD_KEY_DEVICES,
    OMBUD_KEY_CAMERAS, OMBUD_KEY_FORMATS,    OMBUD_KEY_SEALED,  OMBUD_KEY_RECIPIENT_CLASS, OMBUD_KEY_LEGAL_GROUND, OMBUD_KEY_DESTINATION,
    OMBUD_KEY_DESTINATION_KIND, OMBUD_KEY_MEDIUM, OMBUD_KEY_DESTROY_BY, OMBUD_KEY_MASKS, OMBUD_KEY_PIXELATED, OMBUD_KEY_REVIEWED,
    OMBUD_KEY_APPROVED, OMBUD_KEY_STANDING, OMBUD_KEY_NOTE,  OMBUD_KEY_REFUSED,
};

// Persons only as commitments.
void describe(ledger::Entry& entry, const Event& event, const std::string& attachment, const Names& names) {
    entry.set("type", names.name(event.type()));
    if (event.seq() != 0)
        entry.set("seq", static_cast<std::int64_t>(event.seq()));
    if (event.header().utc_ns != 0)
        entry.set("event_utc_ns", event.header().utc_ns);
    if (!attachment.empty())
        entry.set("attachment", attachment);
    if (!sdk::is_none(event.header().correlation))
        entry.set("correlation", sdk::to_string(event.header().correlation));
    if ((event.header().flags & OMBUD_EVENT_REDELIVERY) != 0)
        entry.set("redelivery", 1);
    for (const sdk::Field field : event.read()) {
        const std::string_view key = names.name(field.key());
        if (std::find(std::begin(facts), std::end(facts), key) == std::end(facts))
            continue;
        if (const auto text = field.as_text(); text && field.is_personal())
            entry.set(key, ledger::Personal{*text});
        else if (text)
            entry.set(key, *text);
        else if (const auto number = field.as_i64())
            entry.set(key, *number);
    }
}

} // namespace

std::string told(const Answer& answer, bool judged, const Outbox& outbox) {
    std::vector<std::string> sent;
    for (const Finding& finding : outbox.raised)
        sent.push_back("raises " + finding.key + " (" + finding.control + "): " + finding.text);
    for (const std::string& key : outbox.cleared)
        sent.push_back("clears " + key);
    for (const ActionRequest& action : outbox.actions)
        sent.push_back("asks for " + action.kind + " of " + action.attachment + "/" + action.device + "/" + action.recording);
    std::sort(sent.begin(), sent.end());
    std::string text = answer.fault ? "fault: " + printable(*answer.fault) : judged ? words(answer.verdict) : std::string("observes");
    for (const std::string& one : sent)
        text += "; " + printable(one);
    return text;
}

findings::LooksAt looks_at(const Member& member) {
    if (!member.cameras)
        return {};
    return [cameras = member.cameras](std::string_view attachment, std::string_view device) { return cameras->has(attachment, device); };
}

Result<void> record_outbox(ledger::Ledger::Transaction& transaction, const Member& member, const Outbox& outbox,
                           const std::string& attachment, std::int64_t audit, Mode mode, std::int64_t now,
                           std::size_t& actions_asked) {
    for (const Finding& finding : outbox.raised)
        if (auto ok = findings::raise(transaction, member.id, finding, audit, now); !ok)
            return ok;
    for (const std::string& key : outbox.cleared)
        if (auto ok = findings::clear(transaction, member.id, key, "no longer so", now, looks_at(member)); !ok)
            return ok;
    if (auto ok = module_state::apply(transaction, member.id, outbox.state); !ok)
        return ok;
    const auto refuse = [&](const std::string& text) -> Result<void> {
        ledger::Entry fault("fault");
        fault.set("module", member.id).set("text", text);
        auto appended = transaction.append(fault);
        return appended ? Result<void>() : fail(appended.error());
    };
    for (const std::string& text : outbox.refused)
        if (auto ok = refuse(text); !ok)
            return ok;
    for (const ActionRequest& asked : outbox.actions) {
        if (!member.actions.contains(asked.kind)) {
            if (auto ok = refuse("asks for the action '" + asked.kind + "', which its manifest does not declare; refused"); !ok)
                return ok;
            continue;
        }
        ActionRequest request = asked;
        if (request.attachment.empty())
            request.attachment = attachment;
        const auto fresh = actions::request(transaction, member.id, mode, request, now);
        if (!fresh)
            return fail(fresh.error());
        actions_asked += *fresh ? 1U : 0U;
    }
    return {};
}

Judgement judgement_of(const Flight& flight) {
    Judgement judgement;
    judgement.answers = flight.answers();
    judgement.merged = merge(judgement.answers);
    judgement.applied = merge_enforced(judgement.answers);
    return judgement;
}

Result<std::uint64_t> record_flight(ledger::Ledger::Transaction& transaction, Flight& flight, const Judgement& judgement,
                                    const Names& names, const Consequences& consequences, std::int64_t now, bool dry_run,
                                    std::size_t& actions_asked) {
    const JournalledEvent& what = flight.what();
    ledger::Entry entry(what.event->seq() != 0 ? "event.judged" : "hook.judged");
    describe(entry, *what.event, what.attachment, names);
    if (!judgement.answers.empty()) {
        entry.set("decision", to_string(judgement.merged.action)).set("applied", to_string(judgement.applied.action));
        if (!judgement.merged.rule.empty())
            entry.set("rule", judgement.merged.rule);
        if (!judgement.merged.reason.empty())
            entry.set("reason", printable(judgement.merged.reason));
        for (const Answer& answer : judgement.answers)
            entry.set("answer." + answer.module, words(answer));
    }
    if (dry_run)
        entry.set("dry_run", 1);
    const auto index = transaction.append(entry);
    if (!index)
        return fail(index.error());

    for (const Flight::Fault& fault : flight.faults()) {
        ledger::Entry record("fault");
        record.set("module", fault.member->id).set("text", printable(fault.text)).set("judgement", static_cast<std::int64_t>(*index));
        if (auto appended = transaction.append(record); !appended)
            return fail(appended.error());
    }
    if (!dry_run) {
        for (const Flight::Sent& sent : flight.sent())
            if (auto ok = record_outbox(transaction, *sent.member, *sent.outbox, what.attachment, 0, sent.member->mode, now,
                                        actions_asked);
                !ok)
                return fail(ok.error());
        if (consequences && !judgement.answers.empty())
            for (const Consequence& consequence : consequences(*what.event, what.attachment, judgement.answers)) {
                const auto fresh = actions::request(transaction, consequence.module, consequence.mode, consequence.request, now);
                if (!fresh)
                    return fail(fresh.error());
                actions_asked += *fresh ? 1U : 0U;
            }
    }
    if (what.event->seq() != 0)
        if (auto removed = Journal::remove(transaction, what.event->seq()); !removed)
            return fail(removed.error());
    return *index;
}

} // namespace ombud
