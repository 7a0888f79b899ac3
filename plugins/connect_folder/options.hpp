#pragma once
// The connector's settings.

#include "layout.hpp"

#include <cstdint>
#include <ombud/config.hpp>
#include <ombud/result.hpp>
#include <ombud/time_zone.hpp>
#include <string>

namespace ombud::folder {

enum class TimeSource { automatic, container, name };

struct Options {
    std::string root; ///< absolute
    Layout layout;
    TimeSource time_source;
    sdk::TimeZone zone; ///< of the times in names, and of review days
    std::int64_t settle_ns;
    bool wants_own_mount;

    /// Errors: invalid_input (the option, its value and what it may be); not_found (a required one is not set).
    static sdk::Result<Options> read(const sdk::Config& config);
};

} // namespace ombud::folder
