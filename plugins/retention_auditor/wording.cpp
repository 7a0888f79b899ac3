#include "wording.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace ombud::retention {

namespace {

std::string grouped(uint64_t number) {
    std::string digits = std::to_string(number);
    for (size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

} // namespace

std::string count_of(uint64_t count, std::string_view singular) {
    return grouped(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
}

std::string in_words(int64_t length_ns) {
    constexpr uint64_t second = 1'000'000'000u;
    // Unsigned, so that the most negative length has an amount too.
    const uint64_t seconds =
        (length_ns < 0 ? 0u - static_cast<uint64_t>(length_ns) : static_cast<uint64_t>(length_ns)) / second;
    const uint64_t days = seconds / 86'400, hours = seconds / 3600, minutes = seconds / 60;
    const auto two = [](uint64_t whole, const char* unit, uint64_t rest, const char* part) {
        return count_of(whole, unit) + (rest ? " " + count_of(rest, part) : "");
    };
    if (days >= 3)
        return two(days, "day", hours % 24, "hour");
    if (hours >= 1)
        return two(hours, "hour", minutes % 60, "minute");
    if (minutes >= 1)
        return two(minutes, "minute", seconds % 60, "second");
    return count_of(seconds, "second");
}

std::string date_of(int64_t utc_ns) {
    using namespace std::chrono;
    const sys_time<nanoseconds> instant{nanoseconds{utc_ns}};
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const auto minute = floor<minutes>(instant - day).count();
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(minute / 60),
                  static_cast<int>(minute % 60));
    return text.data();
}

std::string size_in_words(int64_t size_bytes) {
    if (size_bytes < 0)
        return "size unknown";
    constexpr std::array<const char*, 6> units{"bytes", "kB", "MB", "GB", "TB", "PB"};
    double amount = static_cast<double>(size_bytes);
    size_t unit = 0;
    for (; amount >= 1000 && unit + 1 < units.size(); ++unit)
        amount /= 1000;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
    return text.data();
}

std::string evidence(std::initializer_list<std::pair<const char*, int64_t>> members) {
    std::string json = "{";
    for (const auto& [name, value] : members) {
        if (json.size() > 1)
            json += ',';
        json += '"';
        json += name;
        json += "\":";
        json += std::to_string(value);
    }
    return json + "}";
}

} // namespace ombud::retention
