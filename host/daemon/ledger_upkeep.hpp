#pragma once
// What the ledger needs once a day: another key, and bodies pruned whose time is over.

#include <cstdint>

#include "events/clock.hpp"
#include "ledger/ledger.hpp"

namespace ombud::daemon {

/// Thread  one at a time
class LedgerUpkeep {
  public:
    LedgerUpkeep(ledger::Ledger& ledger, const Clock& clock) : ledger_(ledger), clock_(clock) {}

    /// Begins an epoch, unless the newest began on this day (UTC).
    Result<void> begin_epoch_of_day();
    /// Prunes what is older than `keep_s`, once a day and at the first call; 0: nothing ever.
    /// @return how many bodies went
    Result<std::uint64_t> prune_of_day(std::int64_t keep_s);

  private:
    [[nodiscard]] std::int64_t today() const;

    ledger::Ledger& ledger_;
    const Clock& clock_;
    std::int64_t epoch_day_ = -1, pruned_day_ = -1; // days since 1970; -1: not known yet
    std::int64_t pruned_keep_s_ = 0;
};

} // namespace ombud::daemon
