#include "daemon/audits.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <future>
#include <optional>

#include <ombud/audit.h>

#include "bus/record.hpp"
#include "events/printable.hpp"
#include "findings/findings.hpp"
#include "store/schema.hpp"

namespace ombud::daemon {
namespace {

constexpr std::array<std::string_view, 1> schema{
    "CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, module TEXT NOT NULL, begun INTEGER NOT NULL) STRICT;"};
constexpr std::size_t runs_kept = 64;

std::int64_t thread_cpu_ns() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

std::string_view to_string(AuditStatus::State state) {
    constexpr std::array<std::string_view, 4> names{"running", "done", "cancelled", "failed"};
    return names[static_cast<std::size_t>(state)];
}

struct Audits::Run {
    std::int64_t id = 0;
    std::string module;
    std::atomic<bool> cancelled{false};
    std::atomic<std::uint64_t> done{0}, total{0};
    std::mutex mutex; // the rest
    AuditStatus status;
    std::condition_variable ended;
    std::thread thread;

    AuditStatus snapshot() {
        const std::lock_guard lock(mutex);
        AuditStatus copy = status;
        copy.done = done;
        copy.total = total;
        return copy;
    }
};

Audits::Audits(Parts parts) : parts_(std::move(parts)) {}
Audits::~Audits() { stop(); }

Result<void> Audits::prepare() {
    return parts_.ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "audits", schema); });
}

Result<std::int64_t> Audits::start(const std::string& module, bool correct, bool requested, const std::string& who) {
    const auto ends_now = [&] { // [mutex held]
        const auto found = ends_.find(module);
        return found == ends_.end() ? 0 : found->second;
    };
    const auto ends = [&] {
        const std::lock_guard lock(mutex_);
        return ends_now();
    }();
    auto member = parts_.make(module);
    if (!member)
        return fail(member.error());
    const std::lock_guard lock(mutex_);
    if (stopping_)
        return fail(ErrorCode::unavailable, "the host is stopping");
    if (ends_now() != ends)
        return fail(ErrorCode::unavailable, "another site was applied while the audit of " + module + " began; try again");
    for (auto& [id, run] : runs_)
        if (run->module == module && run->snapshot().state == AuditStatus::State::running)
            return fail(ErrorCode::unavailable, "audit " + std::to_string(id) + " of " + module + " is still running");
    for (auto old = runs_.begin(); runs_.size() >= runs_kept && old != runs_.end();) {
        if (old->second->snapshot().state == AuditStatus::State::running) {
            ++old;
            continue;
        }
        old->second->thread.join(); // it has ended but for its last lines
        old = runs_.erase(old);
    }

    auto run = std::make_shared<Run>();
    run->module = module;
    auto begun = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto insert = transaction.db().cached("INSERT INTO audit(module, begun) VALUES(?1, ?2) RETURNING id");
        if (!insert)
            return fail(insert.error());
        auto row = (*insert)->bind(1, module).bind(2, parts_.clock.utc_ns()).step();
        if (!row)
            return fail(row.error());
        run->id = (*insert)->integer(0);
        (*insert)->reset();
        ledger::Entry entry("audit.started");
        entry.set("module", module).set("audit", run->id).set("mode", to_string(member->mode)).set("correct", correct ? 1 : 0);
        if (!who.empty())
            entry.set("user", ledger::Personal{who});
        auto appended = transaction.append(entry);
        return appended ? Result<void>{} : fail(appended.error());
    });
    if (!begun)
        return fail(begun.error());
    run->status.id = run->id;
    run->status.module = module;
    runs_.emplace(run->id, run);
    run->thread = std::thread([this, run, kept = std::move(*member), correct, requested] {
        const auto ended = execute(run, kept, correct, requested);
        kept.instance->stop();
        {
            const std::lock_guard own(run->mutex);
            AuditStatus& status = run->status;
            status.state = ended ? AuditStatus::State::done
                           : ended.error().code == ErrorCode::cancelled ? AuditStatus::State::cancelled
                                                                        : AuditStatus::State::failed;
            status.message = ended ? "" : ended.error().message;
        }
        run->ended.notify_all();
        if (!ended && ended.error().code != ErrorCode::cancelled)
            parts_.log(OMBUD_LOG_ERROR, "audit of " + run->module + ": " + ended.error().message);
        parts_.notices.publish({Notice::Kind::audit_ended, run->module, 0, 1});
    });
    return run->id;
}

// What a run shares with the worker that carries it out; the worker may outlive the run, and then the host.
struct Audits::Call {
    struct Ended {
        ombud_status status = OMBUD_INTERNAL;
        std::string error;
        Outbox rest;
        std::int64_t cpu_ns = 0;
    };
    std::shared_ptr<Run> run;
    const Plugin* plugin = nullptr; // kept by the worker
    std::uint32_t flags = 0;
    std::promise<Ended> ended;
    std::mutex mutex;      // the rest
    std::function<Result<void>(Outbox&&)> flush; ///< empty: given up

    void carry_out(ombud_instance* self, CallScope& scope) {
        scope.flush = [this](Outbox&& outbox) -> Result<void> {
            const std::lock_guard lock(mutex);
            return flush ? flush(std::move(outbox)) : fail(ErrorCode::cancelled, "the audit was given up");
        };
        ombud_audit_run call{};
        call.struct_size = sizeof call;
        call.flags = flags;
        call.ctx = run.get();
        call.progress = [](void* ctx, std::uint64_t done, std::uint64_t total) -> ombud_status {
            Run& own = *static_cast<Run*>(ctx);
            own.done = done;
            own.total = total;
            return own.cancelled ? OMBUD_CANCELLED : OMBUD_OK;
        };
        const std::int64_t before = thread_cpu_ns();
        Ended outcome;
        outcome.status = plugin->audit()->run(self, &call);
        outcome.cpu_ns = thread_cpu_ns() - before;
        outcome.error = printable(scope.error);
        outcome.rest = std::move(scope.outbox);
        ended.set_value(std::move(outcome));
    }
};

