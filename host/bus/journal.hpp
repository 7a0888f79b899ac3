#pragma once
// Accepted events: durable before anybody judges them, removed in the same transaction that records the judgement.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/clock.hpp"
#include "events/event.hpp"
#include "ledger/ledger.hpp"

namespace ombud {

struct JournalledEvent {
    EventRef event; ///< with seq and source set
    std::string attachment;
};

struct JournalStatus {
    std::size_t waiting = 0;      ///< durable, not yet handed out
    std::size_t capacity = 0;
    std::uint64_t accepted = 0;   ///< since start
    std::int64_t waited_ns = 0;   ///< how long sources were slowed down, since start
};

/// Bounded: a source waits in accept() while the queue is full, so fullness slows it down and nothing is dropped.
class Journal {
  public:
    /// Prepares the tables and loads what was accepted and never answered, flagged OMBUD_EVENT_REDELIVERY.
    static Result<std::unique_ptr<Journal>> open(ledger::Ledger& ledger, const Clock& clock, Names::Persist& persist,
                                                 std::vector<std::string>& known_names, std::size_t capacity = 4096);

    /// Makes events and the source's position durable together, then queues them in order.
    ///
    /// @param position  opaque; nullopt: keep the last one
    /// @param durable   called between the two: what else has to be true before a module sees the events
    /// @return          seq of the last event; 0 when there were none
    /// Errors  unavailable  nothing can be recorded; nothing was taken
    /// Thread  any; one call at a time per attachment keeps its order
    Result<std::uint64_t> accept(const std::string& attachment, const std::vector<EventRef>& events,
                                 std::optional<std::string_view> position,
                                 const std::function<void(const std::vector<EventRef>&)>& durable = {});

    /// Visits what waits, oldest first.
    void each_waiting(const std::function<void(const JournalledEvent&)>& visit) const;

    /// The last durable position of an attachment; empty at first.
    Result<std::string> position(const std::string& attachment) const;

    /// The next event, or nothing when there is none now. Thread: dispatcher.
    std::optional<JournalledEvent> take();
    /// Called after events were queued, on the source's thread. Set once, before the first accept.
    void on_news(std::function<void()> call) { news_ = std::move(call); }

    /// Removes an answered event within the transaction that records the answer.
    static Result<void> remove(ledger::Ledger::Transaction& transaction, std::uint64_t seq);

    /// Refuses and releases whoever waits; for shutdown.
    void close();
    JournalStatus status() const;

  private:
    Journal(ledger::Ledger& ledger, const Clock& clock, std::size_t capacity)
        : ledger_(ledger), clock_(clock), capacity_(capacity) {}

    ledger::Ledger& ledger_;
    const Clock& clock_;
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::function<void()> news_;
    std::deque<JournalledEvent> queue_;
    std::uint64_t accepted_ = 0;
    std::int64_t waited_ns_ = 0;
    std::uint64_t next_seq_ = 1; // within units only
    bool closed_ = false;
};

/// The id that events of an attachment carry as their source.
ombud_id source_id(std::string_view attachment);

} // namespace ombud
