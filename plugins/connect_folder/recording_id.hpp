#pragma once
// A path below the root as the recording's id: UTF-8 on one line, and back to the same bytes.

#include <optional>
#include <string>
#include <string_view>

namespace ombud::folder {

/// Bytes that are no UTF-8, control characters and '%' become %XX; all else stays.
std::string to_id(std::string_view path);

/// The path of an id. Empty: no id of ours; absolute; or with a part that is empty, "." or "..".
std::optional<std::string> to_path(std::string_view id);

} // namespace ombud::folder
