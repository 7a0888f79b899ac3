// The site's records and the options, out of the configuration that the host hands over.
#pragma once

#include "policy.hpp"

#include <ombud/config.hpp>
#include <ombud/result.hpp>

namespace ombud::retention {

/// Errors: invalid_input (a value of another type, or out of range; the path is named). What is absent stays absent.
sdk::Result<Site> read_site(const sdk::Config& config);
sdk::Result<Settings> read_settings(const sdk::Config& config);

} // namespace ombud::retention
