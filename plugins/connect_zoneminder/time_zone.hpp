#pragma once
// Local times of ZoneMinder's REST interface, which names its zone but no offset.

#include "options.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::zoneminder {

/// One zone of the tz database, as a compiled file (RFC 8536). After its last listed change (2037 in Debian's files) the
/// last offset holds. Thread: any.
class TimeZone {
  public:
    /// UTC.
    TimeZone() = default;

    /// @param name  IANA name, such as "Europe/Berlin"
    /// Errors  not_found      there is no such zone
    ///         invalid_input  the name is no IANA name
    ///         corrupt        the file is no time zone
    static Result<TimeZone> open(std::string_view name, const std::filesystem::path& folder = "/usr/share/zoneinfo");

    /// "2026-11-22 07:36:51" as nanoseconds since 1970 UTC. A time that comes twice (clocks set back) is taken as the
    /// first; one that never comes (set forward) as if the clocks had not been set yet. Empty: no such form.
    [[nodiscard]] std::optional<std::int64_t> to_utc_ns(std::string_view local) const;

  private:
    struct Change {
        std::int64_t at_utc_s;
        std::int64_t offset_s;
    };

    [[nodiscard]] std::int64_t offset_at(std::int64_t utc_s) const;

    std::int64_t first_offset_s_ = 0;
    std::vector<Change> changes_; ///< in order of time
};

} // namespace ombud::zoneminder
