// The module's settings out of its document, checked.
#pragma once

#include "policy.hpp"

#include <ombud/config.hpp>
#include <ombud/time_zone.hpp>

namespace ombud::email_whitelist {

/// Errors  invalid_input  a setting that cannot be used: its path, the value, what is allowed
sdk::Result<Settings> read_settings(const sdk::Config& config);
sdk::Result<sdk::TimeZone> read_zone(const sdk::Config& config);

/// The end of the day that begins then: in a zone, a day can have 23 or 25 hours.
int64_t end_of_day(int64_t begin_utc_ns, const sdk::TimeZone& zone);

} // namespace ombud::email_whitelist
