#include "gates/web/web_gate.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/vocabulary.h>

#include "gates/web/answer.hpp"

namespace ombud::web {
namespace {

constexpr const char* nobodys_reason = "asked for on the video system's pages";

std::string text_of(const EventRef& event, Names& names, std::string_view key) {
    return event ? std::string(event->text(names.intern(key)).value_or("")) : std::string();
}

Outcome refused(unsigned status, std::string decision, std::string rule, std::string reason) {
    Outcome outcome;
    outcome.status = status;
    outcome.decision = std::move(decision);
    outcome.rule = std::move(rule);
    outcome.reason = std::move(reason);
    return outcome;
}

} // namespace

struct WebGate::Case {
    const Asked& asked;
    Description said;
    std::string act, user;
    Export exported; ///< of an export: what it is
    bool is_export = false, is_fetch = false;
};

WebGate::WebGate(Options options, Parts parts) : options_(std::move(options)), parts_(std::move(parts)) {}
WebGate::~WebGate() = default;

Result<std::unique_ptr<WebGate>> WebGate::start(Options options, Parts parts) {
    auto gate = std::unique_ptr<WebGate>(new WebGate(std::move(options), std::move(parts)));
    auto server = api::HttpServer::start(gate->options_.http, [raw = gate.get()](const api::HttpCall& call) {
        if (call.target != "/v1/authorize")
            return api::HttpAnswer{404, "application/json", "{\"error\":{\"code\":\"not_found\",\"message\":\"the gate answers /v1/authorize\"}}\n", {}};
        const auto asked = read_asked(call);
        if (!asked) {
            ++raw->failed_;
            return answer_of(refused(503, "unavailable", {}, asked.error().message), Asked{});
        }
        return answer_of(raw->judge(*asked), *asked);
    });
    if (!server)
        return fail(server.error());
    gate->server_ = std::move(*server);
    return gate;
}

WebGate::Status WebGate::status() const {
    return {server_->port(), open_, asked_, repeated_, refused_, held_, failed_};
}

// How the request stands, beyond what the VMS knows.
void WebGate::stand(Case& one) const {
    Description& said = one.said;
    if (!one.asked.strange.empty() && said.standing != Standing::unknown) {
        said.standing = Standing::strange;
        said.note = one.asked.strange;
    } else if (said.standing == Standing::granted && said.changes && said.is_by_cookie && !is_same_site(one.asked)) {
        said.standing = Standing::cross_site;
        said.note = "it does not show that a page of the same site sent it";
    }
}

Outcome WebGate::refuse_by_itself(const Case& one) const {
    switch (one.said.standing) {
    case Standing::nobody: return refused(401, "login", "ACC-4", one.said.note);
    case Standing::unknown: return refused(503, "unavailable", "ACC-4", "who asks cannot be looked up right now");
    case Standing::strange: return refused(403, "refused", "ACC-1", "not understood, so not let through: " + one.said.note);
    default: return refused(403, "refused", "ACC-1", one.said.note);
    }
}

std::string WebGate::cameras_of(std::string_view devices) const {
    std::string cameras;
    while (!devices.empty()) {
        const auto end = std::min(devices.find('\n'), devices.size());
        if (const std::string camera = parts_.camera_of(devices.substr(0, end)); !camera.empty())
            cameras += (cameras.empty() ? "" : "\n") + camera;
        devices.remove_prefix(std::min(end + 1, devices.size()));
    }
    return cameras;
}

Result<EventRef> WebGate::event_of(const Case& one, bool approved) const {
    auto& names = parts_.names;
    EventBuilder builder(names, one.is_export ? OMBUD_EVENT_EXPORT_RELEASE : OMBUD_EVENT_ACCESS_REQUEST, parts_.clock.utc_ns());
    builder.text(OMBUD_KEY_ATTACHMENT, options_.attachment).text(OMBUD_KEY_ACT, one.act).text(OMBUD_KEY_VIA, "web");
    builder.text(OMBUD_KEY_STANDING, to_string(one.said.standing));
    if (!one.said.note.empty() && one.said.standing != Standing::granted)
        builder.text(OMBUD_KEY_NOTE, one.said.note);
    if (one.said.standing != Standing::granted && options_.enforces)
        builder.integer(OMBUD_KEY_REFUSED, 1);
    if (!one.user.empty())
        builder.text(OMBUD_KEY_USER, one.user, true);
    builder.text(OMBUD_KEY_PEER, one.asked.peer.substr(0, 64), true);
    const auto& recordings = one.exported.recordings;
    const auto& devices = one.exported.devices;
    if (!recordings.empty())
        builder.text(OMBUD_KEY_RECORDINGS, recordings);
    if (!devices.empty())
        builder.text(OMBUD_KEY_DEVICES, devices);
    if (const std::string cameras = cameras_of(devices); !cameras.empty())
        builder.text(OMBUD_KEY_CAMERAS, cameras);
    for (const char* key : {OMBUD_KEY_BEGIN, OMBUD_KEY_END})
        if (const auto time = one.said.event ? one.said.event->integer(names.intern(key)) : std::nullopt)
            builder.integer(key, *time);
    if (one.is_export) {
        if (!one.exported.id.empty())
            builder.text(OMBUD_KEY_EXPORT, one.exported.id);
        if (const auto formats = text_of(one.said.event, names, OMBUD_KEY_FORMATS); !formats.empty())
            builder.text(OMBUD_KEY_FORMATS, formats);
        builder.integer(OMBUD_KEY_SEALED, 0).text(OMBUD_KEY_REASON, nobodys_reason);
        if (approved)
            builder.integer(OMBUD_KEY_APPROVED, 1);
    }
    return builder.build();
}

Outcome WebGate::ask(Case& one, bool approved) {
    const auto event = event_of(one, approved);
    if (!event)
        return refused(503, "unavailable", {}, event.error().message);
    const auto judgement = parts_.ask(one.is_export ? OMBUD_HOOK_EXPORT_RELEASE : OMBUD_HOOK_ACCESS_REQUEST, *event);
    if (!judgement) {
        parts_.log(OMBUD_LOG_ERROR, "a request cannot be recorded: " + judgement.error().message);
        return refused(503, "unavailable", {}, "it cannot be recorded right now");
    }
    if (options_.enforces && one.said.standing != Standing::granted)
        return refuse_by_itself(one);
    const Decision& applied = judgement->applied;
    switch (applied.action) {
    case VerdictAction::allow:
    case VerdictAction::abstain: {
        Outcome outcome;
        outcome.valid_until_mono_ns = applied.valid_until_mono_ns;
        return outcome;
    }
    case VerdictAction::defer:
        if (one.is_export && !approved)
            return propose(one, applied);
        return refused(403, "refused", applied.rule, applied.reason);
    default: {
        Outcome outcome = refused(403, "refused", applied.rule, applied.reason.empty() ? "a module refuses it" : applied.reason);
        outcome.advice = applied.advice;
        return outcome;
    }
    }
}

// Who asked on the VMS's pages is an account of the VMS. Only the site can say whose it is on this machine; without that nobody
// can be told apart from them, so nobody can approve.
Outcome WebGate::propose(const Case& one, const Decision& decision) {
    Outcome outcome = refused(403, "held", decision.rule, decision.reason);
    outcome.advice = decision.advice;
    const auto person = parts_.person_of(one.user);
    if (!person) {
        outcome.decision = "refused";
        outcome.advice = "A second person could approve it, but the site does not say which person of this machine the video system's "
                         "account belongs to: <person … vms-user=\"…\"/>.";
        return outcome;
    }
    approvals::Request request;
    request.kind = approval_kind;
    request.personal = true;
    std::string recordings = one.exported.recordings;
    std::replace(recordings.begin(), recordings.end(), '\n', ' ');
    request.subject = one.act + " of " + (recordings.empty() ? "unknown recordings" : recordings) + " of " + options_.attachment + " for " + one.user;
    request.payload = boost::json::serialize(
        boost::json::object{{"digest", one.exported.digest()}, {"lifetime_ns", options_.approval_lifetime_ns}});
    request.reason = nobodys_reason;
    const auto made = parts_.approvals.propose(request, *person);
    if (made) {
        outcome.proposal = made->id;
        return outcome;
    }
    // The same waits already, most likely: name it.
    approvals::ProposalQuery open;
    open.limit = approvals::Approvals::open_max;
    if (const auto waiting = parts_.approvals.list(open))
        for (const approvals::Proposal& other : *waiting)
            if (other.request.kind == request.kind && other.request.payload == request.payload)
                outcome.proposal = other.id;
    if (outcome.proposal == 0)
        outcome.advice = made.error().message;
    return outcome;
}

approvals::Approvals::Kind WebGate::kind_of_approval(const Clock& clock) {
    return {approval_kind,
            [&clock](ledger::Ledger::Transaction& transaction, const approvals::Proposal& proposal,
                     const approvals::Person& decider) -> Result<std::function<void()>> {
                boost::system::error_code error;
                const auto payload = boost::json::parse(proposal.request.payload, error);
                const auto* object = error ? nullptr : payload.if_object();
                const auto* digest = object == nullptr ? nullptr : object->if_contains("digest");
                const auto* lifetime = object == nullptr ? nullptr : object->if_contains("lifetime_ns");
                if (digest == nullptr || !digest->is_string() || lifetime == nullptr || !lifetime->is_int64())
                    return fail(ErrorCode::corrupt, "its payload cannot be read");
                const std::int64_t now = clock.utc_ns();
                auto granted = Releases::grant(transaction, std::string(digest->get_string()), {proposal.id, decider.account}, now,
                                               now + lifetime->get_int64());
                if (!granted)
                    return fail(granted.error());
                return std::function<void()>();
            }};
}

Outcome WebGate::judge_export(Case& one) {
    Export& wanted = one.exported;
    std::optional<Grant> grant;
    bool is_known = false; // its id belongs to an export that was let through
    if (one.is_fetch && !wanted.id.empty()) {
        const auto release = parts_.releases.find(wanted);
        if (!release)
            return refused(503, "unavailable", {}, release.error().message);
        if (*release) { // the archive of an export that was judged: the same recordings, the same approval
            wanted.recordings = (*release)->recordings;
            wanted.devices = (*release)->devices;
            return ask(one, (*release)->approved);
        }
    }
    if (!wanted.id.empty()) {
        const auto known = parts_.releases.is_known(options_.attachment, wanted.id);
        if (!known)
            return refused(503, "unavailable", {}, known.error().message);
        is_known = *known;
        // ZoneMinder adds to an archive that is there: what was let through for one export would leave with another.
        if (is_known && !one.is_fetch && one.said.standing == Standing::granted) {
            one.said.standing = Standing::strange;
            one.said.note = "an export of this key was made before; take another";
        }
    }
    if (!one.user.empty()) {
        auto granted = parts_.releases.find_grant(wanted);
        if (!granted)
            return refused(503, "unavailable", {}, granted.error().message);
        grant = std::move(*granted);
    }
    Outcome outcome = ask(one, grant.has_value());
    if (!outcome.passes() || one.said.standing != Standing::granted)
        return outcome;
    if (Outcome left = let_leave(one, grant, !is_known); !left.passes())
        return left;
    return outcome;
}

Outcome WebGate::let_leave(const Case& one, const std::optional<Grant>& grant, bool remembers) const {
    Leaving leaving{one.exported, {}, {}, {}, {}};
    if (one.said.event) {
        leaving.begin_utc_ns = one.said.event->integer(parts_.names.intern(OMBUD_KEY_BEGIN));
        leaving.end_utc_ns = one.said.event->integer(parts_.names.intern(OMBUD_KEY_END));
    }
    if (grant) {
        const auto proposal = parts_.approvals.find(grant->proposal);
        if (!proposal)
            return refused(503, "unavailable", {}, proposal.error().message);
        leaving.approver = grant->approver;
        leaving.approval_reason = proposal->end_reason;
    }
    const Releases::Enter enter = [&](ledger::Ledger::Transaction& transaction) {
        return parts_.enter ? parts_.enter(transaction, leaving) : Result<std::function<void()>>(std::function<void()>());
    };
    auto used = parts_.releases.use(one.exported, grant, remembers, enter);
    if (used)
        return {};
    if (used.error().code == ErrorCode::refused)
        return refused(403, "refused", "EXP-8", used.error().message);
    parts_.log(OMBUD_LOG_ERROR, "an export cannot be recorded: " + used.error().message);
    return refused(503, "unavailable", "EXP-6", "it cannot be recorded right now");
}

Outcome WebGate::judge(const Asked& asked) {
    Case one{asked, {}, {}, {}, {}, false, false};
    auto said = parts_.describe(asked);
    if (said) {
        one.said = std::move(*said);
        is_blind_ = false;
    } else {
        one.said.standing = Standing::unknown;
        one.said.note = said.error().message;
        if (!is_blind_.exchange(true)) // once, not for each request until it is over
            parts_.log(OMBUD_LOG_ERROR, "requests cannot be described: " + said.error().message);
    }
    stand(one);
    if (one.said.standing == Standing::open) {
        ++open_;
        return {};
    }
    auto& names = parts_.names;
    one.act = text_of(one.said.event, names, OMBUD_KEY_ACT);
    if (one.act.empty())
        one.act = "other";
    one.user = text_of(one.said.event, names, OMBUD_KEY_USER);
    one.is_export = one.said.event && names.name(one.said.event->type()) == OMBUD_EVENT_EXPORT_RELEASE;
    one.is_fetch = one.is_export && one.act == "download";
    one.exported = {options_.attachment, one.user, one.act, text_of(one.said.event, names, OMBUD_KEY_EXPORT),
                    text_of(one.said.event, names, OMBUD_KEY_RECORDINGS), text_of(one.said.event, names, OMBUD_KEY_DEVICES)};

    // Harmless and asked a moment ago by the same account from the same place: the same answer. Of strangers only how they
    // stand counts, so that nobody fills the ledger with addresses.
    const std::int64_t now = parts_.clock.mono_ns();
    const bool repeats = !one.said.changes && !one.is_export && one.act != "login";
    const bool is_known = one.said.standing == Standing::granted || one.said.standing == Standing::lacking;
    const std::string key = std::string(to_string(one.said.standing)) + '\n' + std::string(asked.peer) + '\n' + one.user + '\n' + one.act + '\n' +
                            (is_known ? one.exported.recordings + '\n' + one.exported.devices : one.said.note);
    const std::uint64_t generation = recent_.generation();
    const bool may_repeat = repeats || !is_known;
    if (may_repeat)
        if (auto recent = recent_.find(key, now)) {
            ++repeated_;
            refused_ += recent->passes() ? 0U : 1U;
            return *recent;
        }
    Outcome outcome = one.is_export ? judge_export(one) : ask(one, false);
    ++asked_;
    if (outcome.decision == "held")
        ++held_;
    else if (outcome.status == 503)
        ++failed_;
    else if (!outcome.passes())
        ++refused_;
    if (may_repeat && outcome.status != 503) {
        const std::int64_t until = now + options_.memory_ns;
        const std::int64_t told = outcome.valid_until_mono_ns;
        recent_.keep(key, outcome, now, told == 0 ? until : std::min(until, told), generation);
    }
    return outcome;
}

} // namespace ombud::web
