#include "copies.hpp"

#include <utility>

namespace ombud::export_watchdog {

std::string day_words(int64_t day) {
    // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    const int64_t shifted = day + 719'468, era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097, of_era = shifted - era * 146'097;
    const int64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
    const int64_t of_year = of_era - (365 * year + year / 4 - year / 100), part = (5 * of_year + 2) / 153;
    const int64_t month = part < 10 ? part + 3 : part - 9;
    const auto two = [](int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return std::to_string(year + era * 400 + (month <= 2 ? 1 : 0)) + "-" + two(month) + "-" + two(of_year - (153 * part + 2) / 5 + 1);
}

std::vector<Finding> judge_copies(const std::vector<Copy>& copies, const Ended& ended, int64_t today, int64_t remind_days) {
    std::vector<Finding> found;
    for (const Astray& one : ended.astray)
        found.push_back({Finding::Severity::warning, "astray/" + one.key, "EXP-11", "",
                         "destruction " + one.key + " names " + one.names + ", which is not there, so it ended nothing; correct it: ombud register add "
                         "export_watchdog/destructions --corrects " + one.key + " number=… --reason …"});
    for (const Copy& copy : copies) {
        if (copy.is_medium ? ended.media.contains(copy.key) : ended.disclosures.contains(copy.key) || ended.media.contains(copy.medium))
            continue;
        const std::string what = (copy.is_medium ? "medium " : "disclosure ") + copy.key;
        const std::string key = (copy.is_medium ? "medium/" : "disclosure/") + copy.key;
        const std::string end = "; when it ended: ombud destruction add " + std::string(copy.is_medium ? "medium " : "disclosure ") + copy.key;
        if (copy.is_medium && !copy.recipient_knows)
            found.push_back({Finding::Severity::warning, "not-told/" + key, "EXP-5", "",
                             what + ": it is not recorded that the recipient knows to destroy or return it; tell the recipient, and correct the row"});
        if (!copy.destroy_by_day) {
            found.push_back({Finding::Severity::violation, "no-day/" + key, "EXP-11", "",
                             what + " is a copy without a day by which it must be destroyed or back; agree on one, and correct the row" + end});
            continue;
        }
        const int64_t left = *copy.destroy_by_day - today;
        if (left < 0)
            found.push_back({Finding::Severity::violation, "overdue/" + key, "EXP-11", "",
                             what + " had to be destroyed or back by " + day_words(*copy.destroy_by_day) + ", " + std::to_string(-left) +
                                 " days ago, and no record of it is there; ask the recipient" + end});
        else if (left <= remind_days)
            found.push_back({Finding::Severity::warning, "due/" + key, "EXP-11", "",
                             what + " must be destroyed or back by " + day_words(*copy.destroy_by_day) + ", in " + std::to_string(left) + " days" + end});
    }
    return found;
}

} // namespace ombud::export_watchdog
