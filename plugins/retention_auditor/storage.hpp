// RET-6 and RET-7: what storage areas tell. Pure; times in nanoseconds, sizes in bytes.
#pragma once

#include "policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ombud::retention {

struct StorageArea {
    std::string attachment, storage;
    std::optional<int64_t> capacity_bytes; // absent: unknown
    std::optional<int64_t> encrypted;      // 0 none, 1 partial, 2 full; absent: unknown
};

/// What the recordings of one attachment, or of one camera, need.
struct Demand {
    double need_bytes = 0;           // to hold every camera for its period, and what is locked beyond it
    double bytes_per_day = 0;        // at the pace of the present recordings
    uint64_t young_cameras = 0;      // with less than a day of history: their pace is not known yet
    uint64_t unsized_recordings = 0; // of unknown size
};

/// What one camera's recordings need, from what is there: bytes within the period over the time they span, times the
/// period. Under a day of history nothing is extrapolated.
///   kept_bytes    of recordings whose period runs
///   locked_bytes  of recordings kept beyond their period by a lock
///   oldest_begin  of all its recordings
Demand demand_of(int64_t kept_bytes, int64_t locked_bytes, int64_t oldest_begin, int64_t period_ns, int64_t now);

/// RET-7: no encryption is a violation, partial encryption a warning, full is fine; unknown is blind, not fine.
std::optional<Finding> check_encryption(const StorageArea& area);

/// RET-6 for the areas of one attachment together, since no VMS tells in advance which area takes a recording:
/// capacity divided by need, and the days for which deleted video may stay recoverable beyond its period.
struct Provisioning {
    bool known = false;
    int64_t capacity_bytes = 0, need_bytes = 0;
    int64_t percent = 0; // of the need
    double extra_days = 0;
    std::string text; // one sentence, also when it is not known
};
Provisioning judge_capacity(const std::vector<StorageArea>& areas, const Demand& demand);

/// The finding when the percentage is above settings.over_provisioning_max_percent.
std::optional<Finding> check_capacity(const std::string& attachment, const Provisioning& provisioning,
                                      const Settings& settings);

} // namespace ombud::retention
