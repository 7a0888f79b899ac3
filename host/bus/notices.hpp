#pragma once
// What happened inside the host, for whoever wants to know: carried by Boost.Signals2, never seen by a plugin.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace ombud {

/// Published after the fact is durable.
struct Notice {
    enum class Kind { event_judged, action_requested, action_ended, mode_changed, config_applied, fault, audit_ended };
    Kind kind = Kind::event_judged;
    std::string subject;             ///< module or attachment id
    std::uint64_t ledger_index = 0;
    std::uint64_t count = 1;         ///< how many of the same kind this stands for
};

/// Thread  publish and subscribe: any. A subscriber runs on the publisher's thread and must only take note and return.
class Notices {
  public:
    Notices();
    ~Notices();

    /// Calls `take` for every later notice until the returned token is destroyed.
    [[nodiscard]] std::shared_ptr<void> subscribe(std::function<void(const Notice&)> take);
    void publish(const Notice& notice);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud
