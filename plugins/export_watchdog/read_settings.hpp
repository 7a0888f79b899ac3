// The module's settings, from what the host checked against the manifest.
#pragma once

#include "policy.hpp"
#include "usual.hpp"

#include <ombud/config.hpp>
#include <ombud/result.hpp>
#include <ombud/time_zone.hpp>

namespace ombud::export_watchdog {

struct AllSettings {
    Settings policy;
    Usual usual;
    int64_t remind_before_ns = int64_t{14} * 86'400'000'000'000;
    sdk::TimeZone zone;
};

/// Errors  invalid_input  an option that cannot be used, by its name;  those of TimeZone::read
sdk::Result<AllSettings> read_settings(const sdk::Config& config);

} // namespace ombud::export_watchdog
