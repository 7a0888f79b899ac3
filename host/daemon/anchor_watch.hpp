#pragma once
// Findings about the ledger's own anchors: one is behind, or holds what contradicts the ledger.

#include <map>
#include <string>
#include <vector>

#include "anchors/anchors.hpp"
#include "events/clock.hpp"
#include "ledger/ledger.hpp"

namespace ombud::daemon {

/// Thread  one at a time
class AnchorWatch {
  public:
    /// Takes up the findings that an earlier run left open.
    static Result<AnchorWatch> open(ledger::Ledger& ledger, const Clock& clock);

    /// Opens and closes findings as the anchors stand now; writes nothing while nothing changes.
    Result<void> check(const std::vector<anchors::AnchorStatus>& all);

  private:
    AnchorWatch(ledger::Ledger& ledger, const Clock& clock) : ledger_(&ledger), clock_(&clock) {}

    ledger::Ledger* ledger_;
    const Clock* clock_;
    std::map<std::string, std::uint32_t> open_; ///< severity by key
};

/// What `status` and `coverage` say of where checkpoints are kept; empty: all of them are.
std::vector<std::string> anchor_warnings(const std::vector<anchors::AnchorStatus>& all);

} // namespace ombud::daemon
