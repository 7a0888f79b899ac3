#pragma once
// The evidence lock of a recording: a file NAME.lock beside it.

#include <cstdint>
#include <ombud/time_zone.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::folder {

inline constexpr std::string_view lock_ending = ".lock";

/// A lock holds by being there; what it says documents it.
struct EvidenceLock {
    std::string reason, case_id, owner;        ///< empty: not documented
    std::optional<std::int64_t> review_utc_ns; ///< end of the review day, local time
    std::string problem;                       ///< what could not be read; empty: all was
};

/// Reads KEY=VALUE lines: reason, case, owner, review (YYYY-MM-DD). Other keys, empty lines and lines that begin with #
/// are passed over. The first of two equal keys counts.
EvidenceLock parse_lock(std::string_view text, const sdk::TimeZone& zone);

/// The recording that a path locks; empty when the path is no lock.
std::optional<std::string> locked_by(std::string_view path);

} // namespace ombud::folder
