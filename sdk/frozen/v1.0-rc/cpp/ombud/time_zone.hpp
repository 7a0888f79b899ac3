#pragma once
// Local time of a place: a reader of TZif files (RFC 8536). The C library's own needs the environment of the whole
// process, which is not a plugin's to change, and C++20's is not in every library yet.

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <limits>
#include <ombud/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ombud::sdk {

/// A day and time of a calendar and clock, without a zone.
struct CivilTime {
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
};

/// Days from 1970-01-01 to a day of the Gregorian calendar, also before it. Source: H. Hinnant, chrono-compatible
/// low-level date algorithms.
[[nodiscard]] constexpr std::int64_t days_from_civil(int year, int month, int day) noexcept {
    const std::int64_t y = std::int64_t{year} - (month <= 2);
    const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
    const std::int64_t year_of_era = y - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}
[[nodiscard]] constexpr bool is_leap(int year) noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
/// Whether the calendar and the clock have it; a 61st second is not taken.
[[nodiscard]] constexpr bool is_valid(const CivilTime& t) noexcept {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return t.year >= 1 && t.year <= 9999 && t.month >= 1 && t.month <= 12 && t.day >= 1 &&
           t.day <= days[t.month - 1] + (t.month == 2 && is_leap(t.year) ? 1 : 0) && t.hour >= 0 && t.hour <= 23 &&
           t.minute >= 0 && t.minute <= 59 && t.second >= 0 && t.second <= 59;
}
/// As if it were UTC.
[[nodiscard]] constexpr std::int64_t seconds_from_civil(const CivilTime& t) noexcept {
    return days_from_civil(t.year, t.month, t.day) * 86'400 + t.hour * 3600 + t.minute * 60 + t.second;
}

/// A stretch of time in which the clocks of a zone stay put: [begin, end) in seconds since 1970 (UTC).
struct ZoneSpan {
    static constexpr std::int64_t always_s = std::numeric_limits<std::int64_t>::min();
    static constexpr std::int64_t never_s = std::numeric_limits<std::int64_t>::max();
    std::int64_t begin_s = always_s, end_s = never_s;
    std::int64_t offset_s = 0; ///< local time minus UTC
};

namespace detail {
/// One change of the clocks in the course of a year (RFC 8536, 3.3.1; POSIX TZ).
struct YearlyChange {
    enum class By { month_week_day, julian_day, zero_based_day } by = By::month_week_day;
    int month = 1, week = 1, day = 0; // of julian_day and zero_based_day: day alone
    std::int64_t time_s = 2 * 3600;   // of the local clock before the change

    [[nodiscard]] std::int64_t local_s(int year) const {
        std::int64_t date = days_from_civil(year, 1, 1);
        if (by == By::julian_day) { // 1 to 365; 29 February has no number
            date += day - 1 + (is_leap(year) && day >= 60 ? 1 : 0);
        } else if (by == By::zero_based_day) {
            date += day;
        } else {
            const auto weekday = [](std::int64_t days) { return static_cast<int>(((days + 4) % 7 + 7) % 7); };
            const std::int64_t first = days_from_civil(year, month, 1);
            const std::int64_t next =
                month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1);
            date = first + (day - weekday(first) + 7) % 7 + 7 * (week - 1);
            while (date >= next) // week 5 is the last, also where the month has four
                date -= 7;
        }
        return date * 86'400 + time_s;
    }
};
struct YearlyRule {
    std::int64_t standard_s = 0, summer_s = 0; // offsets
    std::optional<YearlyChange> summer_begin, summer_end;
};
} // namespace detail

/// Thread: any.
class TimeZone {
  public:
    TimeZone() = default; ///< UTC

    /// A zone that never changes. @param offset_s  local time minus UTC
    [[nodiscard]] static TimeZone fixed(std::int64_t offset_s) {
        TimeZone zone;
        zone.first_offset_s_ = offset_s;
        return zone;
    }

    /// Reads a zone of the system's database.
    ///
    /// @param name    IANA name, e.g. "Europe/Berlin"; "UTC" and "" need no file
    /// @param folder  the database; closed again before the function returns
    /// Errors  invalid_input  no such name could be a zone
    ///         not_found      the database has no such zone
    ///         corrupt        the file is no TZif file (the message says what is wrong)
    [[nodiscard]] static Result<TimeZone> read(const std::string& name,
                                               const std::string& folder = "/usr/share/zoneinfo");

