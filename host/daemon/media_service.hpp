#pragma once
// host/media as it is lent to plugins: kinds and codecs in words.

#include <filesystem>
#include <functional>

#include "events/clock.hpp"
#include "plugin_runtime/services.hpp"

namespace ombud::daemon {

/// @param clock  borrowed for as long as the function is used
std::function<Result<MediaInfo>(const std::filesystem::path&)> media_service(const Clock& clock);

} // namespace ombud::daemon
