#pragma once
// A file that kept checkpoints are appended to. Private to this folder.

#include "anchors/kept.hpp"

#include <filesystem>
#include <optional>

namespace ombud::anchors {

/// Appends a line in one write, and syncs. Makes the file, mode 0640, not its folder. What a crash cut off stays, on a line of its own.
/// Errors  unavailable  it cannot be written
Result<void> append_kept(const std::filesystem::path& file, std::string_view line);

/// The last whole line's checkpoint; nothing: there is none, or this account may only append.
/// Errors  unavailable  it cannot be read
Result<std::optional<Kept>> read_last_kept(const std::filesystem::path& file);

} // namespace ombud::anchors
