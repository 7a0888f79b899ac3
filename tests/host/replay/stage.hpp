#pragma once
// The built samples and shipped modules, loaded where a test wants them.

#include <map>
#include <memory>
#include <string>

#include "config/manifest.hpp"
#include "config/site.hpp"
#include "plugin_runtime/plugin.hpp"

namespace ombud::testing {

const config::Manifest& manifest_of(const std::string& module);
/// One load of a module and place for all tests. A failed check when it cannot be loaded.
std::shared_ptr<const Plugin> load(const config::Manifest& manifest, config::Runner place);

} // namespace ombud::testing
