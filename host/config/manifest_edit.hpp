#pragma once
// The one change that a program makes to a manifest.

#include <string>
#include <string_view>

#include "config/problem.hpp"

namespace ombud::config {

/// The manifest with <library sha256="…"/> naming this library; every other byte stays as it was.
///
/// @param text    a manifest;  @param name  for messages
/// @param sha256  64 lower-case hex digits
/// Errors  invalid_input  no manifest, or written in a way that cannot be changed by one value
[[nodiscard]] Checked<std::string> with_library_hash(std::string_view text, const std::string& name, const std::string& sha256);

} // namespace ombud::config
