#include "enforcement/enforcer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "enforcement/actions.hpp"
#include "findings/findings.hpp"
#include "signing/digest.hpp"

namespace ombud {
namespace {

constexpr std::int64_t batch_max = 64;
using State = actions::Ending::State;

// 2 s, 4 s, … up to an hour: a VMS that is away is not hammered, and what is due is not forgotten.
std::int64_t retry_after_ns(std::int64_t attempts) {
    const std::int64_t seconds = std::int64_t{2} << std::min<std::int64_t>(attempts, 11);
    return std::min<std::int64_t>(seconds, 3600) * 1'000'000'000;
}

actions::Ending ending_of(const ConnectorOutcome& outcome) {
    switch (outcome.outcome) {
    case OMBUD_OUTCOME_DONE: return {State::done, false, outcome.proof};
    case OMBUD_OUTCOME_ALREADY: return {State::done, true, outcome.proof};
    case OMBUD_OUTCOME_REFUSED: return {State::refused, false, outcome.proof};
    case OMBUD_OUTCOME_FAILED: return {State::failed, false, outcome.proof};
    default: return {State::retry, false, outcome.proof};
    }
}

// The same action always has the same id, also after a crash.
ombud_id action_id(std::int64_t row) {
    const auto digest = signing::sha256("ombud.action/" + std::to_string(row));
    ombud_id id{};
    std::copy_n(digest.begin(), sizeof id.b, id.b);
    return id;
}

} // namespace

struct Enforcer::Impl {
    explicit Impl(Parts given) : parts(std::move(given)) {}

    Parts parts;
    std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false, news = true;
    std::thread thread;
    std::shared_ptr<void> subscription;
    std::atomic<std::int64_t> current{0};
    std::atomic<double> share{0};

