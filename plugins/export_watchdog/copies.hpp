// Copies that were handed over, and whether they came to their end (EXP-5, EXP-11). Pure.
#pragma once

#include "policy.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ombud::export_watchdog {

/// A row of the register media, or a row of disclosures that is a copy.
struct Copy {
    bool is_medium = false;
    std::string key;
    std::optional<int64_t> destroy_by_day; // since 1970 in the site's zone
    bool recipient_knows = false;          // of a medium
    std::string medium;                    // of a disclosure: key of the medium it is on; empty: none
};

/// A row of destructions, by key, that names a medium or disclosure which is not there.
struct Astray {
    std::string key, names;
};

/// What ended, by key.
struct Ended {
    std::set<std::string, std::less<>> media, disclosures;
    std::vector<Astray> astray = {};
};

/// @param today, remind_days  since 1970 in the site's zone; how many days before its day a copy is told of
std::vector<Finding> judge_copies(const std::vector<Copy>& copies, const Ended& ended, int64_t today, int64_t remind_days);

/// 2026-11-22 of days since 1970.
std::string day_words(int64_t day);

} // namespace ombud::export_watchdog
