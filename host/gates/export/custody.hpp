#pragma once
// Taking a file over, so that what was inspected is what leaves.

#include <filesystem>
#include <functional>
#include <sys/types.h>

#include "gates/export/mounts.hpp"
#include "gates/export/record.hpp"

namespace ombud::exports {

/// Whose files one may take over: their own; root and the host's own user may take any.
struct Giver {
    uid_t uid;
};

/// Looks at a file that is to be taken over, and changes nothing.
/// Errors  not_found    there is none; for whoever may not take any: or it is another's, which is told the same way
///         refused      a symbolic link, folder, device or pipe; empty; has another name (hard link)
///         unavailable  it is open for writing
[[nodiscard]] Result<HeldFile> look_at(const std::filesystem::path& source, Giver giver);

/// Moves the file of look_at() to `target`, so that nobody can change it any more: into a folder that is the host's alone, with the
/// host as its owner, and only when nobody holds it open for writing. Where that is not to be had (another file system,
/// another's file and a host that is not root) it is copied, and the original is removed by erase_file().
/// When a target is there already, an interruption is brought to its end.
///
/// @param may_go_on  asked while copying; false ends it with ErrorCode::cancelled
/// Errors  as look_at(); refused  it is not the file that was looked at
///         unavailable  disk full, or failed; then the source is as it was
[[nodiscard]] Result<void> take_over(const HeldFile& file, Giver giver, const std::filesystem::path& target, const KernelFiles& kernel,
                                     const std::function<bool()>& may_go_on);

/// Makes a folder of mode 0700 that is the host's, and its parents.
/// Errors  refused  it is there and is not; unavailable
[[nodiscard]] Result<void> make_private_folder(const std::filesystem::path& folder);

} // namespace ombud::exports