    void run();
    bool round();
    actions::Ending carry_out(const ActionRow& action);
    std::optional<actions::Ending> withdrawn(const ActionRow& action);
    std::optional<actions::Ending> not_given(const Member& member, const ActionRow& action);
    std::optional<actions::Ending> veto(const ActionRow& action);
    bool record(const ActionRow& action, const actions::Ending& ending);
};

void Enforcer::Impl::run() {
    while (true) {
        {
            std::unique_lock lock(mutex);
            wake.wait_for(lock, std::chrono::seconds(1), [&] { return stopping || news; });
            if (stopping)
                return;
            news = false;
        }
        while (round()) {
            const std::lock_guard lock(mutex);
            if (stopping)
                return;
        }
    }
}

// One batch of what is due. Connectors get theirs together, so that each waits for its worker once.
// @return whether there may be more now: what cannot be recorded must not be done over and over
bool Enforcer::Impl::round() {
    auto db = parts.ledger.open_for_reading();
    if (!db)
        return false;
    const auto due = actions::due(*db, parts.clock.utc_ns(), batch_max);
    if (!due) {
        parts.log(OMBUD_LOG_ERROR, "actions: " + due.error().message);
        return false;
    }
    std::map<std::string, std::vector<const ActionRow*>> for_connectors;
    for (const ActionRow& action : *due) {
        {
            const std::lock_guard lock(mutex);
            if (stopping)
                return false;
        }
        if (auto stopped = withdrawn(action)) {
            if (!record(action, *stopped))
                return false;
        } else if (RecordingGate::handles(action.kind)) {
            if (!record(action, carry_out(action)))
                return false;
        } else if (auto refused = veto(action)) {
            if (!record(action, *refused))
                return false;
        } else {
            for_connectors[action.attachment].push_back(&action);
        }
    }
    bool recorded = true;
    for (const auto& [id, rows] : for_connectors) {
        const auto attachment = parts.attachment(id);
        std::vector<ConnectorAction> wanted;
        for (const ActionRow* row : rows)
            wanted.push_back({action_id(row->id), row->kind, row->device, row->recording, row->control, row->reason,
                              row->export_id, row->user});
        const auto outcomes = attachment ? attachment->act(wanted) : std::vector<ConnectorOutcome>{};
        for (std::size_t i = 0; i < rows.size(); ++i)
            recorded &= record(*rows[i], i < outcomes.size() ? ending_of(outcomes[i])
                                                             : actions::Ending{State::retry, false, "no attachment '" + id + "' now"});
    }
    return recorded && !due->empty();
}

std::optional<actions::Ending> Enforcer::Impl::not_given(const Member& member, const ActionRow& action) {
    std::string device = action.device;
    if (!member.cameras)
        return std::nullopt;
    if (!action.recording.empty()) {
        const auto known = parts.inventory.find(action.attachment, action.recording);
        if (!known)
            return actions::Ending{State::retry, false, known.error().message};
        if (*known)
            device = (*known)->device;
    }
    if ((action.recording.empty() && device.empty()) || member.cameras->has(action.attachment, device))
        return std::nullopt;
    return actions::Ending{State::refused, false, "it is of no camera that the site gives " + member.id};
}

// Whoever switches a module out of enforce, or takes it or a camera of it from the site, stops what it had asked for, too.
std::optional<actions::Ending> Enforcer::Impl::withdrawn(const ActionRow& action) {
    const auto modules = parts.dispatcher.modules();
    for (const Member& member : *modules)
        if (member.id == action.module && member.mode == Mode::enforce)
            return not_given(member, action);
    return actions::Ending{State::refused, false, action.module + " is not in enforce any more"};
}

// A deletion can be refused by any module: the reasons for it may have gone since it was asked for.
std::optional<actions::Ending> Enforcer::Impl::veto(const ActionRow& action) {
    if (action.kind != OMBUD_ACTION_DELETE_RECORDING)
        return std::nullopt;
    const auto record = parts.inventory.record(action.attachment, action.recording);
    if (!record)
        return actions::Ending{State::retry, false, record.error().message};
    if (!*record)
        return std::nullopt; // unknown here: the connector says that it is gone
    const auto question = (*record)->renamed(parts.names.intern("recording.delete"));
    const auto judged = parts.dispatcher.ask(OMBUD_HOOK_RECORDING_DELETE, question, action.attachment, 0);
    if (!judged)
        return actions::Ending{State::retry, false, judged.error().message};
    if (judged->merged.action == VerdictAction::deny && judged->merged.by_fault)
        return actions::Ending{State::retry, false, judged->merged.reason};
    if (judged->merged.action == VerdictAction::deny)
        return actions::Ending{State::refused, false, judged->merged.module + ": " + judged->merged.reason};
    if (judged->merged.action == VerdictAction::defer)
        return actions::Ending{State::retry, false, judged->merged.module + ": " + judged->merged.reason};
    return std::nullopt;
}

actions::Ending Enforcer::Impl::carry_out(const ActionRow& action) {
    const auto recorded = parts.ledger.recorded(action.ledger_index);
    if (!recorded)
        return {State::retry, false, recorded.error().message}; // nothing is enforced unrecorded
    current = action.id;
    share = 0;
    auto ending = parts.recordings.apply(*recorded, action, [this](double done) {
        share = done;
        const std::lock_guard lock(mutex);
        return !stopping;
    });
    current = 0;
    return ending;
}

bool Enforcer::Impl::record(const ActionRow& action, const actions::Ending& ending) {
    const std::int64_t now = parts.clock.utc_ns();
    auto recorded = parts.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        if (auto ok = actions::end(transaction, action, ending, now, now + retry_after_ns(action.attempts)); !ok)
            return ok;
        // What is known of an export or an account, its module clears when the VMS tells of it.
        if (ending.state != State::done || (action.device.empty() && action.recording.empty()))
            return {};
        return findings::clear_subject(transaction, action.module, action.control, action.attachment, action.device,
                                       action.recording, "corrected: " + action.kind, now);
    });
    if (!recorded) {
        parts.log(OMBUD_LOG_ERROR, "cannot record how " + action.kind + " ended: " + recorded.error().message);
        return false;
    }
    parts.notices.publish({Notice::Kind::action_ended, action.attachment, action.ledger_index, 1});
    return true;
}

Enforcer::Enforcer(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}
Enforcer::~Enforcer() { stop(); }

void Enforcer::start() {
    impl_->subscription = impl_->parts.notices.subscribe([impl = impl_.get()](const Notice& notice) {
        if (notice.kind != Notice::Kind::action_requested)
            return;
        const std::lock_guard lock(impl->mutex);
        impl->news = true;
        impl->wake.notify_all();
    });
    impl_->thread = std::thread([this] { impl_->run(); });
}

void Enforcer::stop() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->wake.notify_all();
    if (impl_->thread.joinable())
        impl_->thread.join();
    impl_->subscription.reset();
}

std::pair<std::int64_t, double> Enforcer::progress() const { return {impl_->current.load(), impl_->share.load()}; }

} // namespace ombud