    /// Reads the bytes of a TZif file, version 1 to 4; nothing about them is believed. Errors: corrupt.
    [[nodiscard]] static Result<TimeZone> parse(std::string_view bytes);

    /// The span that holds an instant.
    [[nodiscard]] ZoneSpan span_at(std::int64_t utc_s) const;

    /// The instants that a local time can mean, earliest first, in seconds since 1970 (UTC): one; two where the clocks
    /// were set back; where they were set forward over it, the one at which they would have shown it unset.
    [[nodiscard]] std::vector<std::int64_t> instants(const CivilTime& local) const {
        const std::int64_t local_s = seconds_from_civil(local);
        std::vector<std::int64_t> found;
        // Offsets differ by less than a day, so the right ones are in force within a day before or after.
        const std::int64_t before = span_at(local_s - 86'400).offset_s, after = span_at(local_s + 86'400).offset_s;
        for (const std::int64_t offset : {std::max(before, after), std::min(before, after)})
            if (const std::int64_t utc_s = local_s - offset;
                span_at(utc_s).offset_s == offset && (found.empty() || found.back() != utc_s))
                found.push_back(utc_s);
        if (found.empty())
            found.push_back(local_s - before);
        return found;
    }

  private:
    struct Change {
        std::int64_t at_s, offset_s; // from at_s on
    };
    struct Head {
        char version;
        std::size_t utc_marks, standard_marks, leaps, times, types, chars;
        [[nodiscard]] std::size_t body_bytes(std::size_t width) const {
            return times * width + times + types * 6 + chars + leaps * (width + 4) + standard_marks + utc_marks;
        }
    };
    static constexpr std::size_t head_bytes = 44, file_bytes_max = 1u << 20; // the largest of the database has 4 kB

    class RuleReader;
    static Failure corrupt(const std::string& what) { return fail(ErrorCode::corrupt, "TZif: " + what); }
    static std::int64_t number_at(std::string_view bytes, std::size_t at, std::size_t width);
    static Result<Head> read_head(std::string_view bytes);
    [[nodiscard]] ZoneSpan span_by_rule(std::int64_t utc_s) const;

    std::int64_t first_offset_s_ = 0;
    std::vector<Change> changes_;            // ascending
    std::optional<detail::YearlyRule> rule_; // after the last change
};

/// Reads a POSIX TZ string, e.g. "CET-1CEST,M3.5.0,M10.5.0/3".
class TimeZone::RuleReader {
  public:
    explicit RuleReader(std::string_view text) : text_(text) {}

    std::optional<detail::YearlyRule> read() {
        detail::YearlyRule rule;
        if (!skip_name() || !read_time(rule.standard_s, 24))
            return std::nullopt;
        rule.standard_s = -rule.standard_s; // POSIX counts west of Greenwich
        rule.summer_s = rule.standard_s + 3600;
        if (text_.empty())
            return rule;
        if (!skip_name())
            return std::nullopt;
        if (!text_.empty() && text_[0] != ',') {
            if (!read_time(rule.summer_s, 24))
                return std::nullopt;
            rule.summer_s = -rule.summer_s;
        }
        rule.summer_begin.emplace();
        rule.summer_end.emplace();
        if (!read_change(*rule.summer_begin) || !read_change(*rule.summer_end) || !text_.empty())
            return std::nullopt;
        return rule;
    }

