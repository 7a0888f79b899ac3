// How many mails one recipient got within the last hour.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace ombud::email_whitelist {

/// Counts in memory: a new configuration or a restart begins anew.
class Quota {
  public:
    static constexpr int64_t hour_ns = int64_t{3600} * 1'000'000'000;
    static constexpr size_t recipients_max = 10'000; // with mail within the hour; another one counts as over its quota

    explicit Quota(uint32_t per_hour) : per_hour_(per_hour) {}

    /// Whether this recipient may get another mail now; counts it if so. 0 an hour: no limit.
    bool take(const std::string& recipient, int64_t mono_ns);

  private:
    void forget(int64_t mono_ns);

    const uint32_t per_hour_;
    std::unordered_map<std::string, std::deque<int64_t>> sent_; // each ascending, at most per_hour_ long
};

} // namespace ombud::email_whitelist
