#include "time_zone.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>

namespace ombud::audio_metadata {

namespace {

constexpr int64_t day_s = 86'400;
constexpr size_t file_size_max = 1u << 20; // the largest of the database has 4 kB

sdk::Failure corrupt(std::string what) {
    return sdk::fail(sdk::ErrorCode::corrupt, "TZif: " + std::move(what));
}

/// Big-endian numbers out of bytes whose length was checked before.
int64_t number_at(std::string_view bytes, size_t at, size_t width) {
    uint64_t value = 0;
    for (size_t index = 0; index < width; ++index)
        value = value << 8 | static_cast<unsigned char>(bytes[at + index]);
    return width == 4 ? static_cast<int32_t>(static_cast<uint32_t>(value)) : static_cast<int64_t>(value);
}

struct Head {
    char version;
    size_t utc_marks, standard_marks, leaps, times, types, chars;
    size_t body_bytes(size_t width) const {
        return times * width + times + types * 6 + chars + leaps * (width + 4) + standard_marks + utc_marks;
    }
};
constexpr size_t head_bytes = 44;

sdk::Result<Head> read_head(std::string_view bytes) {
    if (bytes.size() < head_bytes || bytes.substr(0, 4) != "TZif")
        return corrupt("no head");
    const auto count = [&](size_t index) { return static_cast<size_t>(number_at(bytes, 20 + 4 * index, 4)); };
    const Head head{bytes[4], count(0), count(1), count(2), count(3), count(4), count(5)};
    for (const size_t amount : {head.utc_marks, head.standard_marks, head.leaps, head.times, head.types, head.chars})
        if (amount > 100'000)
            return corrupt("a count of " + std::to_string(amount));
    if (head.types == 0 || head.types > 256)
        return corrupt(std::to_string(head.types) + " kinds of local time");
    if (head.leaps != 0)
        return corrupt("counts leap seconds, which Unix time does not");
    return head;
}

} // namespace

int64_t TimeZone::YearlyChange::local_s(int year) const {
    using namespace std::chrono;
    const std::chrono::year of{year};
    sys_days date{};
    switch (by) {
    case By::month_week_day: {
        const std::chrono::month in{static_cast<unsigned>(month)};
        const std::chrono::weekday on{static_cast<unsigned>(day)};
        date = week == 5 ? sys_days{of / in / on[last]} : sys_days{of / in / on[static_cast<unsigned>(week)]};
        break;
    }
    case By::julian_day: // 1 to 365; 29 February has no number
        date = sys_days{of / January / 1} + days{day - 1 + (of.is_leap() && day >= 60 ? 1 : 0)};
        break;
    case By::zero_based_day:
        date = sys_days{of / January / 1} + days{day};
        break;
    }
    return date.time_since_epoch().count() * day_s + time_s;
}

/// Reads a POSIX TZ string, e.g. "CET-1CEST,M3.5.0,M10.5.0/3".
class TimeZone::RuleReader {
  public:
    explicit RuleReader(std::string_view text) : text_(text) {}

    std::optional<YearlyRule> read() {
        YearlyRule rule;
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
        size_t length = 0;
        while (length < text_.size() && (is_quoted ? text_[length] != '>' : is_letter(text_[length])))
            ++length;
        text_.remove_prefix(length);
        return (!is_quoted || take('>')) && length >= 3;
    }
    static bool is_letter(char character) {
        return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
    }
    bool read_number(int& value, int lowest, int highest) {
        size_t length = 0;
        value = 0;
        for (; length < text_.size() && length < 4 && text_[length] >= '0' && text_[length] <= '9'; ++length)
            value = value * 10 + (text_[length] - '0');
        text_.remove_prefix(length);
        return length > 0 && value >= lowest && value <= highest;
    }
    bool read_time(int64_t& seconds, int hours_max) {
        const bool is_negative = take('-');
        if (!is_negative)
            (void)take('+');
        int hours = 0, minutes = 0, rest = 0;
        if (!read_number(hours, 0, hours_max))
            return false;
        if (take(':') && (!read_number(minutes, 0, 59) || (take(':') && !read_number(rest, 0, 59))))
            return false;
        seconds = (int64_t{hours} * 60 + minutes) * 60 + rest;
        if (is_negative)
            seconds = -seconds;
        return true;
    }
    bool read_change(YearlyChange& change) {
        if (!take(','))
            return false;
        if (take('M')) {
            change.by = YearlyChange::By::month_week_day;
            if (!read_number(change.month, 1, 12) || !take('.') || !read_number(change.week, 1, 5) || !take('.') ||
                !read_number(change.day, 0, 6))
                return false;
        } else if (take('J')) {
            change.by = YearlyChange::By::julian_day;
            if (!read_number(change.day, 1, 365))
                return false;
        } else {
            change.by = YearlyChange::By::zero_based_day;
            if (!read_number(change.day, 0, 365))
                return false;
        }
        return !take('/') || read_time(change.time_s, 167);
    }

