#pragma once
// Audits: each in an instance of its own, at intervals, after a listing, after a switch, or because somebody asks.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bus/dispatcher.hpp"
#include "ledger/ledger.hpp"

namespace ombud::daemon {

struct AuditStatus {
    std::int64_t id = 0;
    std::string module;
    enum class State { running, done, cancelled, failed };
    State state = State::running;
    std::uint64_t done = 0, total = 0;
    std::int64_t findings_opened = 0, findings_closed = 0, actions = 0, cpu_ns = 0;
    std::string message;
};
std::string_view to_string(AuditStatus::State state);

class Audits {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        Notices& notices;
        const Clock& clock;
        /// The module as it stands now with an instance of its own; an error when it is off or has no audit.
        std::function<Result<Member>(const std::string& module)> make;
        std::function<void(int level, const std::string&)> log;
        std::chrono::milliseconds patience{5'000}; ///< with a module that was told to stop
    };
    explicit Audits(Parts parts);
    ~Audits();

    /// Prepares the counter of audits.
    Result<void> prepare();

    /// Starts an audit. One at a time per module.
    /// @param correct    ask for corrections; in monitor they are recorded as what would have happened
    /// @param requested  a person asked
    /// Errors  unavailable one is running already; what `make` says
    Result<std::int64_t> start(const std::string& module, bool correct, bool requested, const std::string& who);
    Result<AuditStatus> status(std::int64_t id) const;
    Result<AuditStatus> cancel(std::int64_t id);
    /// Cancels the module's, if one runs or is about to, and waits until it has ended or is given up.
    void end(const std::string& module);
    /// Cancels all, and waits until they have ended or are given up.
    void stop();

  private:
    struct Run;
    struct Call;
    Result<void> execute(const std::shared_ptr<Run>& run, const Member& member, bool correct, bool requested);
    Parts parts_;
    mutable std::mutex mutex_;
    std::map<std::int64_t, std::shared_ptr<Run>> runs_;
    std::map<std::string, std::uint64_t> ends_; // calls of end(), by module
    bool stopping_ = false;
};

} // namespace ombud::daemon
