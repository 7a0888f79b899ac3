#include "daemon/ledger_upkeep.hpp"

#include "config/values.hpp"
#include "ledger/pruning.hpp"

namespace ombud::daemon {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t day_ns = 86'400 * second_ns;

} // namespace

std::int64_t LedgerUpkeep::today() const { return clock_.utc_ns() / day_ns; }

Result<void> LedgerUpkeep::begin_epoch_of_day() {
    if (epoch_day_ < 0) {
        auto reader = ledger_.reader();
        if (!reader)
            return fail(reader.error());
        ledger::Query newest;
        newest.kind = "ledger.epoch";
        newest.newest_first = true;
        newest.limit = 1;
        auto read = reader->each(newest, [this](const ledger::StoredEntry& entry) {
            epoch_day_ = entry.at_ns / day_ns;
            return false;
        });
        if (!read)
            return read;
    }
    const std::int64_t day = today();
    if (epoch_day_ == day)
        return {};
    auto begun = ledger_.begin_epoch();
    epoch_day_ = begun ? day : -1; // its entry may be there all the same: look
    if (!begun)
        return fail(begun.error());
    return {};
}

Result<std::uint64_t> LedgerUpkeep::prune_of_day(std::int64_t keep_s) {
    if (keep_s == 0 || (pruned_day_ == today() && pruned_keep_s_ == keep_s))
        return 0;
    auto pruned = ledger::prune(ledger_, clock_.utc_ns() - keep_s * second_ns, "keep " + config::duration_text(keep_s));
    if (pruned) {
        pruned_day_ = today();
        pruned_keep_s_ = keep_s;
    }
    return pruned;
}

} // namespace ombud::daemon
