#include "ledger/timestamp.hpp"

#include <algorithm>

namespace ombud::ledger {
namespace {

void put_digits(char* end, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i, value /= 10)
        *--end = static_cast<char>('0' + value % 10);
}

} // namespace

UtcText::UtcText(std::int64_t utc_ns) {
    constexpr std::int64_t ns_a_day = 86'400'000'000'000;
    std::int64_t days = utc_ns / ns_a_day;
    std::int64_t rest = utc_ns % ns_a_day;
    if (rest < 0) {
        rest += ns_a_day;
        --days;
    }
    // Days to a date in the proleptic Gregorian calendar, years counted from March so that the leap day comes last.
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
    const std::int64_t day_of_era = shifted - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t march_month = (5 * day_of_year + 2) / 153;
    const std::int64_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
    const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

    constexpr std::string_view form = "0000-00-00T00:00:00.000000000Z";
    std::copy(form.begin(), form.end(), text_.begin());
    const auto put = [this](std::size_t end, std::int64_t value, int count) {
        put_digits(text_.data() + end, static_cast<std::uint64_t>(value), count);
    };
    put(4, year, 4);
    put(7, month, 2);
    put(10, day, 2);
    put(13, rest / 3'600'000'000'000, 2);
    put(16, rest / 60'000'000'000 % 60, 2);
    put(19, rest / 1'000'000'000 % 60, 2);
    put(29, rest % 1'000'000'000, 9);
}

} // namespace ombud::ledger
