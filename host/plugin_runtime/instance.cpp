#include "plugin_runtime/instance.hpp"

#include <chrono>
#include <cstring>
#include <future>
#include <utility>
#include <vector>

#include "plugin_runtime/config_tables.hpp"
#include "plugin_runtime/crash_notes.hpp"
#include "plugin_runtime/service_tables.hpp"

namespace ombud {
namespace {

std::string status_text(ombud_status status, const std::string& said) {
    return "status " + std::to_string(status) + (said.empty() ? "" : ": " + said);
}

} // namespace

// Everything the worker touches. The worker holds a reference of its own, so a worker that never comes back does not
// pull anything from under its plugin.
struct Instance::Shared {
    Shared(Options given, const HostServices& lent)
        : options(std::move(given)), config(std::move(options.document)),
          context(options.name, lent, options.feed, options.actions, options.cameras), clock(*lent.clock),
          cell(options.plugin->make_cell(context, config.table())),
          crash_line(cell ? std::string() : crash_notes::line_for(options.plugin->id(), options.plugin->file().sha256)) {}

    Options options;
    ConfigTable config;
    ServiceContext context;
    const Clock& clock;
    const std::unique_ptr<Cell> cell; // null: the plugin runs here
    const std::string crash_line;     // empty: a crash of it is not one of this process

    std::mutex mutex;
    std::condition_variable changed;
    struct Job {
        std::shared_ptr<EventCall> call;                       // one of the two
        std::function<void(ombud_instance*, CallScope&)> work;
    };
    std::deque<Job> queue;
    bool stopping = false;
    std::shared_ptr<EventCall> current; // what the worker is in
    std::thread worker;

    std::atomic<std::uint64_t> late{0};
    ombud_instance* instance = nullptr;     // worker only
    std::vector<std::uint64_t> lent_event;  // worker only

