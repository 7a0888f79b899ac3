// Local time of a site, for documented hours: a reader of TZif files (RFC 8536). The C library's own needs the
// environment of the whole process, which is not a plugin's to change, and C++20's is not in every library yet.
#pragma once

#include <ombud/result.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::audio_metadata {

/// An unending stretch of time has these ends.
inline constexpr int64_t always_s = std::numeric_limits<int64_t>::min();
inline constexpr int64_t never_s = std::numeric_limits<int64_t>::max();

/// A stretch of time in which the clocks of a zone stay put: [begin, end) in seconds since 1970 (UTC).
struct ZoneSpan {
    int64_t begin_s = always_s, end_s = never_s;
    int64_t offset_s = 0; // local time minus UTC
};

class TimeZone {
  public:
    TimeZone() = default; // UTC

    /// Reads a zone of the system's database.
    ///
    /// @param name    IANA name, e.g. "Europe/Berlin"; "UTC" and "" need no file
    /// @param folder  the database; closed again before the function returns
    /// Errors  invalid_input  no such name could be a zone
    ///         not_found      the database has no such zone
    ///         corrupt        the file is no TZif file (the message says what is wrong)
    static sdk::Result<TimeZone> read(const std::string& name, const std::string& folder = "/usr/share/zoneinfo");

    /// Reads the bytes of a TZif file, version 1 to 4; nothing about them is believed. Errors: corrupt.
    static sdk::Result<TimeZone> parse(std::string_view bytes);

    /// The span that holds an instant. Seconds since 1970; years -32767 to 32767.
    ZoneSpan span_at(int64_t utc_s) const;

  private:
    /// One change of the clocks in the course of a year (RFC 8536, 3.3.1; POSIX TZ).
    struct YearlyChange {
        enum class By { month_week_day, julian_day, zero_based_day } by = By::month_week_day;
        int month = 1, week = 1, day = 0; // of julian_day and zero_based_day: day alone
        int64_t time_s = 2 * 3600;        // of the local clock before the change
        int64_t local_s(int year) const;
    };
    struct YearlyRule {
        int64_t standard_s = 0, summer_s = 0; // offsets
        std::optional<YearlyChange> summer_begin, summer_end;
    };
    class RuleReader;

    ZoneSpan span_by_rule(int64_t utc_s) const;

    struct Change {
        int64_t at_s, offset_s; // from at_s on
    };
    int64_t first_offset_s_ = 0;
    std::vector<Change> changes_;    // ascending
    std::optional<YearlyRule> rule_; // after the last change
};

} // namespace ombud::audio_metadata
