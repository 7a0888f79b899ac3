#pragma once
// Files that decide which code runs: read whole, and only when nobody else than root or this user could have written them.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "events/result.hpp"

namespace ombud {

/// Reads a file whose owner, mode and every folder on the way to it keep other users from changing it.
///
/// A path component may be a symbolic link when its owner is trusted and its target passes too; the file itself may not.
/// A folder with the sticky bit (/tmp) may be writable by all, since nobody can replace somebody else's entry there.
/// @param what       what messages call it, such as "a plugin"
/// @param bytes_max  1 to this many
/// Errors  not_found; refused: owner, mode, symbolic link, no regular file; invalid_input: size; unavailable
/// Thread  any
Result<std::vector<std::byte>> read_guarded(const std::filesystem::path& file, std::size_t bytes_max, const std::string& what);

/// The same as text.
Result<std::string> read_guarded_text(const std::filesystem::path& file, std::size_t bytes_max, const std::string& what);

/// The check of a folder alone, for what is about to be listed or written in it.
Result<void> check_guarded_folder(const std::filesystem::path& folder, const std::string& what);

} // namespace ombud
