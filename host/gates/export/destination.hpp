#pragma once
// Where an export goes: which of the site's destinations that is, and what really stands there.

#include <filesystem>
#include <string>
#include <sys/types.h>

#include "gates/export/mounts.hpp"
#include "gates/export/options.hpp"
#include "media/recording_file.hpp"

namespace ombud::exports {

struct Place {
    std::filesystem::path folder; ///< resolved
    std::string id;               ///< of the site's destination; empty: none of them
    std::string kind;             ///< as OMBUD_KEY_DESTINATION_KIND
    std::string transport;        ///< how the way there is protected, for people
    media::Fd directory;          ///< the folder itself, whatever its name leads to later
};

/// Finds what a description's destination means now.
///
/// @param wanted  id of a destination, or an absolute path: of a destination when it lies in one after following all links
/// @param asker   a path that is none of the site's must be a folder of theirs, unless they are root
/// Errors  unavailable  one of the site's, or root's, cannot be reached, or is not mounted, so that what is there is not what the site says
///         refused      an unlisted path that is no folder of the asker's, whether anything is there or not; or the desk's own
[[nodiscard]] Result<Place> find_place(const std::string& wanted, uid_t asker, const Options& options, const KernelFiles& kernel);

} // namespace ombud::exports
