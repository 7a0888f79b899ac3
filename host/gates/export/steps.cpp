// The steps of an export up to its release, and the last one.
#include <algorithm>

#include <boost/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <ombud/host.h>
#include <ombud/vocabulary.h>

#include "events/printable.hpp"
#include "gates/export/content.hpp"
#include "gates/export/erase.hpp"
#include "gates/export/table.hpp"
#include "gates/export/work.hpp"

namespace ombud::exports {
namespace {

namespace json = boost::json;

constexpr std::int64_t second_ns = 1'000'000'000;

/// 5 s, 10 s, 20 s … up to half an hour.
std::int64_t pause_ns(std::int64_t retries) { return std::min<std::int64_t>(1800, 5LL << std::min<std::int64_t>(retries, 9)) * second_ns; }

std::string lines(const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& one : all)
        text += (text.empty() ? "" : "\n") + one;
    return text;
}

std::string words_of(const Decision& decision) {
    std::string text(to_string(decision.action));
    for (const std::string& part : {decision.rule, printable(decision.reason)})
        if (!part.empty())
            text += (text.find(' ') == std::string::npos ? " " : ": ") + part;
    return text;
}

} // namespace

Work::Stepped Work::hold(const Export& one, Export next, State state, const std::string& why, const std::string& rule) {
    next.state = state;
    next.why = why;
    next.rule = rule;
    std::optional<ledger::Entry> noted;
    if (one.state != state || one.why != why) { // told again and again, it would fill the ledger
        noted = entry("export.held", next);
        noted->set("state", to_string(state)).set("why", ledger::Personal{why}); // it may name files; what modules said is in the judgement
        if (!rule.empty())
            noted->set("rule", rule);
        if (next.decision_index != 0)
            noted->set("judgement", static_cast<std::int64_t>(next.decision_index));
    }
    auto changed = change(one, std::move(next), noted);
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

Work::Stepped Work::block(const Export& one, const Error& why) {
    Export next = one;
    next.retries = one.retries + 1;
    next.retry_utc_ns = parts_.clock.utc_ns() + pause_ns(one.retries);
    auto held = hold(one, std::move(next), State::blocked, why.message);
    return held ? Stepped(Moved::no) : held;
}

Work::Stepped Work::take(const Export& one) {
    const auto now = options();
    const auto folder = folder_of(*now, one);
    if (auto made = make_private_folder(now->hold); !made)
        return fail(made.error());
    if (auto made = make_private_folder(folder); !made)
        return fail(made.error());
    Export next = one;
    const Giver giver{one.dropped ? 0 : one.requester.uid.value_or(static_cast<uid_t>(-1))};
    for (std::size_t i = 0; i < next.files.size(); ++i) {
        HeldFile& file = next.files[i];
        const auto target = folder / std::to_string(i);
        auto taken = take_over(file, giver, target, parts_.kernel, [this] { return may_go_on(); });
        if (!taken && taken.error().code == ErrorCode::cancelled)
            return fail(taken.error());
        if (!taken)
            return not_taken(one, i, taken.error());
        if (auto looked = look_into(target, file, parts_.clock, [this] { return may_go_on(); }); !looked)
            return fail(looked.error());
        file.held = true;
    }
    next.retries = next.retry_utc_ns = 0;
    complete(next.description, *now, next.files, parts_.clock.utc_ns());
    const std::string lacks = missing(next.description);
    if (!lacks.empty() || !next.misdescribed.empty())
        return hold(one, std::move(next), State::incomplete, one.misdescribed.empty() ? "it lacks " + lacks : one.misdescribed);
    next.state = State::judging;
    next.why.clear();
    auto changed = change(one, std::move(next));
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

Work::Stepped Work::not_taken(const Export& one, std::size_t held, const Error& why) {
    Export next = one;
    // Nothing of it is here, and what was meant is gone or another file: whoever put it there does so anew.
    if (held == 0 && (why.code == ErrorCode::not_found || why.code == ErrorCode::refused)) {
        next.state = State::clearing;
        next.outcome = "withdrawn";
        next.why = "its file was gone, or another one, before it could be taken over";
        ledger::Entry noted = entry("export.withdrawn", next);
        noted.set("reason", next.why);
        auto changed = change(one, std::move(next), noted);
        return changed ? Stepped(Moved::yes) : fail(changed.error());
    }
    next.why = why.message;
    next.retries = one.retries + 1;
    next.retry_utc_ns = parts_.clock.utc_ns() + pause_ns(one.retries);
    auto changed = change(one, std::move(next));
    return changed ? Stepped(Moved::no) : fail(changed.error());
}

Result<EventRef> Work::question(const Export& one, const Place& place) const {
    const auto now = options();
    const Description& said = one.description;
    EventBuilder builder(parts_.names, OMBUD_EVENT_EXPORT_RELEASE, parts_.clock.utc_ns());
    std::vector<std::string> devices, formats, tracks;
    std::set<std::string> attachments;
    for (const std::string& id : said.cameras)
        if (const auto camera = now->cameras.find(id); camera != now->cameras.end()) {
            devices.push_back(camera->second.device);
            attachments.insert(camera->second.attachment);
        }
    for (const HeldFile& file : one.files) {
        if (std::find(formats.begin(), formats.end(), file.format) == formats.end())
            formats.push_back(file.format);
        if (!file.tracks.empty())
            tracks.push_back(file.tracks);
    }
    std::string all_tracks;
    for (const std::string& of_file : tracks)
        all_tracks += (all_tracks.empty() ? "" : " ") + of_file;
    if (attachments.size() == 1)
        builder.text(OMBUD_KEY_ATTACHMENT, *attachments.begin());
    builder.text(OMBUD_KEY_EXPORT, std::to_string(one.id)).text(OMBUD_KEY_VIA, "desk").text(OMBUD_KEY_USER, one.requester.account, true);
    builder.text(OMBUD_KEY_CAMERAS, lines(said.cameras)).text(OMBUD_KEY_DEVICES, lines(devices));
    builder.integer(OMBUD_KEY_BEGIN, said.begin_utc_ns).integer(OMBUD_KEY_END, said.end_utc_ns).integer(OMBUD_KEY_SIZE, one.size_bytes());
    builder.text(OMBUD_KEY_FORMATS, lines(formats)).integer(OMBUD_KEY_SEALED, 1).text(OMBUD_KEY_REASON, said.reason);
    if (tracks.size() == one.files.size())
        builder.text(OMBUD_KEY_TRACKS, all_tracks);
    if (const Recipient* to = now->recipient(said.recipient))
        builder.text(OMBUD_KEY_RECIPIENT, to->name, true).text(OMBUD_KEY_RECIPIENT_CLASS, to->recipient_class);
    if (!said.legal_ground.empty())
        builder.text(OMBUD_KEY_LEGAL_GROUND, said.legal_ground);
    if (!place.id.empty())
        builder.text(OMBUD_KEY_DESTINATION, place.id);
    builder.text(OMBUD_KEY_DESTINATION_KIND, place.kind).text(OMBUD_KEY_MASKS, one.masks);
    if (!said.medium.empty())
        builder.text(OMBUD_KEY_MEDIUM, said.medium);
    if (said.destroy_by_utc_ns != 0)
        builder.integer(OMBUD_KEY_DESTROY_BY, said.destroy_by_utc_ns);
    if (one.approver)
        builder.integer(OMBUD_KEY_APPROVED, 1);
    if (one.pixelated)
        builder.integer(OMBUD_KEY_PIXELATED, 1);
    if (is_accepted(one))
        builder.integer(OMBUD_KEY_REVIEWED, 1);
    return builder.build();
}

Work::Stepped Work::judge(const Export& one) {
    const auto now = options();
    if (auto covered = cover(one); !covered || *covered == Moved::yes)
        return covered;
    Export next = one;
    if (one.state == State::approved)
        if (const auto proposal = parts_.approvals.find(one.proposal))
            next.approval_reason = proposal->end_reason;
    // The site may have changed since it was described.
    complete(next.description, *now, next.files, parts_.clock.utc_ns());
    if (is_rejected(one)) // by a person: no module, and no other person, lets it out as it is
        return hold(one, std::move(next), State::refused, rejected_words(one), "EXP-13");
    if (now->recipient(next.description.recipient) == nullptr)
        return hold(one, std::move(next), State::incomplete, "recipient '" + one.description.recipient + "' is none of the site's any more");
    auto place = find_place(next.description.destination, one.requester.uid.value_or(0), *now, parts_.kernel);
    if (!place && place.error().code == ErrorCode::refused)
        return hold(one, std::move(next), State::refused, place.error().message, "EXP-4");
    if (!place)
        return block(one, place.error());
    if (next.approver && (place->folder != one.folder || place->kind != one.kind))
        next.approver.reset(); // what was approved was another way out
    next.folder = place->folder;
    next.kind = place->kind;
    next.transport = place->transport;

    const auto event = question(next, *place);
    if (!event)
        return hold(one, std::move(next), State::refused, "it cannot be asked about: " + event.error().message);
    const auto judged = parts_.ask(*event);
    if (!judged)
        return block(one, judged.error());
    const Decision& applied = judged->applied;
    next.decision_index = judged->ledger_index;
    next.would = judged->merged.action == applied.action ? std::string{} : words_of(judged->merged);
    switch (applied.action) {
    case VerdictAction::allow:
    case VerdictAction::abstain: {
        next.state = State::releasing;
        next.why.clear();
        next.rule.clear();
        auto changed = change(one, std::move(next));
        return changed ? Stepped(Moved::yes) : fail(changed.error());
    }
    case VerdictAction::defer:
        if (next.pixelated && !is_accepted(next))
            return hold(one, std::move(next), State::unreviewed, printable(applied.reason), applied.rule);
        if (!next.approver) {
            if (auto changed = change(one, next); !changed) // what was judged is what the proposal shows
                return fail(changed.error());
            return propose(next, *place, applied);
        }
        return hold(one, std::move(next), State::refused, "asks for approval of what was approved: " + printable(applied.reason), applied.rule);
    case VerdictAction::transform:
        return hold(one, std::move(next), State::refused, "a module wants it changed, which this desk does not do: " + printable(applied.reason),
                    applied.rule);
    default: break;
    }
    std::string why = printable(applied.reason); // and what the desk knows of why it could not cover what it should
    if (next.masks == "missing" && !next.masks_note.empty())
        why += " (" + next.masks_note + ")";
    if (!next.pixelated && !next.pixelated_note.empty())
        why += " (it " + next.pixelated_note + ")";
    return hold(one, std::move(next), State::refused, why, applied.rule);
}

Work::Stepped Work::propose(const Export& judged, const Place& place, const Decision& decision) {
    const auto now = options();
    const auto stored = find(judged.id); // with the time of its last change
    if (!stored)
        return fail(stored.error());
    const Description& said = judged.description;
    const Recipient& to = *now->recipient(said.recipient);
    json::array files;
    for (const HeldFile& one : judged.files)
        files.push_back({{"name", one.name}, {"format", one.format}, {"tracks", one.tracks}, {"size_bytes", one.size_bytes}, {"sha256", one.sha256}});
    const json::object payload{
        {"export", judged.id},
        {"requester", approvals::name_of(judged.requester)},
        {"cameras", json::value_from(said.cameras)},
        {"from", local_words(said.begin_utc_ns, now->zone)},
        {"to", local_words(said.end_utc_ns, now->zone)},
        {"reason", said.reason},
        {"asked_by", said.requester_name + ", " + said.requester_title + ", " + said.requester_organisation},
        {"recipient", to.id + ": " + to.name + ", " + to.organisation + " (" + to.recipient_class + ")"},
        {"legal_ground", said.legal_ground},
        {"destination", (place.id.empty() ? "none of the site's" : place.id) + ": " + place.folder.string() + " (" + place.kind + ", " + place.transport + ")"},
        {"medium", said.medium},
        {"destroy_by", said.destroy_by_utc_ns == 0 ? std::string("not said") : local_words(said.destroy_by_utc_ns, now->zone)},
        {"covered", covering_words(judged, true)},
        {"asks_for_approval", (decision.rule.empty() ? "" : decision.rule + ": ") + printable(decision.reason)},
        {"files", std::move(files)}};
    approvals::Request request;
    request.kind = "export.release";
    std::string cameras;
    for (const std::string& one : said.cameras)
        cameras += (cameras.empty() ? "" : ", ") + one;
    request.subject = "export " + std::to_string(judged.id) + " of " + cameras + " to " + to.name + ", " + to.organisation;
    request.personal = true;
    request.payload = json::serialize(payload);
    request.reason = said.reason;

    // An interruption between the proposal and its number here: the proposal is there, and asks for the same.
    std::int64_t number = 0;
    if (auto proposed = parts_.approvals.propose(request, judged.requester)) {
        number = proposed->id;
    } else {
        if (proposed.error().code != ErrorCode::refused)
            return fail(proposed.error());
        const auto open = parts_.approvals.list({});
        if (!open)
            return fail(open.error());
        for (const approvals::Proposal& one : *open)
            if (one.request.kind == request.kind && one.request.subject == request.subject)
                number = one.id;
        if (number == 0)
            return block(*stored, proposed.error());
    }
    Export next = *stored;
    next.proposal = number;
    auto held = hold(*stored, std::move(next), State::asked, printable(decision.reason), decision.rule);
    if (!held) // withdrawn at this moment: there is nothing to approve
        (void)parts_.approvals.withdraw(number, "the export was withdrawn", judged.requester);
    return held;
}

Work::Stepped Work::follow_proposal(const Export& one) {
    const auto proposal = parts_.approvals.find(one.proposal);
    if (!proposal)
        return fail(proposal.error());
    if (proposal->state == approvals::State::open)
        return Moved::no;
    if (proposal->state == approvals::State::approved) {
        // Its own transaction says so here; a proposal that asks for the same was decided before this one had its number.
        Export next = one;
        next.state = State::judging;
        next.proposal = 0;
        auto changed = change(one, std::move(next));
        return changed ? Stepped(Moved::yes) : fail(changed.error());
    }
    const std::string how = proposal->state == approvals::State::refused     ? "a second person refused it: " + proposal->end_reason
                            : proposal->state == approvals::State::withdrawn ? "its approval is no longer asked for"
                                                                            : "nobody approved it in time";
    Export next = one;
    next.proposal = 0;
    return hold(one, std::move(next), State::refused, how, "EXP-8");
}

Work::Stepped Work::remind(const Export& one) {
    if (one.undescribed_told || !parts_.tell_undescribed || parts_.clock.utc_ns() - one.taken_utc_ns < undescribed_ns)
        return let_expire(one);
    Export next = one;
    next.undescribed_told = true;
    auto changed = change(one, std::move(next), {}, [&](ledger::Ledger::Transaction& transaction, const Export& made) {
        return parts_.tell_undescribed(transaction, made, true);
    });
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

Work::Stepped Work::let_expire(const Export& one) {
    const auto now = options();
    // What cannot be taken over changes with each try; the rest is kept from the last time that somebody changed it.
    if (parts_.clock.utc_ns() - (one.state == State::taking ? one.taken_utc_ns : one.changed_utc_ns) < now->keep_ns)
        return Moved::no;
    Export next = one;
    next.state = State::clearing;
    next.outcome = "expired";
    ledger::Entry noted = entry("export.expired", next);
    noted.set("state", to_string(one.state)).set("kept_s", now->keep_ns / second_ns);
    auto changed = change(one, std::move(next), noted);
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

Work::Stepped Work::clear(const Export& one) {
    const auto now = options();
    const auto folder = folder_of(*now, one);
    Export next = one;
    std::set<std::string> done;
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(folder, error))
        files.push_back(file.path());
    for (const auto& file : files) {
        auto erased = erase_file(file, parts_.kernel);
        if (!erased) {
            next.retries = one.retries + 1;
            next.retry_utc_ns = parts_.clock.utc_ns() + pause_ns(one.retries);
            next.why = "its plain copy cannot be removed: " + erased.error().message;
            parts_.log(OMBUD_LOG_ERROR, "export " + std::to_string(one.id) + ": " + next.why);
            auto changed = change(one, std::move(next));
            return changed ? Stepped(Moved::no) : fail(changed.error());
        }
        done.insert(*erased);
    }
    if (::rmdir(folder.c_str()) != 0 && errno != ENOENT)
        return media::fail_errno(folder.string());
    std::string how;
    for (const std::string& words : done)
        how += (how.empty() ? "" : "; ") + words;
    next.state = State::closed;
    next.cleared = how.empty() ? "nothing was left to remove" : how;
    ledger::Entry noted = entry("export.cleared", next);
    noted.set("outcome", one.outcome).set("files", static_cast<std::int64_t>(files.size())).set("how", next.cleared);
    forget_persons(next);
    auto changed = change(one, std::move(next), noted);
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

} // namespace ombud::exports
