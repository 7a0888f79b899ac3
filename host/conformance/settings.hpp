#pragma once
// Settings for a checked plugin: what was given, and the rest made up of its manifest.

#include <boost/json/value.hpp>

#include "conformance/check.hpp"

namespace ombud::conformance {

/// The document that the host would hand over, with a site of two cameras; without a manifest it has no options.
/// Errors  invalid_input  a given option that the manifest does not know, or a value that it does not allow
Result<boost::json::value> make_settings(const Subject& subject);

} // namespace ombud::conformance