Result<void> Audits::execute(const std::shared_ptr<Run>& shared, const Member& member, bool correct, bool requested) {
    Run& run = *shared;
    std::size_t asked = 0;
    const auto opened = [&]() -> std::int64_t {
        auto db = parts_.ledger.open_for_reading();
        const auto counts = db ? findings::count(*db, run.module) : Result<FindingCounts>(fail(db.error()));
        return counts ? counts->open : 0;
    };
    const std::int64_t open_before = opened();
    auto call = std::make_shared<Call>();
    call->run = shared;
    call->plugin = &member.instance->plugin();
    call->flags = (correct ? OMBUD_AUDIT_CORRECT : 0U) | (requested ? OMBUD_AUDIT_REQUESTED : 0U);
    call->flush = [&](Outbox&& outbox) {
        std::size_t fresh = 0;
        auto kept = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) {
            fresh = 0;
            return record_outbox(transaction, member, outbox, {}, run.id, member.mode, parts_.clock.utc_ns(), fresh);
        });
        if (kept && fresh > 0) {
            asked += fresh;
            parts_.notices.publish({Notice::Kind::action_requested, {}, 0, fresh});
        }
        return kept;
    };
    auto waiting = call->ended.get_future();
    if (!member.instance->post([call](ombud_instance* self, CallScope& scope) { call->carry_out(self, scope); }))
        return fail(ErrorCode::unavailable, "the host is stopping");
    // As long as it likes; but who is told to stop, stops.
    std::optional<std::chrono::steady_clock::time_point> given_up_at;
    bool given_up = false;
    while (!given_up && waiting.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) {
        if (run.cancelled && !given_up_at)
            given_up_at = std::chrono::steady_clock::now() + parts_.patience;
        given_up = given_up_at && std::chrono::steady_clock::now() > *given_up_at;
    }
    Call::Ended ended;
    if (given_up) {
        const std::lock_guard lock(call->mutex);
        call->flush = nullptr;
        ended.error = "it was cancelled and went on; given up";
    } else {
        ended = waiting.get();
    }

    const bool complete = ended.status == OMBUD_OK;
    std::int64_t closed = 0;
    std::size_t fresh = 0;
    auto recorded = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        closed = 0;
        fresh = 0;
        const std::int64_t now = parts_.clock.utc_ns();
        // What it found before it was stopped holds all the same; only what it did not find proves nothing then.
        if (auto ok = record_outbox(transaction, member, ended.rest, {}, run.id, member.mode, now, fresh); !ok)
            return ok;
        if (complete) {
            auto stale = findings::clear_stale(transaction, run.module, run.id, now, looks_at(member));
            if (!stale)
                return fail(stale.error());
            closed = *stale;
        }
        ledger::Entry entry("audit.ended");
        entry.set("module", run.module).set("audit", run.id).set("complete", complete ? 1 : 0);
        entry.set("examined", static_cast<std::int64_t>(run.done.load())).set("findings_closed", closed);
        entry.set("actions", static_cast<std::int64_t>(asked + fresh));
        if (!complete)
            entry.set("why", given_up ? ended.error : run.cancelled ? "cancelled" : "status " + std::to_string(ended.status) + " " + ended.error);
        auto appended = transaction.append(entry);
        return appended ? Result<void>{} : fail(appended.error());
    });
    if (!recorded)
        return recorded;
    if (fresh > 0)
        parts_.notices.publish({Notice::Kind::action_requested, {}, 0, fresh});
    {
        const std::int64_t open_after = opened();
        const std::lock_guard own(run.mutex);
        run.status.findings_closed = closed;
        run.status.findings_opened = std::max<std::int64_t>(0, open_after - open_before + closed);
        run.status.actions = static_cast<std::int64_t>(asked + fresh);
        run.status.cpu_ns = ended.cpu_ns;
    }
    if (ended.status == OMBUD_CANCELLED || run.cancelled)
        return fail(ErrorCode::cancelled, "cancelled");
    if (!complete)
        return fail(ErrorCode::internal, "status " + std::to_string(ended.status) + (ended.error.empty() ? "" : ": " + ended.error));
    return {};
}

Result<AuditStatus> Audits::status(std::int64_t id) const {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(id);
    if (found == runs_.end())
        return fail(ErrorCode::not_found, "no audit " + std::to_string(id) + " since the host started");
    return found->second->snapshot();
}

Result<AuditStatus> Audits::cancel(std::int64_t id) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = runs_.find(id);
        if (found != runs_.end())
            found->second->cancelled = true;
    }
    return status(id);
}

void Audits::end(const std::string& module) {
    std::shared_ptr<Run> running;
    {
        const std::lock_guard lock(mutex_);
        ++ends_[module];
        for (const auto& [id, run] : runs_)
            if (run->module == module && run->snapshot().state == AuditStatus::State::running)
                running = run;
    }
    if (!running)
        return;
    running->cancelled = true;
    std::unique_lock lock(running->mutex);
    running->ended.wait(lock, [&] { return running->status.state != AuditStatus::State::running; });
}

void Audits::stop() {
    std::map<std::int64_t, std::shared_ptr<Run>> runs;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        runs.swap(runs_);
    }
    for (auto& [id, run] : runs)
        run->cancelled = true;
    for (auto& [id, run] : runs)
        if (run->thread.joinable())
            run->thread.join();
}

} // namespace ombud::daemon