    std::string_view text_;
};

sdk::Result<TimeZone> TimeZone::parse(std::string_view bytes) {
    if (bytes.size() > file_size_max)
        return corrupt(std::to_string(bytes.size()) + " bytes are too many");
    auto head = read_head(bytes);
    if (!head)
        return sdk::fail(head.error());
    size_t width = 4; // version 1 tells times in 32 bits; later versions repeat all in 64
    if (head->version >= '2') {
        if (bytes.size() < head_bytes + head->body_bytes(4))
            return corrupt("ends within its first half");
        bytes.remove_prefix(head_bytes + head->body_bytes(4));
        head = read_head(bytes);
        if (!head)
            return sdk::fail(head.error());
        width = 8;
    }
    if (bytes.size() < head_bytes + head->body_bytes(width))
        return corrupt("ends within its data");

    const size_t times_at = head_bytes, indices_at = times_at + head->times * width;
    const size_t types_at = indices_at + head->times;
    std::vector<int64_t> offsets;
    for (size_t index = 0; index < head->types; ++index) {
        const int64_t offset = number_at(bytes, types_at + 6 * index, 4);
        if (offset <= -26 * 3600 || offset >= 27 * 3600)
            return corrupt("an offset of " + std::to_string(offset) + " seconds");
        offsets.push_back(offset);
    }
    TimeZone zone;
    zone.first_offset_s_ = offsets[0];
    for (size_t index = 0; index < head->times; ++index) {
        const int64_t at = number_at(bytes, times_at + width * index, width);
        const auto type = static_cast<unsigned char>(bytes[indices_at + index]);
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

sdk::Result<TimeZone> TimeZone::read(const std::string& name, const std::string& folder) {
    if (name.empty() || name == "UTC")
        return TimeZone{};
    // The name comes from a configuration: it must not lead out of the folder.
    const bool is_name = name.size() <= 100 && name[0] != '/' && name.find("..") == std::string::npos &&
                         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/") ==
                             std::string::npos;
    if (!is_name)
        return sdk::fail(sdk::ErrorCode::invalid_input,
                         "'" + name + "' is no time zone; names are such as Europe/Berlin");
    const std::string path = folder + "/" + name;
    std::ifstream file(path, std::ios::binary);
    std::string bytes;
    if (file) {
        bytes.resize(file_size_max + 1);
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        bytes.resize(static_cast<size_t>(file.gcount()));
    }
    if (bytes.empty()) // a folder opens, too, and has no bytes
        return sdk::fail(sdk::ErrorCode::not_found, path + ": no such time zone; is the package tzdata installed?");
    auto zone = parse(bytes);
    if (!zone)
        return sdk::fail(std::move(zone).error().within(path));
    return zone;
}

ZoneSpan TimeZone::span_by_rule(int64_t utc_s) const {
    const YearlyRule& rule = *rule_;
    if (!rule.summer_begin || !rule.summer_end)
        return {always_s, never_s, rule.standard_s};
    using namespace std::chrono;
    const auto day = floor<days>(sys_seconds{seconds{utc_s + rule.standard_s}});
    const int year = static_cast<int>(year_month_day{day}.year());
    struct Switch {
        int64_t at_s;
        bool to_summer;
    };
    std::array<Switch, 6> switches{}; // the years beside it, too: a summer may last over New Year
    for (size_t index = 0; index < 3; ++index) {
        const int of = year - 1 + static_cast<int>(index);
        switches[2 * index] = {rule.summer_begin->local_s(of) - rule.standard_s, true};
        switches[2 * index + 1] = {rule.summer_end->local_s(of) - rule.summer_s, false};
    }
    // Where one summer ends as the next begins (summer time all year), the beginning counts.
    std::sort(switches.begin(), switches.end(), [](const Switch& a, const Switch& b) {
        return a.at_s != b.at_s ? a.at_s < b.at_s : a.to_summer < b.to_summer;
    });
    const auto next = std::upper_bound(switches.begin(), switches.end(), utc_s,
                                       [](int64_t at, const Switch& change) { return at < change.at_s; });
    ZoneSpan span;
    span.offset_s = next == switches.begin() || !std::prev(next)->to_summer ? rule.standard_s : rule.summer_s;
    if (next != switches.begin())
        span.begin_s = std::prev(next)->at_s;
    if (next != switches.end())
        span.end_s = next->at_s;
    return span;
}

ZoneSpan TimeZone::span_at(int64_t utc_s) const {
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), utc_s,
                                       [](int64_t at, const Change& change) { return at < change.at_s; });
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

} // namespace ombud::audio_metadata
