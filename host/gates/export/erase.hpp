#pragma once
// Removing a plain copy: overwritten where that reaches the old blocks, and said where it does not.

#include <filesystem>
#include <string>

#include "gates/export/mounts.hpp"

namespace ombud::exports {

/// Whether overwriting a file there replaces its blocks, by what kernel and sysfs tell.
struct Overwriting {
    bool makes_sense = false;
    std::string words; ///< why, or why not: `ext4 on a turning disk`
};
/// @param filesystem  of mountinfo;  @param device  MAJ:MIN
[[nodiscard]] Overwriting overwriting_on(std::string_view filesystem, std::string_view device, const KernelFiles& kernel);

/// Removes a file: overwritten with zeros and synced first where that makes sense, then its name, then the folder synced.
/// A file that is not there is removed already. No link is followed.
/// @return  what was done, for people
/// Errors  unavailable  it cannot be opened, written or removed; refused  it is no plain file
[[nodiscard]] Result<std::string> erase_file(const std::filesystem::path& file, const KernelFiles& kernel);

} // namespace ombud::exports
