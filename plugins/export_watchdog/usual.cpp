#include "usual.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace ombud::export_watchdog {

namespace {

constexpr int64_t second_ns = 1'000'000'000, hour_ns = 3600 * second_ns;
constexpr int64_t known_days = 5;      // days with exports after which a user is no newcomer
constexpr size_t known_exports = 20;   // and exports after which hours say something
constexpr int64_t known_span_days = 14; // and days since the first one after which days off do
constexpr int hours_around = 3;        // what is usual at 17 h is so from 14 to 20 h
constexpr double spread = 8;           // a day may be that many deviations above the median
constexpr double few_days = 5;         // a median of n days is trusted less: the spread is (1 + 5/n) times as wide
constexpr double least_spread = 0.25;  // of the median: a user of great regularity is not bound to it
constexpr double week_factor = 1.5;    // a week may be that much more than earlier weeks
constexpr int64_t weeks_known = 2;

struct Local {
    int64_t day = 0; // since 1970
    int hour = 0;
};

Local local_of(int64_t utc_ns, const sdk::TimeZone& zone) {
    int64_t utc_s = utc_ns / second_ns;
    if (utc_ns < 0 && utc_ns % second_ns != 0)
        --utc_s;
    const int64_t local_s = utc_s + zone.span_at(utc_s).offset_s;
    const int64_t day = (local_s >= 0 ? local_s : local_s - 86'399) / 86'400;
    return {day, static_cast<int>((local_s - day * 86'400) / 3600)};
}

bool is_day_off(int64_t day, const Usual& usual) {
    const int64_t weekday = ((day + 3) % 7 + 7) % 7; // 1970-01-01 was a Thursday; 0 is Monday
    return weekday >= 5 || usual.holidays.contains(day);
}

std::string two_digits(int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string size_words(double bytes) {
    static constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < units.size()) {
        bytes /= 1000;
        ++unit;
    }
    const auto tenths = std::llround(bytes * 10);
    return unit == 0 || tenths >= 1000 ? std::to_string(std::llround(bytes)) + " " + units[unit]
                                       : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + units[unit];
}

struct Day {
    double size = 0, count = 0;
};

/// Everything that is known of a user, seen from the newest export.
class Picture {
  public:
    Picture(const std::vector<PastExport>& exports, const Usual& usual, const sdk::TimeZone& zone)
        : exports_(exports), usual_(usual), now_(exports.back()), here_(local_of(now_.utc_ns, zone)) {
        for (const PastExport& one : exports_) {
            const Local at = local_of(one.utc_ns, zone);
            places_.push_back(at);
            Day& day = days_[at.day];
            day.size += static_cast<double>(one.size_bytes);
            day.count += 1;
        }
    }

    std::vector<Unusual> judge() {
        if (is_newcomer()) {
            judge_newcomer();
        } else {
            judge_day();
            judge_week();
            judge_hour();
        }
        judge_burst();
        judge_cameras();
        return std::move(found_);
    }

  private:
    [[nodiscard]] int64_t active_days_before() const { return static_cast<int64_t>(days_.size()) - 1; } // today is one of them
    [[nodiscard]] bool is_newcomer() const { return active_days_before() < known_days; }
    [[nodiscard]] const Day& today() const { return days_.at(here_.day); }

    void tell(Unusual::Kind kind, std::string text, std::string evidence, bool notice = false) {
        found_.push_back({kind, std::move(text), here_.day, notice, std::move(evidence)});
    }

    static std::string numbers(double value, double usual, double limit) {
        return "{\"value\":" + std::to_string(std::llround(value)) + ",\"usual\":" + std::to_string(std::llround(usual)) +
               ",\"limit\":" + std::to_string(std::llround(limit)) + "}";
    }

    void judge_newcomer() {
        if (now_.utc_ns < usual_.learning_until_utc_ns)
            return;
        const auto size_limit = static_cast<double>(usual_.size_floor), count_limit = static_cast<double>(usual_.count_floor);
        const std::string days = "somebody who exported on " + std::to_string(active_days_before()) + " days before took ";
        if (today().size > size_limit)
            tell(Unusual::Kind::newcomer, days + size_words(today().size) + " in a day, more than the " + size_words(size_limit) + " that are never unusual",
                 numbers(today().size, 0, size_limit));
        else if (today().count > count_limit)
            tell(Unusual::Kind::newcomer, days + std::to_string(std::llround(today().count)) + " exports in a day, more than the " +
                                              std::to_string(usual_.count_floor) + " that are never unusual",
                 numbers(today().count, 0, count_limit));
    }

    /// What a day may reach: the median of earlier days with exports, and as many deviations; at least the floor.
    double day_limit(const std::vector<double>& days, double floor) const {
        const double middle = median(days);
        const double widened = spread * (1 + few_days / static_cast<double>(days.size()));
        return std::max(floor, middle + widened * std::max(1.4826 * median_deviation(days), least_spread * middle));
    }

    void judge_day() {
        std::vector<double> sizes, counts;
        for (const auto& [day, of_day] : days_) {
            if (day == here_.day)
                continue;
            sizes.push_back(of_day.size);
            counts.push_back(of_day.count);
        }
        const double size_limit = day_limit(sizes, static_cast<double>(usual_.size_floor));
        if (today().size > size_limit)
            tell(Unusual::Kind::volume, size_words(today().size) + " were exported in a day, " + times(today().size, median(sizes)) + " the usual " +
                                            size_words(median(sizes)) + " (median of " + std::to_string(sizes.size()) + " days; limit " + size_words(size_limit) + ")",
                 numbers(today().size, median(sizes), size_limit));
        const double count_limit = day_limit(counts, static_cast<double>(usual_.count_floor));
        if (today().count > count_limit)
            tell(Unusual::Kind::many, std::to_string(std::llround(today().count)) + " exports were made in a day, " + times(today().count, median(counts)) +
                                          " the usual " + std::to_string(std::llround(median(counts))) + " (median of " + std::to_string(counts.size()) +
                                          " days; limit " + std::to_string(std::llround(count_limit)) + ")",
                 numbers(today().count, median(counts), count_limit));
    }

    static std::string times(double value, double usual) {
        return usual > 0 ? std::to_string(std::llround(value / usual)) + " times" : std::string("against");
    }

    /// Seven days against the seven-day spans before them: finds what stays below every day's limit.
    void judge_week() {
        const int64_t first = days_.begin()->first;
        const int64_t spans = std::min<int64_t>((here_.day - 6 - first) / 7, usual_.history_ns / (7 * 24 * hour_ns) - 1);
        if (spans < weeks_known)
            return;
        std::vector<double> sizes, counts;
        const auto sum = [&](int64_t from, int64_t to) {
            Day all;
            for (auto at = days_.lower_bound(from); at != days_.end() && at->first <= to; ++at) {
                all.size += at->second.size;
                all.count += at->second.count;
            }
            return all;
        };
        for (int64_t span = 1; span <= spans; ++span) {
            const Day one = sum(here_.day - 6 - 7 * span, here_.day - 7 * span);
            sizes.push_back(one.size);
            counts.push_back(one.count);
        }
        const Day week = sum(here_.day - 6, here_.day);
        const double size_limit = std::max(3 * static_cast<double>(usual_.size_floor), week_factor * median(sizes));
        if (week.size > size_limit)
            tell(Unusual::Kind::week, size_words(week.size) + " were exported in seven days, " + times(week.size, median(sizes)) + " the usual " +
                                          size_words(median(sizes)) + " (median of " + std::to_string(spans) + " earlier weeks; limit " + size_words(size_limit) + ")",
                 numbers(week.size, median(sizes), size_limit));
        const double count_limit = std::max(3 * static_cast<double>(usual_.count_floor), week_factor * median(counts));
        if (week.count > count_limit)
            tell(Unusual::Kind::week, std::to_string(std::llround(week.count)) + " exports were made in seven days, " + times(week.count, median(counts)) +
                                          " the usual " + std::to_string(std::llround(median(counts))) + " (median of " + std::to_string(spans) +
                                          " earlier weeks; limit " + std::to_string(std::llround(count_limit)) + ")",
                 numbers(week.count, median(counts), count_limit));
    }

    void judge_hour() {
        size_t before = 0, near = 0, on_days_off = 0;
        for (size_t index = 0; index + 1 < places_.size(); ++index) {
            if (places_[index].day == here_.day)
                continue; // what is done tonight does not make tonight usual
            ++before;
            const int apart = std::abs(places_[index].hour - here_.hour);
            near += std::min(apart, 24 - apart) <= hours_around;
            on_days_off += is_day_off(places_[index].day, usual_);
        }
        if (before < known_exports)
            return;
        if (near == 0)
            tell(Unusual::Kind::hour, "an export was made at " + two_digits(here_.hour) + " h, and none of " + std::to_string(before) + " earlier ones within " +
                                          std::to_string(hours_around) + " hours of that time of day",
                 "{\"hour\":" + std::to_string(here_.hour) + ",\"exports_before\":" + std::to_string(before) + "}");
        if (is_day_off(here_.day, usual_) && on_days_off == 0 && here_.day - days_.begin()->first >= known_span_days)
            tell(Unusual::Kind::day_off, "an export was made on a weekend or holiday, and none of " + std::to_string(before) + " earlier ones was",
                 "{\"exports_before\":" + std::to_string(before) + "}");
    }

    void judge_burst() {
        std::map<int64_t, double> busiest; // of each earlier day: the most exports within an hour
        size_t first = 0;
        double within = 0;
        for (size_t index = 0; index < exports_.size(); ++index) {
            while (exports_[index].utc_ns - exports_[first].utc_ns >= hour_ns)
                ++first;
            within = static_cast<double>(index - first + 1);
            if (places_[index].day != here_.day)
                busiest[places_[index].day] = std::max(busiest[places_[index].day], within);
        }
        std::vector<double> hours;
        for (const auto& [day, most] : busiest)
            hours.push_back(most);
        const double limit = std::max(static_cast<double>(usual_.count_floor), 3 * median(hours));
        if (within > limit)
            tell(Unusual::Kind::burst, std::to_string(std::llround(within)) + " exports were made within an hour, " +
                                           (hours.empty() ? "on the first day with exports" : "usually " + std::to_string(std::llround(median(hours))) +
                                           " in the busiest hour of a day") + " (limit " + std::to_string(std::llround(limit)) + ")",
                 numbers(within, median(hours), limit));
    }

    /// A camera is new when the user's set had settled before: less than one in twenty exports brought one in.
    void judge_cameras() {
        std::map<std::string, size_t> seen; // exports of each camera
        std::map<std::string, int64_t> fresh;
        std::set<int64_t> days;
        for (size_t index = 0; index < exports_.size(); ++index) {
            const int64_t day = places_[index].day;
            size_t once = 0;
            for (const auto& [camera, count] : seen)
                once += count == 1 && !fresh.contains(camera);
            const bool settled = (once + 1) * 20 <= index && days.size() >= static_cast<size_t>(known_days);
            for (const std::string& camera : exports_[index].cameras)
                if (++seen[camera] == 1 && settled)
                    fresh.emplace(camera, day);
            std::erase_if(fresh, [&](const auto& one) { return day - one.second >= 7; });
            days.insert(day);
        }
        if (std::none_of(now_.cameras.begin(), now_.cameras.end(), [&](const std::string& one) { return fresh.contains(one); }))
            return;
        std::string names;
        size_t shown = 0;
        for (const auto& [camera, day] : fresh)
            if (++shown <= 5)
                names += (names.empty() ? "" : ", ") + camera;
        if (fresh.size() > 5)
            names += ", …";
        tell(Unusual::Kind::cameras, std::to_string(fresh.size()) + (fresh.size() == 1 ? " camera was" : " cameras were") + " exported within seven days that this user never exported before, in " +
                                         std::to_string(exports_.size() - 1) + " exports of " + std::to_string(seen.size() - fresh.size()) + " cameras: " + names,
             "{\"new_cameras\":" + std::to_string(fresh.size()) + ",\"known_cameras\":" + std::to_string(seen.size() - fresh.size()) + "}", fresh.size() == 1);
    }

    const std::vector<PastExport>& exports_;
    const Usual& usual_;
    const PastExport& now_;
    const Local here_;
    std::vector<Local> places_;
    std::map<int64_t, Day> days_;
    std::vector<Unusual> found_;
};

} // namespace

int64_t local_day(int64_t utc_ns, const sdk::TimeZone& zone) { return local_of(utc_ns, zone).day; }

double median(std::vector<double> values) {
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double median_deviation(const std::vector<double>& values) {
    const double middle = median(values);
    std::vector<double> apart;
    for (const double value : values)
        apart.push_back(std::abs(value - middle));
    return median(std::move(apart));
}

const char* kind_name(Unusual::Kind kind) {
    switch (kind) {
    case Unusual::Kind::newcomer: return "newcomer";
    case Unusual::Kind::burst: return "burst";
    case Unusual::Kind::volume: return "volume";
    case Unusual::Kind::week: return "week";
    case Unusual::Kind::many: return "many";
    case Unusual::Kind::hour: return "hour";
    case Unusual::Kind::day_off: return "day-off";
    case Unusual::Kind::cameras: return "cameras";
    }
    return "unknown";
}

std::vector<Unusual> judge_usual(const std::vector<PastExport>& exports, const Usual& usual, const sdk::TimeZone& zone) {
    return exports.empty() ? std::vector<Unusual>{} : Picture(exports, usual, zone).judge();
}

} // namespace ombud::export_watchdog
