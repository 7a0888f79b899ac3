#pragma once
// How far each control reaches with ZoneMinder 1.36 and this connector alone; gates that are attached raise it.

#include "options.hpp"

#include <ombud/inventory.hpp>
#include <vector>

namespace ombud::zoneminder {

struct Reach {
    const char* control;
    sdk::Coverage level;
    const char* note; ///< what it sees, and what it does not
};

/// One entry a control that ZoneMinder can have to do with; what is not named is blind.
std::vector<Reach> reach_of(FeedKind feed, bool has_files);

} // namespace ombud::zoneminder
