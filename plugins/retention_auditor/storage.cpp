#include "storage.hpp"

#include "wording.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace ombud::retention {

namespace {

constexpr double day_ns = 86'400e9;

int64_t whole(double amount) {
    return amount >= 9.2e18 ? int64_t{9'200'000'000'000'000'000} : static_cast<int64_t>(std::llround(amount));
}

std::string one_decimal(double amount) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), "%.1f", amount);
    return text.data();
}

} // namespace

Demand demand_of(int64_t kept_bytes, int64_t locked_bytes, int64_t oldest_begin, int64_t period_ns, int64_t now) {
    Demand demand;
    demand.need_bytes = static_cast<double>(locked_bytes);
    const double span_ns = std::min(static_cast<double>(period_ns), static_cast<double>(elapsed_ns(oldest_begin, now)));
    if (span_ns < std::min(day_ns, static_cast<double>(period_ns)) || span_ns <= 0) {
        demand.young_cameras = 1;
        return demand;
    }
    const double bytes_per_ns = static_cast<double>(kept_bytes) / span_ns;
    demand.need_bytes += bytes_per_ns * static_cast<double>(period_ns);
    demand.bytes_per_day = bytes_per_ns * day_ns;
    return demand;
}

std::optional<Finding> check_encryption(const StorageArea& area) {
    if (!area.encrypted || *area.encrypted >= 2)
        return std::nullopt;
    const bool none = *area.encrypted <= 0;
    return Finding{none ? Severity::violation : Severity::warning,
                   "RET-7/" + area.attachment + "/storage/" + area.storage,
                   "RET-7",
                   area.attachment,
                   "",
                   "",
                   "Storage '" + area.storage + "' is " + (none ? "not" : "only partly") +
                       " encrypted at rest: move the media database to a fully encrypted volume.",
                   "",
                   ""};
}

Provisioning judge_capacity(const std::vector<StorageArea>& areas, const Demand& demand) {
    Provisioning result;
    double capacity = 0;
    for (const StorageArea& area : areas) {
        if (!area.capacity_bytes) {
            result.text = "the capacity of storage '" + area.storage + "' is not known";
            return result;
        }
        capacity += static_cast<double>(std::max<int64_t>(0, *area.capacity_bytes));
    }
    if (areas.empty())
        result.text = "no storage area is known";
    else if (demand.young_cameras > 0)
        result.text = count_of(demand.young_cameras, "camera") + " recorded for less than a day, too short to tell";
    else if (demand.unsized_recordings > 0)
        result.text = count_of(demand.unsized_recordings, "recording") + " of unknown size";
    else if (demand.need_bytes < 1 || demand.bytes_per_day < 1)
        result.text = "nothing is recorded";
    if (!result.text.empty())
        return result;

    result.known = true;
    result.capacity_bytes = whole(capacity);
    result.need_bytes = whole(demand.need_bytes);
    result.percent = whole(100 * capacity / demand.need_bytes);
    result.extra_days = std::max(0.0, (capacity - demand.need_bytes) / demand.bytes_per_day);
    result.text = size_in_words(result.capacity_bytes) + " of storage for a need of " +
                  size_in_words(result.need_bytes) + " (" + one_decimal(capacity / demand.need_bytes) +
                  " times): deleted video may stay recoverable for " + one_decimal(result.extra_days) +
                  " days beyond its period";
    return result;
}

std::optional<Finding> check_capacity(const std::string& attachment, const Provisioning& provisioning,
                                      const Settings& settings) {
    if (!provisioning.known || provisioning.percent <= settings.over_provisioning_max_percent)
        return std::nullopt;
    return Finding{Severity::warning,
                   "RET-6/" + attachment,
                   "RET-6",
                   attachment,
                   "",
                   "",
                   "Attachment '" + attachment + "' has " + provisioning.text +
                       ": give it less space, or overwrite freed blocks.",
                   "",
                   evidence({{"capacity_bytes", provisioning.capacity_bytes},
                             {"need_bytes", provisioning.need_bytes},
                             {"percent", provisioning.percent},
                             {"extra_days_tenths", whole(provisioning.extra_days * 10)}})};
}

} // namespace ombud::retention
