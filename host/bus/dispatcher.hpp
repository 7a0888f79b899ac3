#pragma once
// Hands events to modules, waits for their answers within deadlines, and records what came of it: event and answer leave
// the journal and enter the ledger in one transaction.

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "bus/journal.hpp"
#include "bus/module_set.hpp"
#include "bus/notices.hpp"
#include "events/clock.hpp"
#include "ledger/ledger.hpp"

namespace ombud {

class Flight;

/// What a decision asks the host itself to do, e.g. the recording gate.
struct Consequence {
    ActionRequest request;
    std::string module; ///< whose answer it follows from
    Mode mode = Mode::monitor;
};
using Consequences = std::function<std::vector<Consequence>(const Event&, const std::string& attachment,
                                                            const std::vector<Answer>&)>;

/// The answer to a question asked from outside the journal.
struct Judgement {
    Decision merged;  ///< as if all were in enforce
    Decision applied; ///< what really applies
    std::vector<Answer> answers;
    std::uint64_t ledger_index = 0;
};

/// Told of all that is asked and answered, as long as it is set. Its own failures are its own: nothing waits for them.
class Tap {
  public:
    virtual ~Tap() = default;
    /// Modules are about to get it: one call at a time, in the order in which they get them.
    virtual void launching(std::uint64_t call_id) = 0;
    /// It is recorded. [any]
    virtual void landed(const Flight& flight, const Judgement& judgement) = 0;
};

class Dispatcher {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        Journal& journal;
        Notices& notices;
        Names& names;
        const Clock& clock;
        Consequences consequences;
        /// Called once when nothing can be recorded any more.
        std::function<void(const Error&)> on_fatal;
    };

    explicit Dispatcher(Parts parts);
    ~Dispatcher();

    void start(ModuleSet modules);
    /// Finishes what was begun; what waits stays in the journal.
    void stop();

    ModuleSet modules() const;

    /// Lets every event and question that was begun end, runs `change` while nothing is under way, then goes on with the
    /// list that it returns. An error leaves everything as it was. Thread: any but the dispatcher's and workers.
    Result<void> exchange(const std::function<Result<ModuleSet>(const ModuleSet&)>& change);

    /// Asks a hook now; the answer is durable when this returns. [any but workers]
    /// @param flags  OMBUD_CALL_*
    Result<Judgement> ask(std::uint32_t hook, const EventRef& event, const std::string& attachment, std::uint32_t flags);

    /// An answer that is not durable yet.
    struct Ahead {
        Judgement judgement; ///< ledger_index: 0 while it is not known
        /// Whether it became durable. Ready as soon as a question has been answered by ask() that was asked later, and at once
        /// when it lets nothing pass; else it is stored with whatever is stored next, within milliseconds.
        std::shared_future<Result<void>> recorded;

        /// One that is durable already.
        static Ahead of(Judgement judgement) {
            std::promise<Result<void>> done;
            done.set_value({});
            return {std::move(judgement), done.get_future().share()};
        }
    };
    /// The same, but returns when the modules have answered. For a gate that lets nothing pass before a later question is
    /// durable, and then looks at `recorded` too; a pause for the disk less. [any but workers]
    Result<Ahead> ask_ahead(std::uint32_t hook, const EventRef& event, const std::string& attachment);

    /// Sets or (null) takes away who is told, within exchange() alone: so nothing is under way, and each call is told whole or not at all.
    void set_tap(std::shared_ptr<Tap> tap);

    struct Status {
        std::uint64_t judged = 0, faults = 0;
        std::size_t in_flight = 0;
    };
    Status status() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud
