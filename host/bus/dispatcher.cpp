#include "bus/dispatcher.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <list>
#include <mutex>
#include <thread>

#include "bus/flight.hpp"
#include "bus/record.hpp"

namespace ombud {
namespace {

constexpr std::size_t window = 512;             // events under way at once
constexpr std::size_t batch_max = 256;          // events recorded in one unit
constexpr auto tick = std::chrono::milliseconds(10); // how late a deadline may be noticed

} // namespace

struct Dispatcher::Impl {
    explicit Impl(Parts given) : parts(std::move(given)) {}

    Parts parts;
    mutable std::mutex mutex;
    std::condition_variable changed;   // news, landings, exchanges
    std::deque<std::shared_ptr<Flight>> landed;
    std::list<std::shared_ptr<Flight>> under_way; // dispatcher's thread only
    std::size_t in_flight = 0;         // events launched and not yet recorded
    std::size_t asking = 0;            // questions under way
    bool paused = false;               // an exchange waits or runs
    bool stopping = false;
    bool news = false;
    bool broken = false;               // nothing can be recorded any more
    ModuleSet modules;
    std::shared_ptr<Tap> tap;
    std::mutex tapping;                // while a tap is set: who is told next is launched next
    std::thread thread;
    std::mutex exchanging;             // one exchange at a time
    std::atomic<std::uint64_t> call_id{1}, judged{0}, faults{0};

    void loop();
    void launch(Flight& flight, std::uint32_t hook, bool observe, std::uint32_t flags);
    void tell_tap(const Flight& flight, const Judgement& judgement);
    void launch_some();
    void expire_some();
    void record(std::deque<std::shared_ptr<Flight>> flights);
    Result<std::shared_ptr<Flight>> fly(std::uint32_t hook, const EventRef& event, const std::string& attachment, std::uint32_t flags);
    Result<Judgement> record_question(Flight& flight, std::uint32_t flags);
    void end_question();
    void announce(const std::vector<Judgement>& judgements, const std::vector<std::shared_ptr<Flight>>& flights,
                  std::size_t actions_asked);
};

void Dispatcher::Impl::loop() {
    std::unique_lock lock(mutex);
    while (true) {
        const auto ready = [&] { return !landed.empty() || news || (stopping && in_flight == 0); };
        if (in_flight > 0)
            changed.wait_for(lock, tick, ready);
        else
            changed.wait_for(lock, std::chrono::seconds(1), ready);
        if (stopping && in_flight == 0)
            return;
        news = false;
        auto done = std::move(landed);
        landed.clear();
        const bool may_launch = !paused && !stopping && !broken;
        lock.unlock();
        if (!done.empty())
            record(std::move(done));
        if (may_launch)
            launch_some();
        expire_some();
        lock.lock();
    }
}

void Dispatcher::Impl::launch(Flight& flight, std::uint32_t hook, bool observe, std::uint32_t flags) {
    std::shared_ptr<Tap> told;
    {
        const std::lock_guard lock(mutex);
        told = tap;
    }
    const std::uint64_t id = call_id++;
    if (!told)
        return flight.launch(hook, observe, flags, id);
    const std::lock_guard in_order(tapping);
    told->launching(id);
    flight.launch(hook, observe, flags, id);
}

void Dispatcher::Impl::tell_tap(const Flight& flight, const Judgement& judgement) {
    std::shared_ptr<Tap> told;
    {
        const std::lock_guard lock(mutex);
        told = tap;
    }
    if (told)
        told->landed(flight, judgement);
}

void Dispatcher::Impl::launch_some() {
    while (true) {
        ModuleSet now;
        {
            const std::lock_guard lock(mutex);
            if (paused || stopping || in_flight >= window)
                return;
            now = modules;
        }
        auto next = parts.journal.take();
        if (!next)
            return;
        auto flight = std::make_shared<Flight>(std::move(*next), now, [this](std::shared_ptr<Flight> one) {
            const std::lock_guard lock(mutex);
            landed.push_back(std::move(one));
            changed.notify_all();
        });
        {
            const std::lock_guard lock(mutex);
            ++in_flight;
        }
        under_way.push_back(flight);
        const std::uint32_t flags =
            (flight->what().event->header().flags & OMBUD_EVENT_REDELIVERY) != 0 ? OMBUD_CALL_REDELIVERY : 0;
        launch(*flight, 0, true, flags);
    }
}

void Dispatcher::Impl::expire_some() {
    const std::int64_t now = parts.clock.mono_ns();
    for (const auto& flight : under_way)
        flight->expire(now, false, 0);
}

void Dispatcher::Impl::record(std::deque<std::shared_ptr<Flight>> flights) {
    while (!flights.empty()) {
        std::vector<std::shared_ptr<Flight>> batch;
        while (!flights.empty() && batch.size() < batch_max) {
            batch.push_back(std::move(flights.front()));
            flights.pop_front();
        }
        std::vector<Judgement> judgements;
        std::size_t actions_asked = 0;
        for (const auto& flight : batch)
            judgements.push_back(judgement_of(*flight));
        auto recorded = parts.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            actions_asked = 0;
            const std::int64_t now = parts.clock.utc_ns();
            for (std::size_t i = 0; i < batch.size(); ++i) {
                auto index = record_flight(transaction, *batch[i], judgements[i], parts.names, parts.consequences, now, false,
                                           actions_asked);
                if (!index)
                    return fail(index.error());
                judgements[i].ledger_index = *index;
            }
            return {};
        });
        for (std::size_t i = 0; recorded && i < batch.size(); ++i)
            tell_tap(*batch[i], judgements[i]);
        {
            const std::lock_guard lock(mutex);
            in_flight -= batch.size();
            if (!recorded)
                broken = true;
        }
        for (const auto& flight : batch)
            under_way.remove(flight);
        changed.notify_all();
        if (!recorded) {
            // What was judged stays in the journal and is judged again after a restart: nothing is lost.
            if (parts.on_fatal)
                parts.on_fatal(recorded.error());
            continue;
        }
        announce(judgements, batch, actions_asked);
    }
}

