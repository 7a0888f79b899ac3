#pragma once
// One attached VMS: keeps its connector connected, lists, polls, and lets it act; what it tells goes into journal and
// inventory.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/journal.hpp"
#include "connect/inventory.hpp"
#include "plugin_runtime/instance.hpp"
#include "verdicts/verdict.hpp"

namespace ombud {

struct AttachmentStatus {
    enum class State { connecting, listing, up, down };
    State state = State::connecting;
    std::string detail;                   ///< what it does, or why it is down
    std::int64_t last_event_utc_ns = 0;
    std::uint64_t events = 0;
};
std::string_view to_string(AttachmentStatus::State state);

/// What a connector is told to do, in the host's words.
struct ConnectorAction {
    ombud_id id{};
    std::string kind, device, recording, control, reason;
    std::string export_id{};
    std::string user{}; ///< personal
};
struct ConnectorOutcome {
    std::uint32_t outcome = 0; ///< OMBUD_OUTCOME_*
    std::string proof;
};

class Attachment {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        Journal& journal;
        Inventory& inventory;
        Names& names;
        const Clock& clock;
        const HostServices& services;
    };
    struct Options {
        std::string id;
        std::shared_ptr<const Plugin> plugin;
        boost::json::value document;
        std::int64_t relist_ns = 3'600'000'000'000; ///< how often everything is listed anew
        /// Pause before a VMS that is away is tried again: the first one, doubled each time up to the longest.
        std::chrono::nanoseconds retry_first = std::chrono::seconds(1), retry_max = std::chrono::seconds(60);
        std::function<void()> on_listed;            ///< a listing was completed; on the attachment's own thread
    };

    /// Creates the connector's instance. Errors  what the plugin said.
    static Result<std::shared_ptr<Attachment>> create(Options options, Parts parts);
    /// Begins to connect; a VMS that is away is no error.
    void begin();
    /// Lets go of the VMS, for good: whoever waits in act() is told to retry, and what was not begun is not done any more.
    /// A connector that hangs is given up. Thread: any but the attachment's own and the connector's.
    void stop();
    ~Attachment();

    const std::string& id() const;
    AttachmentStatus status() const;

    /// Carries out actions one after another on the connector's worker. Thread: any but that worker.
    std::vector<ConnectorOutcome> act(const std::vector<ConnectorAction>& actions);
    /// Lists everything again soon.
    void relist();
    /// Tells that the host itself changed a recording's file, or moved it away: a recording.changed or .gone event.
    Result<void> tell_file_changed(const std::string& recording);

  private:
    struct Impl;
    explicit Attachment(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_; // shared with work that a connector which hangs never gives back
};

} // namespace ombud