  private:
    bool take(char wanted) {
        if (text_.empty() || text_[0] != wanted)
            return false;
        text_.remove_prefix(1);
        return true;
    }
    bool skip_name() {
        const bool is_quoted = take('<');
        std::size_t length = 0;
        while (length < text_.size() && (is_quoted ? text_[length] != '>' : is_letter(text_[length])))
            ++length;
        text_.remove_prefix(length);
        return (!is_quoted || take('>')) && length >= 3;
    }
    static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
    bool read_number(int& value, int lowest, int highest) {
        std::size_t length = 0;
        value = 0;
        for (; length < text_.size() && length < 4 && text_[length] >= '0' && text_[length] <= '9'; ++length)
            value = value * 10 + (text_[length] - '0');
        text_.remove_prefix(length);
        return length > 0 && value >= lowest && value <= highest;
    }
    bool read_time(std::int64_t& seconds, int hours_max) {
        const bool is_negative = take('-');
        if (!is_negative)
            (void)take('+');
        int hours = 0, minutes = 0, rest = 0;
        if (!read_number(hours, 0, hours_max))
            return false;
        if (take(':') && (!read_number(minutes, 0, 59) || (take(':') && !read_number(rest, 0, 59))))
            return false;
        seconds = (std::int64_t{hours} * 60 + minutes) * 60 + rest;
        if (is_negative)
            seconds = -seconds;
        return true;
    }
    bool read_change(detail::YearlyChange& change) {
        if (!take(','))
            return false;
        if (take('M')) {
            change.by = detail::YearlyChange::By::month_week_day;
            if (!read_number(change.month, 1, 12) || !take('.') || !read_number(change.week, 1, 5) || !take('.') ||
                !read_number(change.day, 0, 6))
                return false;
        } else if (take('J')) {
            change.by = detail::YearlyChange::By::julian_day;
            if (!read_number(change.day, 1, 365))
                return false;
        } else {
            change.by = detail::YearlyChange::By::zero_based_day;
            if (!read_number(change.day, 0, 365))
                return false;
        }
        return !take('/') || read_time(change.time_s, 167);
    }

    std::string_view text_;
};

/// Big-endian; the caller has checked the length.
inline std::int64_t TimeZone::number_at(std::string_view bytes, std::size_t at, std::size_t width) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return width == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value)) : static_cast<std::int64_t>(value);
}

inline Result<TimeZone::Head> TimeZone::read_head(std::string_view bytes) {
    if (bytes.size() < head_bytes || bytes.substr(0, 4) != "TZif")
        return corrupt("no head");
    const auto count = [&](std::size_t i) { return static_cast<std::size_t>(number_at(bytes, 20 + 4 * i, 4)); };
    const Head head{bytes[4], count(0), count(1), count(2), count(3), count(4), count(5)};
    for (const std::size_t amount :
         {head.utc_marks, head.standard_marks, head.leaps, head.times, head.types, head.chars})
        if (amount > 100'000)
            return corrupt("a count of " + std::to_string(amount));
    if (head.types == 0 || head.types > 256)
        return corrupt(std::to_string(head.types) + " kinds of local time");
    if (head.leaps != 0)
        return corrupt("counts leap seconds, which Unix time does not");
    return head;
}

inline Result<TimeZone> TimeZone::parse(std::string_view bytes) {
    if (bytes.size() > file_bytes_max)
        return corrupt(std::to_string(bytes.size()) + " bytes are too many");
    auto head = read_head(bytes);
    if (!head)
        return fail(head.error());
    std::size_t width = 4; // version 1 tells times in 32 bits; later versions repeat all in 64
    if (head->version >= '2') {
        if (bytes.size() < head_bytes + head->body_bytes(4))
            return corrupt("ends within its first half");
        bytes.remove_prefix(head_bytes + head->body_bytes(4));
        head = read_head(bytes);
        if (!head)
            return fail(head.error());
        width = 8;
    }
    if (bytes.size() < head_bytes + head->body_bytes(width))
        return corrupt("ends within its data");

    const std::size_t times_at = head_bytes, indices_at = times_at + head->times * width;
    const std::size_t types_at = indices_at + head->times;
    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < head->types; ++i) {
        const std::int64_t offset = number_at(bytes, types_at + 6 * i, 4);
        if (offset <= -26 * 3600 || offset >= 27 * 3600)
            return corrupt("an offset of " + std::to_string(offset) + " seconds");
        offsets.push_back(offset);
    }
    TimeZone zone;
    zone.first_offset_s_ = offsets[0];
    for (std::size_t i = 0; i < head->times; ++i) {
        const std::int64_t at = number_at(bytes, times_at + width * i, width);
        const auto type = static_cast<unsigned char>(bytes[indices_at + i]);
        if (type >= offsets.size())
            return corrupt("a change to an unknown kind of local time");
        if (!zone.changes_.empty() && at <= zone.changes_.back().at_s)
            return corrupt("its changes are not in order");
        zone.changes_.push_back({at, offsets[type]});
    }
    if (width == 4)
        return zone;

    std::string_view foot = bytes.substr(head_bytes + head->body_bytes(width));
    if (foot.size() < 2 || foot[0] != '\n' || foot.find('\n', 1) == std::string_view::npos)
        return corrupt("no foot");
    foot = foot.substr(1, foot.find('\n', 1) - 1);
    if (!foot.empty()) {
        zone.rule_ = RuleReader(foot).read();
        if (!zone.rule_)
            return corrupt("its rule '" + std::string(foot) + "' cannot be read");
    }
    return zone;
}

