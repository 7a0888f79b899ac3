#include <algorithm>
#include <cctype>

#include "config/time_zone.hpp"

namespace ombud::config {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// Takes characters off the front of a rule.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

    bool take(char c) {
        if (peek() != c || c == '\0')
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// A zone's abbreviation: three letters or more, or anything in <>.
    bool take_name() {
        std::size_t length = 0;
        if (peek() == '<') {
            length = rest_.find('>');
            if (length == std::string_view::npos)
                return false;
            ++length;
        } else {
            while (length < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[length])) != 0)
                ++length;
        }
        rest_.remove_prefix(length);
        return length >= 3;
    }

    std::optional<int> take_number(int max) {
        int number = 0;
        std::size_t length = 0;
        while (length < rest_.size() && length < 4 && std::isdigit(static_cast<unsigned char>(rest_[length])) != 0)
            number = number * 10 + (rest_[length++] - '0');
        if (length == 0 || number > max)
            return std::nullopt;
        rest_.remove_prefix(length);
        return number;
    }

    /// `[+-]h[h][h][:mm[:ss]]`
    std::optional<std::int64_t> take_time_s() {
        const bool is_negative = take('-');
        if (!is_negative)
            take('+');
        std::int64_t seconds = 0;
        for (const int unit : {3600, 60, 1}) {
            const auto number = take_number(unit == 3600 ? 167 : 59);
            if (!number)
                return std::nullopt;
            seconds += std::int64_t{*number} * unit;
            if (unit == 1 || !take(':'))
                break;
        }
        return is_negative ? -seconds : seconds;
    }

  private:
    std::string_view rest_;
};

std::optional<PosixRule::Switch> take_switch(Cursor& cursor) {
    PosixRule::Switch at;
    if (!cursor.take(','))
        return std::nullopt;
    if (cursor.take('M')) {
        const auto month = cursor.take_number(12);
        const auto week = cursor.take('.') ? cursor.take_number(5) : std::nullopt;
        const auto day = cursor.take('.') ? cursor.take_number(6) : std::nullopt;
        if (!month || !week || !day || *month == 0 || *week == 0)
            return std::nullopt;
        at.month = *month;
        at.week = *week;
        at.day = *day;
    } else {
        const bool is_julian = cursor.take('J');
        const auto day = cursor.take_number(365);
        if (!day || (is_julian && *day == 0))
            return std::nullopt;
        at.form = is_julian ? PosixRule::Switch::Form::julian_without_leap : PosixRule::Switch::Form::day_of_year;
        at.day = *day;
    }
    if (cursor.take('/')) {
        const auto time = cursor.take_time_s();
        if (!time)
            return std::nullopt;
        at.time_s = *time;
    }
    return at;
}

/// Local seconds at which the switch happens in a year.
std::int64_t local_s(const PosixRule::Switch& at, std::chrono::year year) {
    using Form = PosixRule::Switch::Form;
    sys_days date = sys_days(year / 1 / 1);
    if (at.form == Form::day_of_year) {
        date += days(at.day);
    } else if (at.form == Form::julian_without_leap) {
        date += days(at.day - 1 + (year.is_leap() && at.day >= 60 ? 1 : 0));
    } else {
        const std::chrono::month month(static_cast<unsigned>(at.month));
        const std::chrono::weekday weekday(static_cast<unsigned>(at.day));
        date = at.week == 5 ? sys_days(year / month / weekday[std::chrono::last])
                            : sys_days(year / month / weekday[static_cast<unsigned>(at.week)]);
    }
    return std::chrono::seconds(date.time_since_epoch()).count() + at.time_s;
}

} // namespace

std::optional<PosixRule> PosixRule::parse(std::string_view text) {
    Cursor cursor(text);
    PosixRule rule;
    if (!cursor.take_name())
        return std::nullopt;
    const auto west_s = cursor.take_time_s(); // POSIX counts westwards
    if (!west_s)
        return std::nullopt;
    rule.standard_s = -*west_s;
    rule.summer_s = rule.standard_s;
    if (cursor.at_end())
        return rule;
    if (!cursor.take_name())
        return std::nullopt;
    rule.summer_s = rule.standard_s + 3'600;
    if (cursor.peek() != ',') {
        const auto summer_west_s = cursor.take_time_s();
        if (!summer_west_s)
            return std::nullopt;
        rule.summer_s = -*summer_west_s;
    }
    rule.to_summer = take_switch(cursor);
    rule.to_standard = rule.to_summer ? take_switch(cursor) : std::nullopt;
    if (!rule.to_standard || !cursor.at_end())
        return std::nullopt;
    return rule;
}

std::int64_t PosixRule::offset_s(std::int64_t utc_s) const {
    if (!to_summer || !to_standard)
        return standard_s;
    const auto day = std::chrono::floor<days>(std::chrono::sys_seconds(std::chrono::seconds(utc_s + standard_s)));
    const auto year = std::chrono::year_month_day(day).year();
    const std::int64_t begin = local_s(*to_summer, year) - standard_s;
    const std::int64_t end = local_s(*to_standard, year) - summer_s;
    const bool is_summer =
        begin < end ? (utc_s >= begin && utc_s < end) : (utc_s >= begin || utc_s < end); // south of the equator
    return is_summer ? summer_s : standard_s;
}

} // namespace ombud::config
