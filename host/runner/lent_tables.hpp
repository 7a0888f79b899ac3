#pragma once
// The host's tables as a contained plugin sees them: the same functions with the same rules, over the line to the host.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <ombud/audit.h>
#include <ombud/host.h>
#include <ombud/inventory.h>
#include <ombud/media.h>

#include "runner/line.hpp"

namespace ombud::runner {

/// Behind the plugin's `ombud_host.ctx`. Address must stay.
/// Thread  the runner's, but for what the ABI tags [any]
class LentTables {
  public:
    /// @param lent  contained::Lent bits
    LentTables(Line& line, std::uint32_t lent);
    LentTables(const LentTables&) = delete;
    LentTables& operator=(const LentTables&) = delete;

    const ombud_host* host() const { return &host_; }
    /// Progress of an audit, told to the host.
    static ombud_status progress(void* ctx, std::uint64_t done, std::uint64_t total);

  private:
    friend struct Tables;
    /// 8-byte aligned bytes of a lent record.
    using Record = std::vector<std::uint64_t>;

    Line& line_;
    const std::uint32_t lent_;
    ombud_host host_{};
    std::mutex naming_;
    std::map<std::uint32_t, std::string> names_; // lent for ever
    Record record_, entry_;                      // of the last inventory and register call
    std::string state_key_, state_value_;        // of the last state call
    std::string container_, tracks_, problem_;   // of the last probe
};

} // namespace ombud::runner
