#pragma once
// Which of two versions is the newer one.

#include <compare>
#include <string_view>

namespace ombud::trust {

/// Compares two versions in a manifest's form. Numbers count as numbers; a version with a suffix (1.0.0-rc.1) is older
/// than the same without one.
/// Source  Semantic Versioning 2.0.0, section 11
std::strong_ordering compare_versions(std::string_view left, std::string_view right);

} // namespace ombud::trust
