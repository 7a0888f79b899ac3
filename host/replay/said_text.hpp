#pragma once
// What a module said, in words for people.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "replay/player.hpp"

namespace ombud::replay {

/// `info`, `warning` or `violation`.
[[nodiscard]] std::string_view severity_text(std::uint32_t severity);
/// ` 1 2 5`: each number with a blank before.
[[nodiscard]] std::string numbers_text(std::span<const std::uint32_t> numbers);

/// `deny MAIL-2: reason`, `transform AMG-2 [audio:remove]: reason`, `fault: words`, `no verdict`.
[[nodiscard]] std::string said_text(const Said& said, const Names& names);
/// `violation RET-3 KEY: text`.
[[nodiscard]] std::string said_text(const Finding& finding);
/// `asks for recording.delete of RECORDING (RET-3): reason`.
[[nodiscard]] std::string said_text(const ActionRequest& action);

} // namespace ombud::replay