inline Result<TimeZone> TimeZone::read(const std::string& name, const std::string& folder) {
    if (name.empty() || name == "UTC")
        return TimeZone{};
    // The name comes from a configuration: it must not lead out of the folder.
    const bool is_name = name.size() <= 100 && name[0] != '/' && name.find("..") == std::string::npos &&
                         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/") ==
                             std::string::npos;
    if (!is_name)
        return fail(ErrorCode::invalid_input, "'" + name + "' is no time zone; names are such as Europe/Berlin");
    const std::string path = folder + "/" + name;
    std::ifstream file(path, std::ios::binary);
    std::string bytes;
    if (file) {
        bytes.resize(file_bytes_max + 1);
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        bytes.resize(static_cast<std::size_t>(file.gcount()));
    }
    if (bytes.empty()) // a folder opens, too, and has no bytes
        return fail(ErrorCode::not_found, path + ": no such time zone; is the package tzdata installed?");
    auto zone = parse(bytes);
    if (!zone)
        return fail(std::move(zone).error().within(path));
    return zone;
}

inline ZoneSpan TimeZone::span_by_rule(std::int64_t utc_s) const {
    const detail::YearlyRule& rule = *rule_;
    if (!rule.summer_begin || !rule.summer_end)
        return {ZoneSpan::always_s, ZoneSpan::never_s, rule.standard_s};
    // The year of the instant: guessed by the mean length of one, then put right.
    const std::int64_t local_s = utc_s + rule.standard_s;
    int year = static_cast<int>(1970 + local_s / 31'556'952);
    while (days_from_civil(year, 1, 1) * 86'400 > local_s)
        --year;
    while (days_from_civil(year + 1, 1, 1) * 86'400 <= local_s)
        ++year;
    struct Switch {
        std::int64_t at_s;
        bool to_summer;
    };
    std::array<Switch, 6> switches{}; // the years beside it, too: a summer may last over New Year
    for (std::size_t i = 0; i < 3; ++i) {
        const int of = year - 1 + static_cast<int>(i);
        switches[2 * i] = {rule.summer_begin->local_s(of) - rule.standard_s, true};
        switches[2 * i + 1] = {rule.summer_end->local_s(of) - rule.summer_s, false};
    }
    // Where one summer ends as the next begins (summer time all year), the beginning counts.
    std::sort(switches.begin(), switches.end(), [](const Switch& a, const Switch& b) {
        return a.at_s != b.at_s ? a.at_s < b.at_s : a.to_summer < b.to_summer;
    });
    const auto next = std::upper_bound(switches.begin(), switches.end(), utc_s,
                                       [](std::int64_t at, const Switch& change) { return at < change.at_s; });
    ZoneSpan span;
    span.offset_s = next == switches.begin() || !std::prev(next)->to_summer ? rule.standard_s : rule.summer_s;
    if (next != switches.begin())
        span.begin_s = std::prev(next)->at_s;
    if (next != switches.end())
        span.end_s = next->at_s;
    return span;
}

inline ZoneSpan TimeZone::span_at(std::int64_t utc_s) const {
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), utc_s,
                                       [](std::int64_t at, const Change& change) { return at < change.at_s; });
    if (next == changes_.end() && rule_) {
        ZoneSpan span = span_by_rule(utc_s);
        if (!changes_.empty())
            span.begin_s = std::max(span.begin_s, changes_.back().at_s);
        return span;
    }
    ZoneSpan span;
    if (next != changes_.end())
        span.end_s = next->at_s;
    span.offset_s = first_offset_s_;
    if (next != changes_.begin()) {
        span.begin_s = std::prev(next)->at_s;
        span.offset_s = std::prev(next)->offset_s;
    }
    return span;
}

} // namespace ombud::sdk
