#pragma once
// Where an instance lives that is not called directly: the seam between Instance and a process of its own (host/contained).

#include <cstdint>
#include <string>

#include <ombud/config.h>
#include <ombud/module.h>

namespace ombud {

class ServiceContext;

/// Where an instance runs, for people and for the ledger.
struct CellStatus {
    std::string runner = "inline"; ///< or "sandboxed"
    std::string sandbox;           ///< layers that hold, separated by blanks; empty: none
    std::string state = "running"; ///< or "waiting" (starts again with the next call), "resting" (until a person has looked)
    int pid = 0;                   ///< 0: none of its own
    std::uint64_t deaths = 0;      ///< how often its process ended by itself, or had to be ended
    std::string last_death;        ///< in words
};

/// The host's hold on one such instance. The plugin's tables reach it by the `ombud_instance` that create() gives.
class Cell {
  public:
    virtual ~Cell() = default;
    /// In place of ombud_module.create. [worker]
    virtual ombud_status create(ombud_instance** out) = 0;
    /// Ends the call under way, and every later one, with `why`; returns at once. [any]
    virtual void end(const std::string& why) = 0;
    /// A person has looked: whatever rested may start again. [any]
    virtual void forgive() = 0;
    /// [any]
    virtual CellStatus status() const = 0;
};

} // namespace ombud
