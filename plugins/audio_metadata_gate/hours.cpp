#include "hours.hpp"

#include <algorithm>
#include <limits>

namespace ombud::audio_metadata {

namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t day_s = 86'400;

int64_t floor_divided(int64_t value, int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

/// 1 Monday … 7 Sunday of a day since 1970, which began on a Thursday.
uint32_t weekday(int64_t day) {
    return static_cast<uint32_t>((day + 3) - floor_divided(day + 3, 7) * 7) + 1;
}

int64_t to_ns(int64_t seconds) {
    int64_t ns = 0;
    if (__builtin_mul_overflow(seconds, second_ns, &ns))
        return seconds < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
    return ns;
}

int64_t saturating_sum(int64_t a, int64_t b) {
    int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
    return sum;
}

} // namespace

std::vector<Interval> merged(std::vector<Interval> intervals) {
    std::sort(intervals.begin(), intervals.end(),
              [](const Interval& a, const Interval& b) { return a.begin_utc_ns < b.begin_utc_ns; });
    std::vector<Interval> result;
    for (const Interval& interval : intervals) {
        if (interval.begin_utc_ns >= interval.end_utc_ns)
            continue;
        if (!result.empty() && interval.begin_utc_ns <= result.back().end_utc_ns)
            result.back().end_utc_ns = std::max(result.back().end_utc_ns, interval.end_utc_ns);
        else
            result.push_back(interval);
    }
    return result;
}

std::vector<Interval> documented_parts(const std::vector<Hours>& hours, Interval within, const sdk::TimeZone& zone,
                                       int64_t grace_ns) {
    std::vector<Interval> parts;
    // Whole seconds around it: hours begin and end on them.
    const int64_t begin_s = floor_divided(saturating_sum(within.begin_utc_ns, -grace_ns), second_ns);
    const int64_t end_s = floor_divided(saturating_sum(within.end_utc_ns, grace_ns), second_ns) + 1;
    for (int64_t at = begin_s; at < end_s;) {
        const sdk::ZoneSpan span = zone.span_at(at);
        // While the clocks stay put, local time is UTC shifted; so each stretch is looked at by itself.
        const int64_t stop = std::min(end_s, span.end_s);
        const int64_t local_begin = at + span.offset_s, local_end = stop + span.offset_s;
        const int64_t last_day = floor_divided(local_end, day_s);
        for (int64_t day = floor_divided(local_begin, day_s) - 1; day <= last_day; ++day) // yesterday's may last
            for (const Hours& of : hours) {
                if (!(of.days & (1u << weekday(day))) || of.from_s == of.to_s)
                    continue;
                const int64_t from = day * day_s + of.from_s;
                const int64_t to = (of.to_s > of.from_s ? day : day + 1) * day_s + of.to_s;
                const int64_t first = std::max(from, local_begin), last = std::min(to, local_end);
                if (first < last)
                    parts.push_back({to_ns(first - span.offset_s), to_ns(last - span.offset_s)});
            }
        at = stop;
    }
    parts = merged(std::move(parts)); // first, so that a change of the clocks within hours gets no grace
    for (Interval& part : parts) {
        part.begin_utc_ns = std::max(within.begin_utc_ns, saturating_sum(part.begin_utc_ns, -grace_ns));
        part.end_utc_ns = std::min(within.end_utc_ns, saturating_sum(part.end_utc_ns, grace_ns));
    }
    return merged(std::move(parts));
}

} // namespace ombud::audio_metadata
