#include "read_settings.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ombud::export_watchdog {

namespace {

constexpr int64_t second_ns = 1'000'000'000;

std::vector<std::string> words_of(const sdk::Config& config, const char* option) {
    const std::string_view list = config.get_str(std::string("options/") + option).value_or("");
    std::vector<std::string> words;
    for (size_t at = 0; (at = list.find_first_not_of(" ,", at)) != std::string_view::npos;) {
        const size_t end = std::min(list.find_first_of(" ,", at), list.size());
        words.emplace_back(list.substr(at, end - at));
        at = end;
    }
    return words;
}

Accounts accounts_of(const sdk::Config& config, const char* option) {
    const auto words = words_of(config, option);
    return {words.begin(), words.end()};
}

void read_duration(const sdk::Config& config, const char* option, int64_t& length_ns) {
    if (const auto seconds = config.get_i64(std::string("options/") + option))
        length_ns = *seconds * second_ns; // the manifest bounds it to ten years
}

/// Days since 1970 of YYYY-MM-DD.
std::optional<int64_t> parse_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    const auto number = [&](size_t from, size_t digits) -> int {
        int value = 0;
        const auto [end, error] = std::from_chars(text.data() + from, text.data() + from + digits, value);
        return error == std::errc{} && end == text.data() + from + digits ? value : -1;
    };
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    static constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leaps = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1] + (month == 2 && leaps ? 1 : 0))
        return std::nullopt;
    // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil: a year begins in March there.
    const int64_t shifted = year - (month <= 2 ? 1 : 0), era = shifted / 400, of_era = shifted - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

} // namespace

sdk::Result<AllSettings> read_settings(const sdk::Config& config) {
    AllSettings all;
    all.policy.exporters = accounts_of(config, "exporters");
    all.policy.desk_exporters = accounts_of(config, "desk-exporters");
    all.policy.mask_lifters = accounts_of(config, "mask-lifters");
    all.policy.administrators = accounts_of(config, "administrators");
    all.policy.deleters = accounts_of(config, "deleters");
    all.policy.archivers = accounts_of(config, "archivers");
    all.policy.web_exports_by_two = config.get_str("options/web-exports").value_or("refuse") == "second-person";
    const std::string_view second = config.get_str("options/second-person").value_or("unlisted");
    all.policy.second_person = second == "never" ? SecondPerson::never : second == "always" ? SecondPerson::always : SecondPerson::unlisted;
    read_duration(config, "destroy-by-max", all.policy.destroy_by_max_ns);
    read_duration(config, "remind-before", all.remind_before_ns);
    read_duration(config, "history", all.usual.history_ns);
    all.usual.size_floor = config.get_i64("options/usual-size").value_or(all.usual.size_floor);
    all.usual.count_floor = config.get_i64("options/usual-count").value_or(all.usual.count_floor);
    for (const std::string& word : words_of(config, "holidays")) {
        const auto day = parse_day(word);
        if (!day)
            return sdk::fail(sdk::ErrorCode::invalid_input, "options/holidays: '" + word + "' is no day; write 2026-12-25");
        all.usual.holidays.insert(*day);
    }
    auto zone = sdk::TimeZone::read(std::string(config.get_str("site/timezone").value_or("UTC")));
    if (!zone)
        return sdk::fail(std::move(zone).error().within("site/timezone"));
    all.zone = std::move(*zone);
    return all;
}

} // namespace ombud::export_watchdog
