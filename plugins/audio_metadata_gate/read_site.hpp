// The site's records and the options, out of the configuration that the host hands over.
#pragma once

#include "policy.hpp"

#include <ombud/config.hpp>
#include <ombud/result.hpp>

namespace ombud::audio_metadata {

/// Errors: invalid_input (a value of another type, or out of range; the path is named). What is absent stays absent.
sdk::Result<Site> read_site(const sdk::Config& config);

/// Options and the site's time zone. Errors: invalid_input as above; those of sdk::TimeZone::read where `site`
/// documents hours.
sdk::Result<Rules> read_rules(const sdk::Config& config, const Site& site);

} // namespace ombud::audio_metadata
