#pragma once
// Plays a capture to one of its modules again.

#include <functional>
#include <memory>
#include <string>

#include "config/manifest.hpp"
#include "plugin_runtime/plugin.hpp"
#include "replay/capture.hpp"

namespace ombud::replay {

/// Tells and asks the module what the capture holds, at the capture's times, with its registers and settings, each call flagged
/// OMBUD_CALL_REPLAY. It begins without memory, in an inventory that knows what the capture's events tell.
/// @param line  gets each verdict_line() of a call that the module was asked in, in the order of calls; without a line end
/// Errors  not_found    the capture has no such module
///         unavailable  the module does not begin: what it said
Result<void> replay(const Capture& capture, Names& names, const std::shared_ptr<const Plugin>& plugin, const config::Manifest& manifest,
                    const std::function<void(std::string_view line)>& line);

/// The same lines as the live host had them.
Result<void> recorded_lines(const Capture& capture, const std::string& module, const std::function<void(std::string_view line)>& line);

} // namespace ombud::replay