void Dispatcher::Impl::announce(const std::vector<Judgement>& judgements, const std::vector<std::shared_ptr<Flight>>& flights,
                                std::size_t actions_asked) {
    judged += flights.size();
    parts.notices.publish({Notice::Kind::event_judged, {}, judgements.back().ledger_index, flights.size()});
    for (std::size_t i = 0; i < flights.size(); ++i)
        for (const Flight::Fault& fault : flights[i]->faults()) {
            ++faults;
            parts.notices.publish({Notice::Kind::fault, fault.member->id, judgements[i].ledger_index, 1});
        }
    if (actions_asked > 0)
        parts.notices.publish({Notice::Kind::action_requested, {}, judgements.back().ledger_index, actions_asked});
}

Dispatcher::Dispatcher(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}
Dispatcher::~Dispatcher() { stop(); }

void Dispatcher::start(ModuleSet modules) {
    impl_->modules = std::move(modules);
    impl_->parts.journal.on_news([impl = impl_.get()] {
        const std::lock_guard lock(impl->mutex);
        impl->news = true;
        impl->changed.notify_all();
    });
    impl_->news = true; // what an earlier run left
    impl_->thread = std::thread([this] { impl_->loop(); });
}

void Dispatcher::stop() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    if (impl_->thread.joinable()) {
        impl_->thread.join();
        (void)impl_->parts.ledger.commit([](ledger::Ledger::Transaction&) -> Result<void> { return {}; }); // behind what ask_ahead() queued
    }
}

ModuleSet Dispatcher::modules() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->modules;
}

Result<void> Dispatcher::exchange(const std::function<Result<ModuleSet>(const ModuleSet&)>& change) {
    const std::lock_guard one_at_a_time(impl_->exchanging);
    ModuleSet before;
    {
        std::unique_lock lock(impl_->mutex);
        impl_->paused = true;
        impl_->changed.wait(lock, [&] { return (impl_->in_flight == 0 && impl_->asking == 0) || impl_->stopping; });
        if (impl_->stopping) // events may be under way still: what they hold must not change
            return impl_->paused = false, fail(ErrorCode::unavailable, "the host is stopping");
        before = impl_->modules;
    }
    auto after = change(before);
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->paused = false;
        impl_->news = true;
        if (after)
            impl_->modules = *after;
    }
    impl_->changed.notify_all();
    if (!after)
        return fail(after.error());
    return {};
}

