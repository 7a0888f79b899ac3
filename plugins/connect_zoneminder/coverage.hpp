#pragma once
// How far each control reaches with ZoneMinder 1.36 and this connector alone; gates that are attached raise it.

#include "options.hpp"

#include <ombud/inventory.hpp>
#include <string>
#include <vector>

namespace ombud::zoneminder {

struct Reach {
    const char* control;
    sdk::Coverage level;
    std::string note; ///< what it sees, and what it does not
};

/// How far exports are watched.
struct ExportReach {
    bool is_set = false;  ///< exports-dir
    bool has_log = false; ///< access-log
    std::string folder_problem, log_problem, videos_problem, nearby_problem; ///< why they cannot be read now; empty: they can
};

/// One entry a control that ZoneMinder can have to do with; what is not named is blind.
/// @param disables_accounts  accounts.sql was run
std::vector<Reach> reach_of(FeedKind feed, bool has_files, const ExportReach& exports, bool disables_accounts);

} // namespace ombud::zoneminder
