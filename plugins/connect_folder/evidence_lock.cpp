#include "evidence_lock.hpp"

#include <ombud/view.hpp>

namespace ombud::folder {

namespace {
constexpr std::size_t value_bytes_max = 1000;

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The end of a day written YYYY-MM-DD.
std::optional<std::int64_t> end_of_day(std::string_view text, const sdk::TimeZone& zone) {
    sdk::CivilTime day;
    int* const parts[] = {&day.year, &day.month, &day.day};
    constexpr std::size_t widths[] = {4, 2, 2};
    std::size_t at = 0;
    for (int part = 0; part < 3; ++part) {
        if (part > 0 && (at >= text.size() || text[at++] != '-'))
            return std::nullopt;
        *parts[part] = 0;
        for (std::size_t i = 0; i < widths[part]; ++i, ++at) {
            if (at >= text.size() || text[at] < '0' || text[at] > '9')
                return std::nullopt;
            *parts[part] = *parts[part] * 10 + (text[at] - '0');
        }
    }
    if (at != text.size() || !sdk::is_valid(day))
        return std::nullopt;
    day.hour = 23, day.minute = 59, day.second = 59;
    return (zone.instants(day).back() + 1) * 1'000'000'000;
}
} // namespace

EvidenceLock parse_lock(std::string_view text, const sdk::TimeZone& zone) {
    EvidenceLock lock;
    bool has_review = false;
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        const std::string_view line = trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line[0] == '#')
            continue;
        const auto wrong = [&](const char* what) {
            if (lock.problem.empty())
                lock.problem = "line " + std::to_string(number) + " of the lock " + what;
        };
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            wrong("is not KEY=VALUE");
            continue;
        }
        const std::string_view key = trim(line.substr(0, equals)), value = trim(line.substr(equals + 1));
        if (!sdk::is_utf8(value)) {
            wrong("is not UTF-8");
            continue;
        }
        if (value.size() > value_bytes_max) {
            wrong("is too long");
            continue;
        }
        std::string* const place = key == "reason"  ? &lock.reason
                                   : key == "case"  ? &lock.case_id
                                   : key == "owner" ? &lock.owner
                                                    : nullptr;
        if (place && place->empty())
            *place = value;
        if (key == "review" && !has_review) {
            has_review = true;
            lock.review_utc_ns = end_of_day(value, zone);
            if (!lock.review_utc_ns)
                wrong("has a review day that is not YYYY-MM-DD");
        }
    }
    return lock;
}

std::optional<std::string> locked_by(std::string_view path) {
    if (path.size() <= lock_ending.size() || path.substr(path.size() - lock_ending.size()) != lock_ending)
        return std::nullopt;
    const std::string_view recording = path.substr(0, path.size() - lock_ending.size());
    if (recording.back() == '/')
        return std::nullopt;
    return std::string(recording);
}

} // namespace ombud::folder