    /// Runs `work` as a call into the plugin.
    template <class Work>
    auto within(CallScope& scope, const Work& work);
    Result<void> begin();
    const ombud_event* lend(const Event& event);
    bool has_room();
    void loop();
    void run(EventCall& call);
    void deliver(EventCall& call, std::int64_t began, const CallScope& scope);
    void end();
};

template <class Work>
auto Instance::Shared::within(CallScope& scope, const Work& work) {
    struct Leave {
        ServiceContext& context;
        ~Leave() { context.enter(nullptr); }
    };
    const crash_notes::Scope inside(crash_line.empty() ? nullptr : &crash_line);
    context.enter(&scope);
    const Leave leave{context};
    return work();
}

Result<void> Instance::Shared::begin() {
    const ombud_module& module = options.plugin->module();
    CallScope scope;
    scope.sends = false;
    scope.limit_ns = options.lifecycle_ns;
    context.bind_worker();
    const char* step = "create";
    const ombud_status status = within(scope, [&] {
        const ombud_status created = cell ? cell->create(&instance) : module.create(context.table(), config.table(), &instance);
        if (created != OMBUD_OK || instance == nullptr)
            return created == OMBUD_OK ? ombud_status{OMBUD_INTERNAL} : created;
        step = "start";
        return module.start(instance);
    });
    if (status == OMBUD_OK)
        return {};
    if (instance != nullptr)
        module.destroy(std::exchange(instance, nullptr));
    return fail(ErrorCode::unavailable, options.plugin->id() + ": " + step + " failed: " + status_text(status, scope.error));
}

void Instance::Shared::end() {
    const ombud_module& module = options.plugin->module();
    CallScope scope;
    scope.sends = false;
    scope.limit_ns = options.lifecycle_ns;
    within(scope, [&] {
        module.stop(instance, clock.mono_ns() + options.lifecycle_ns);
        module.destroy(std::exchange(instance, nullptr));
    });
}

// A copy, since all others read the event itself: what a module writes over it changes nothing that others see or that is recorded.
const ombud_event* Instance::Shared::lend(const Event& event) {
    if (cell)
        return &event.header(); // it is copied on its way
    const auto bytes = event.bytes();
    lent_event.resize((bytes.size() + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
    std::memcpy(lent_event.data(), bytes.data(), bytes.size());
    return reinterpret_cast<const ombud_event*>(lent_event.data());
}

void Instance::Shared::run(EventCall& call) {
    int expected = EventCall::queued;
    const std::int64_t began = clock.mono_ns();
    call.began_mono_ns.store(began);
    if (!call.state.compare_exchange_strong(expected, EventCall::running))
        return; // given up while it waited: nobody reads the answer
    CallScope scope;
    scope.limit_ns = call.deadline_ns;
    scope.event = call.event;
    within(scope, [&] { deliver(call, began, scope); });
    call.outbox = std::move(scope.outbox);
    call.took_ns = clock.mono_ns() - began;
    expected = EventCall::running;
    if (!call.state.compare_exchange_strong(expected, EventCall::answered)) {
        ++late;
        return;
    }
    if (call.done)
        std::exchange(call.done, nullptr)(); // it may hold what holds this call
}

void Instance::Shared::deliver(EventCall& call, std::int64_t began, const CallScope& scope) {
    const ombud_event* const event = lend(*call.event);
    if (call.hook != 0) {
        ombud_hook_call question{};
        question.struct_size = sizeof question;
        question.hook_id = call.hook;
        question.flags = call.flags;
        question.call_id = call.call_id;
        question.deadline_mono_ns = began + call.deadline_ns;
        question.event = event;
        ombud_verdict given{};
        given.struct_size = sizeof given;
        const ombud_status status = options.plugin->hook()->judge(instance, &question, &given);
        if (status != OMBUD_OK) {
            call.fault = "judging failed: " + status_text(status, scope.error);
        } else if (auto verdict = copy_verdict(given)) {
            call.verdict = std::move(*verdict);
        } else {
            call.fault = verdict.error().message;
        }
    }
    if (call.observe && !call.fault) {
        const ombud_status status = options.plugin->observer()->observe(instance, event);
        if (status != OMBUD_OK)
            call.fault = "observing failed: " + status_text(status, scope.error);
    }
}

// Calls that were given up while they waited make room for others: behind a plugin that hangs they would fill the queue,
// and whoever submits next, the dispatcher too, would hang with it. [mutex held]
bool Instance::Shared::has_room() {
    if (queue.size() >= options.queue_max)
        std::erase_if(queue, [](const Job& job) { return job.call && job.call->state.load() == EventCall::expired; });
    return queue.size() < options.queue_max;
}

void Instance::Shared::loop() {
    std::unique_lock lock(mutex);
    while (true) {
        changed.wait(lock, [&] { return stopping || !queue.empty(); });
        if (queue.empty())
            return;
        Job job = std::move(queue.front());
        queue.pop_front();
        current = job.call;
        lock.unlock();
        changed.notify_all(); // room for whoever waits to submit
        if (job.call) {
            run(*job.call);
        } else {
            CallScope scope;
            within(scope, [&] { job.work(instance, scope); });
        }
        lock.lock();
        current.reset();
    }
}

Instance::Instance(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

Result<std::shared_ptr<Instance>> Instance::create(Options options, const HostServices& services) {
    const std::string name = options.plugin->id();
    const auto lifecycle = std::chrono::nanoseconds(options.start_ns > 0 ? options.start_ns : options.lifecycle_ns);
    auto shared = std::make_shared<Shared>(std::move(options), services);
    auto begun = std::make_shared<std::promise<Result<void>>>();
    auto answer = begun->get_future();
    shared->worker = std::thread([shared, begun] {
        const crash_notes::OwnStack stack;
        auto result = shared->begin();
        const bool ok = result.has_value();
        begun->set_value(std::move(result));
        if (!ok)
            return;
        shared->loop();
        shared->end();
    });
    if (answer.wait_for(lifecycle) != std::future_status::ready) {
        {
            const std::lock_guard lock(shared->mutex);
            shared->stopping = true; // should it ever come back, it ends what it began
        }
        if (shared->cell) {
            shared->cell->end("create and start gave no answer in time");
            shared->worker.join();
        } else {
            shared->worker.detach();
        }
        return fail(ErrorCode::unavailable, name + ": create and start gave no answer within " +
                                                std::to_string(lifecycle.count() / 1'000'000) + " ms");
    }
    if (auto result = answer.get(); !result) {
        shared->worker.join();
        return fail(result.error());
    }
    return std::shared_ptr<Instance>(new Instance(std::move(shared)));
}

Instance::~Instance() { stop(); }

const std::string& Instance::name() const { return shared_->options.name; }
const Plugin& Instance::plugin() const { return *shared_->options.plugin; }

bool Instance::enqueue(std::shared_ptr<EventCall> call, std::function<void(ombud_instance*, CallScope&)> work) {
    constexpr auto tick = std::chrono::milliseconds(10); // nobody tells the queue that a call in it was given up
    std::unique_lock lock(shared_->mutex);
    while (!shared_->stopping && !shared_->has_room())
        shared_->changed.wait_for(lock, tick);
    if (shared_->stopping)
        return false;
    shared_->queue.push_back({std::move(call), std::move(work)});
    lock.unlock();
    shared_->changed.notify_all();
    return true;
}

void Instance::submit(std::shared_ptr<EventCall> call) { (void)enqueue(std::move(call), {}); }

bool Instance::post(std::function<void(ombud_instance*, CallScope&)> work) { return enqueue(nullptr, std::move(work)); }

bool Instance::is_stuck() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->current && shared_->current->state.load() == EventCall::expired;
}

std::size_t Instance::queue_depth() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->queue.size();
}

CellStatus Instance::place() const { return shared_->cell ? shared_->cell->status() : CellStatus{}; }

void Instance::forgive() {
    if (shared_->cell)
        shared_->cell->forgive();
}

std::uint64_t Instance::late_answers() const { return shared_->late.load(); }

void Instance::stop() {
    std::thread ending;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->stopping = true;
        ending = std::move(shared_->worker);
    }
    if (!ending.joinable())
        return;
    shared_->changed.notify_all();
    // std::thread has no timed join: the worker's end is seen by the last reference it drops.
    auto gone = std::make_shared<std::promise<void>>();
    auto waiter = std::thread([worker = std::move(ending), gone]() mutable {
        worker.join();
        gone->set_value();
    });
    const auto patience = std::chrono::nanoseconds(2 * shared_->options.lifecycle_ns);
    const bool has_ended = gone->get_future().wait_for(patience) == std::future_status::ready;
    if (!has_ended && shared_->cell)
        shared_->cell->end("it did not stop in time");
    if (has_ended || shared_->cell)
        waiter.join();
    else
        waiter.detach();
}

} // namespace ombud
