#pragma once
// When a calendar day begins in the site's time zone. Internal to this folder.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::config {

/// The yearly rule of a zone, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixRule {
    struct Switch {
        enum class Form { month_week_day, julian_without_leap, day_of_year } form = Form::month_week_day;
        int month = 1, week = 1, day = 0; ///< day of the week (0 Sunday), or of the year
        std::int64_t time_s = 7'200;      ///< local time of day, may be negative or beyond a day
    };
    std::int64_t standard_s = 0, summer_s = 0;    ///< seconds east of Greenwich
    std::optional<Switch> to_summer, to_standard; ///< both or none

    /// Errors  nullopt: any other text
    [[nodiscard]] static std::optional<PosixRule> parse(std::string_view text);
    [[nodiscard]] std::int64_t offset_s(std::int64_t utc_s) const;
};

/// One zone of the IANA database.
class TimeZone {
  public:
    /// Reads a compiled zone. Every read is bounds-checked.
    /// Errors  nullopt: not TZif version 2 or later, or damaged
    /// Source  RFC 8536
    [[nodiscard]] static std::optional<TimeZone> parse(std::string_view tzif);

    /// Reads a zone of this machine's database, e.g. "Europe/Berlin". Errors: nullopt: no such zone.
    [[nodiscard]] static std::optional<TimeZone> find(std::string_view name);

    /// Seconds east of Greenwich at an instant.
    [[nodiscard]] std::int64_t offset_s(std::int64_t utc_s) const;

    /// The first instant whose local date is `day` or later, even where clocks skip or repeat midnight.
    [[nodiscard]] std::int64_t start_of_day_utc_s(std::chrono::sys_days day) const;

  private:
    std::vector<std::int64_t> transitions_; // utc seconds, ascending
    std::vector<std::int64_t> offsets_;     // one more: offsets_[i] holds before transitions_[i]
    std::optional<PosixRule> later_;        // after the last transition
};

/// Where the zones are.
[[nodiscard]] std::filesystem::path time_zone_folder();

} // namespace ombud::config