Result<std::shared_ptr<Flight>> Dispatcher::Impl::fly(std::uint32_t hook, const EventRef& event, const std::string& attachment,
                                                     std::uint32_t flags) {
    ModuleSet now;
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !paused || stopping; });
        if (stopping)
            return fail(ErrorCode::unavailable, "the host is stopping");
        ++asking;
        now = modules;
    }
    auto landing = std::make_shared<std::promise<void>>();
    auto waiting = landing->get_future();
    auto flight = std::make_shared<Flight>(
        JournalledEvent{event->stamped(0, parts.clock.mono_ns(), source_id(attachment), event->header().flags), attachment}, now,
        [landing](const std::shared_ptr<Flight>&) { landing->set_value(); });
    const std::int64_t launched = parts.clock.mono_ns();
    launch(*flight, hook, false, flags);
    while (waiting.wait_for(tick) != std::future_status::ready)
        flight->expire(parts.clock.mono_ns(), true, launched);
    return flight;
}

// Queued for the ledger, so a change that waits for questions to end comes behind it.
void Dispatcher::Impl::end_question() {
    const std::lock_guard lock(mutex);
    --asking;
    if (paused) // only an exchange waits for it: the loop would wake for nothing
        changed.notify_all();
}

Result<Judgement> Dispatcher::ask(std::uint32_t hook, const EventRef& event, const std::string& attachment, std::uint32_t flags) {
    auto flight = impl_->fly(hook, event, attachment, flags);
    if (!flight)
        return fail(flight.error());
    return impl_->record_question(**flight, flags);
}

Result<Judgement> Dispatcher::Impl::record_question(Flight& flight, std::uint32_t flags) {
    Judgement judgement = judgement_of(flight);
    std::size_t actions_asked = 0;
    const bool dry_run = (flags & OMBUD_CALL_DRYRUN) != 0;
    auto recorded = parts.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto index = record_flight(transaction, flight, judgement, parts.names, {}, parts.clock.utc_ns(), dry_run, actions_asked);
        if (!index)
            return fail(index.error());
        judgement.ledger_index = *index;
        return {};
    });
    if (recorded)
        tell_tap(flight, judgement);
    end_question();
    if (!recorded)
        return fail(recorded.error());
    announce({judgement}, {flight.shared_from_this()}, actions_asked);
    return judgement;
}

Result<Dispatcher::Ahead> Dispatcher::ask_ahead(std::uint32_t hook, const EventRef& event, const std::string& attachment) {
    auto flown = impl_->fly(hook, event, attachment, 0);
    if (!flown)
        return fail(flown.error());
    const auto flight = *flown;
    Judgement judged = judgement_of(*flight);
    // A refusal may end the conversation, and no later question make it durable. What a module sent beside its answer, or did
    // wrong, is told to others: they must find it stored.
    const VerdictAction applied = judged.applied.action;
    if (applied == VerdictAction::deny || applied == VerdictAction::defer || !flight->faults().empty() || !flight->sent().empty()) {
        auto judgement = impl_->record_question(*flight, 0);
        if (!judgement)
            return fail(judgement.error());
        return Ahead::of(std::move(*judgement));
    }
    Ahead ahead{std::move(judged), {}};
    ahead.recorded = impl_->parts.ledger
                         .submit([impl = impl_.get(), flight, judgement = ahead.judgement](ledger::Ledger::Transaction& transaction) -> Result<void> {
                             std::size_t none = 0;
                             auto index = record_flight(transaction, *flight, judgement, impl->parts.names, {}, impl->parts.clock.utc_ns(), false, none);
                             return index ? Result<void>() : fail(index.error());
                         })
                         .share();
    impl_->tell_tap(*flight, ahead.judgement);
    impl_->end_question();
    impl_->announce({ahead.judgement}, {flight}, 0);
    return ahead;
}

void Dispatcher::set_tap(std::shared_ptr<Tap> tap) {
    const std::lock_guard lock(impl_->mutex);
    impl_->tap = std::move(tap);
}

Dispatcher::Status Dispatcher::status() const {
    const std::lock_guard lock(impl_->mutex);
    return {impl_->judged.load(), impl_->faults.load(), impl_->in_flight};
}

} // namespace ombud
