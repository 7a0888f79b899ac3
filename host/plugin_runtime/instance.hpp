#pragma once
// One instance of a plugin with its worker: every call into the plugin happens on that thread, one at a time.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include <boost/json/value.hpp>

#include "plugin_runtime/given_cameras.hpp"
#include "plugin_runtime/plugin.hpp"
#include "plugin_runtime/services.hpp"

namespace ombud {

/// What a plugin left behind in one call: its error text and what it sent.
struct CallScope {
    std::string error;
    Outbox outbox;
    EventRef event{}; ///< that the call is about; null: none
    /// Called on the worker whenever `outbox` holds `flush_at` items, to make them durable; null: more is refused.
    std::function<Result<void>(Outbox&&)> flush;
    static constexpr std::size_t flush_at = 1024;
    std::int64_t limit_ns = 0; ///< how long the call may take, from its begin; 0: as long as it likes
    bool sends = true; ///< false while an instance begins and ends: nothing would make `outbox` durable, so all is refused
};

/// One journalled event or one question on its way through one instance. Shared by the asker and the worker; whoever
/// moves `state` away from queued or running first decides how it ends.
struct EventCall {
    enum State : int { queued, running, answered, expired };

    EventRef event;
    std::uint32_t hook = 0;  ///< OMBUD_HOOK_*; 0: only observed
    bool observe = false;
    std::uint32_t flags = 0; ///< OMBUD_CALL_*
    std::uint64_t call_id = 0;
    std::int64_t deadline_ns = 0; ///< from the moment the worker begins

    std::atomic<int> state{queued};
    std::atomic<std::int64_t> began_mono_ns{0};

    // Written by the worker before `state` becomes answered, read after.
    Verdict verdict;
    std::optional<std::string> fault;
    Outbox outbox;
    std::int64_t took_ns = 0;

    std::function<void()> done; ///< [worker] after answered; not called when expired came first
};

/// Thread  create, post, submit, stop: any. Destruction stops.
class Instance {
  public:
    struct Options {
        std::string name;                    ///< module id, or attachment id for a connector
        std::shared_ptr<const Plugin> plugin;
        boost::json::value document;         ///< what ombud_config shows
        std::shared_ptr<FeedSink> feed;      ///< connectors only
        std::optional<std::set<std::string>> actions{}; ///< kinds it may ask for; absent: any
        std::shared_ptr<const GivenCameras> cameras{}; ///< how far it reaches; null: everywhere
        std::size_t queue_max = 1024;        ///< calls waiting; submit and post block when that many wait
        std::int64_t lifecycle_ns = 10'000'000'000; ///< deadline of create+start, and of stop
        std::int64_t start_ns = 0;           ///< deadline of create+start where it is shorter; 0: lifecycle_ns
    };

    /// Starts the worker, creates and starts the instance.
    /// Errors  what the plugin said, with its id; unavailable  no answer within the deadline (its process
    ///         is ended; without one, the thread is given up)
    static Result<std::shared_ptr<Instance>> create(Options options, const HostServices& services);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    const std::string& name() const;
    const Plugin& plugin() const;

    /// Queues one event; waits while the queue is full. Once the instance stops it stays queued: the asker's deadline ends it.
    void submit(std::shared_ptr<EventCall> call);

    /// Queues anything else that must run on the worker: audits, a connector's functions. Waits like submit.
    /// @return false: the instance stops, and the work was dropped
    bool post(std::function<void(ombud_instance*, CallScope&)> work);

    /// Whether the worker sits in a call whose deadline has passed.
    [[nodiscard]] bool is_stuck() const;
    [[nodiscard]] std::size_t queue_depth() const;
    [[nodiscard]] std::uint64_t late_answers() const;

    /// Where it runs.
    [[nodiscard]] CellStatus place() const;
    /// Lets a module that rests after too many deaths start again.
    void forgive();

    /// Lets queued calls run, stops the plugin and ends the worker. A worker that is stuck past `lifecycle_ns` is given up:
    /// with a process of its own that is ended; without, its thread and memory stay until the host ends.
    void stop();

  private:
    struct Shared;
    explicit Instance(std::shared_ptr<Shared> shared);
    bool enqueue(std::shared_ptr<EventCall> call, std::function<void(ombud_instance*, CallScope&)> work);
    std::shared_ptr<Shared> shared_; // kept alive by a worker that was given up
};

} // namespace ombud
