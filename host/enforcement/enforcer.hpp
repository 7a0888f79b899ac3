#pragma once
// Carries out what is recorded as pending, once, and records how it ended.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/dispatcher.hpp"
#include "bus/notices.hpp"
#include "connect/attachment.hpp"
#include "gates/recording/recording_gate.hpp"
#include "ledger/ledger.hpp"

namespace ombud {

class Enforcer {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        Dispatcher& dispatcher;
        Inventory& inventory;
        Notices& notices;
        Names& names;
        const Clock& clock;
        RecordingGate& recordings;
        /// The attachment of that id; null when there is none any more.
        std::function<std::shared_ptr<Attachment>(const std::string&)> attachment;
        std::function<void(int level, const std::string&)> log;
    };
    explicit Enforcer(Parts parts);
    ~Enforcer();
    void start();
    void stop();
    /// The action under way and how far it is, 0 to 1; 0, 0 when idle.
    std::pair<std::int64_t, double> progress() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud
