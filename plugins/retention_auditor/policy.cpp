#include "policy.hpp"

#include "wording.hpp"

#include <ombud/inventory.h>

#include <algorithm>
#include <array>
#include <limits>

namespace ombud::retention {

namespace {

constexpr int64_t hour_ns = 3600'000'000'000;
constexpr int64_t day_ns = 24 * hour_ns;

struct Range {
    int64_t shortest_ns, longest_ns;
    const char* of;
};

/// RET-2, as the privacy guide gives them. An unstated area is judged as ordinary security surveillance.
Range reference_range(Area area) {
    switch (area) {
    case Area::public_border:
        return {48 * hour_ns, 48 * hour_ns, "areas bordering public space"};
    case Area::access_control:
        return {48 * hour_ns, 72 * hour_ns, "access control"};
    case Area::private_ground:
    case Area::unstated:
        break;
    }
    return {7 * day_ns, 30 * day_ns, "security purposes"};
}

std::string range_in_words(const Range& range) {
    return range.shortest_ns == range.longest_ns ? in_words(range.longest_ns)
                                                 : in_words(range.shortest_ns) + " to " + in_words(range.longest_ns);
}

std::string key_of(std::string_view control, const DeviceName& device) {
    return std::string(control) + "/" + device.attachment + "/camera/" + device.device;
}

std::string key_of_gone(std::string_view control, const RecordingFacts& facts) {
    return std::string(control) + "/gone/" + facts.device.attachment + "/recording/" + facts.recording;
}

bool is_locked_by_site(const Site& site, const RecordingFacts& facts) {
    return !site.find_locks(facts.device.attachment, facts.recording).empty();
}

} // namespace

int64_t period_of(const Camera* camera, const Settings& settings) {
    if (!camera || !camera->retention_ns)
        return settings.undocumented_ns;
    if (camera->purpose.empty())
        return std::min(*camera->retention_ns, settings.undocumented_ns);
    return *camera->retention_ns;
}

std::optional<Finding> check_documented(const DeviceName& device, const Camera* camera, const Settings& settings) {
    std::string lacks;
    if (!camera)
        lacks = "has no camera record";
    else if (!camera->retention_ns && camera->purpose.empty())
        lacks = "has neither a documented retention period nor a purpose";
    else if (!camera->retention_ns)
        lacks = "has no documented retention period";
    else if (camera->purpose.empty())
        lacks = "has a retention period without a documented purpose";
    else
        return std::nullopt;
    const int64_t period = period_of(camera, settings);
    return Finding{Severity::warning,
                   key_of("RET-1", device),
                   "RET-1",
                   device.attachment,
                   device.device,
                   "",
                   "Camera '" + device.name + "' " + lacks + ", so " + in_words(period) +
                       " apply: document its purpose and period in the site's configuration.",
                   "",
                   evidence({{"applied_period_s", period / 1'000'000'000}})};
}

std::optional<Finding> check_range(const Camera& camera, int64_t now) {
    if (!camera.retention_ns)
        return std::nullopt;
    const Range range = reference_range(camera.area);
    const bool too_long = *camera.retention_ns > range.longest_ns;
    if (!too_long && *camera.retention_ns >= range.shortest_ns)
        return std::nullopt;
    const bool written = !camera.justification.empty();
    if (written && camera.justified_until_utc_ns && now < *camera.justified_until_utc_ns)
        return std::nullopt;

    std::string why = "no written justification";
    if (written)
        why = camera.justified_until_utc_ns ? "a justification that ended on " + date_of(*camera.justified_until_utc_ns)
                                            : "a justification without an end date";
    const DeviceName device{camera.attachment, camera.device, camera.name};
    return Finding{too_long ? Severity::violation : Severity::info,
                   key_of("RET-2", device),
                   "RET-2",
                   camera.attachment,
                   camera.device,
                   "",
                   "Camera '" + camera.name + "' keeps recordings for " + in_words(*camera.retention_ns) + ", " +
                       (too_long ? "longer" : "shorter") + " than the " + range_in_words(range) + " for " + range.of +
                       ", with " + why + ": " + (too_long ? "shorten" : "extend") +
                       " the period or justify it in writing with an end date.",
                   "",
                   evidence({{"period_s", *camera.retention_ns / 1'000'000'000},
                             {"shortest_s", range.shortest_ns / 1'000'000'000},
                             {"longest_s", range.longest_ns / 1'000'000'000}})};
}

std::vector<Finding> check_records(const Site& site, const Settings& settings) {
    static constexpr std::array<std::pair<const char*, const char*>, 5> kinds{{{"audit-log", "audit logs"},
                                                                               {"alarm", "alarms"},
                                                                               {"mailbox", "notification mailboxes"},
                                                                               {"mobile", "mobile investigations"},
                                                                               {"backup", "backups"}}};
    const auto find = [&](std::string_view kind) -> const Record* {
        const auto at = std::find_if(site.records.begin(), site.records.end(),
                                     [&](const Record& record) { return record.kind == kind; });
        return at == site.records.end() ? nullptr : &*at;
    };
    std::vector<Finding> findings;
    for (const auto& [kind, title] : kinds) {
        const Record* record = find(kind);
        if (record && (record->retention_ns || !record->note.empty()))
            continue;
        findings.push_back({Severity::warning, std::string("RET-8/") + kind, "RET-8", "", "", "",
                            std::string("No retention period is documented for ") + title + ": add <record kind=\"" +
                                kind + "\" retention=\"…\"/>, or a note why there are none.",
                            "", ""});
    }

    const Record* mailbox = find("mailbox");
    if (!mailbox || !mailbox->retention_ns)
        return findings;
    int64_t longest = site.cameras.empty() ? settings.undocumented_ns : 0;
    for (const Camera& camera : site.cameras)
        longest = std::max(longest, period_of(&camera, settings));
    if (const Record* alarm = find("alarm"); alarm && alarm->retention_ns)
        longest = std::max(longest, *alarm->retention_ns);
    if (*mailbox->retention_ns > longest)
        findings.push_back(
            {Severity::violation, "RET-8/mailbox/period", "RET-8", "", "", "",
             "Notification mailboxes are kept for " + in_words(*mailbox->retention_ns) +
                 ", longer than the longest period of recordings and alarms (" + in_words(longest) +
                 "): shorten it to that.",
             "",
             evidence({{"period_s", *mailbox->retention_ns / 1'000'000'000}, {"longest_s", longest / 1'000'000'000}})});
    return findings;
}

int64_t elapsed_ns(int64_t since, int64_t now) {
    int64_t elapsed = 0;
    if (__builtin_sub_overflow(now, since, &elapsed))
        return now > since ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
    return elapsed;
}

Age age_of(int64_t begin, int64_t end, int64_t period_ns, int64_t now) {
    const int64_t last = std::max(begin, end); // an end before its begin is wrong: the later one deletes nothing early
    if (last <= 0)
        return Age::unknown; // no video is from 1970 or before: nobody told the time
    if (last > now)
        return Age::future;
    const int64_t age = elapsed_ns(last, now);
    if (age == period_ns)
        return Age::due;
    return age > period_ns ? Age::overdue : Age::kept;
}

LockState judge_lock(const Lock& lock, int64_t now) {
    if (lock.reason.empty() || lock.case_id.empty() || lock.owner.empty())
        return LockState::undocumented;
    if (!lock.review_utc_ns)
        return LockState::endless;
    return now > *lock.review_utc_ns ? LockState::review_passed : LockState::valid;
}

LockState judge_lock(uint32_t recording_flags, int64_t review_utc_ns, int64_t now) {
    if (!(recording_flags & OMBUD_RECORDING_LOCKED))
        return LockState::none;
    if (!(recording_flags & OMBUD_RECORDING_LOCK_DOCUMENTED))
        return LockState::undocumented;
    if (review_utc_ns == 0)
        return LockState::endless;
    return now > review_utc_ns ? LockState::review_passed : LockState::valid;
}

LockState both(LockState first, LockState second) {
    if (first == LockState::none || second == LockState::valid)
        return second;
    return first;
}

std::string lock_key(std::string_view attachment, std::string_view recording) {
    return "RET-5/recording/" + std::string(attachment) + "/recording/" + std::string(recording);
}

std::optional<Finding> check_lock(LockState state, const DeviceName& device, std::string_view recording,
                                  int64_t review_utc_ns) {
    std::string wrong;
    switch (state) {
    case LockState::none:
    case LockState::valid:
        return std::nullopt;
    case LockState::undocumented:
        wrong = "lacks a reason, a case, an owner or a review date: document all four, or release it";
        break;
    case LockState::endless:
        wrong = "has no review date: set one, or release it";
        break;
    case LockState::review_passed:
        wrong = "was to be reviewed by " + date_of(review_utc_ns) + ": renew it with a new date, or release it";
        break;
    }
    return Finding{Severity::warning,
                   lock_key(device.attachment, recording),
                   "RET-5",
                   device.attachment,
                   device.device,
                   std::string(recording),
                   "The evidence lock of recording '" + std::string(recording) + "' " + wrong + ".",
                   "",
                   ""};
}

std::vector<Finding> check_site_locks(const Site& site, int64_t now) {
    std::vector<Finding> findings;
    for (const Lock& lock : site.locks) {
        auto finding = check_lock(judge_lock(lock, now), {lock.attachment, "", ""}, lock.recording,
                                  lock.review_utc_ns.value_or(0));
        if (!finding)
            continue;
        finding->key = "RET-5/" + lock.attachment + "/site-lock/" + lock.recording + "/" + lock.case_id;
        findings.push_back(std::move(*finding));
    }
    return findings;
}

Decision judge_deletion(const RecordingFacts& facts, const Site& site, int64_t period_ns, int64_t now) {
    if (facts.locked || is_locked_by_site(site, facts))
        return {false, "RET-5", "the recording is under evidence lock; release the lock first"};
    if (!facts.end)
        return {false, "RET-4", "the recording is still being written"};
    const int64_t last = std::max(facts.begin.value_or(*facts.end), *facts.end);
    switch (age_of(facts.begin.value_or(*facts.end), *facts.end, period_ns, now)) {
    case Age::unknown:
        return {false, "RET-4", "nothing tells when it was recorded, so its period cannot be known to have ended"};
    case Age::future:
        return {false, "RET-4", "its time lies in the future; correct the clock, then judge by its true age"};
    case Age::kept:
        return {false, "RET-4",
                "it is " + in_words(elapsed_ns(last, now)) + " old and its period is " + in_words(period_ns)};
    case Age::due:
    case Age::overdue:
        break;
    }
    return {true, "RET-3", "its period of " + in_words(period_ns) + " has ended"};
}

std::vector<Finding> judge_loss(const RecordingFacts& facts, const Site& site, int64_t period_ns, int64_t gone_at) {
    std::vector<Finding> findings;
    const auto add = [&](Severity severity, const char* control, std::string text, std::string json) {
        findings.push_back({severity, key_of_gone(control, facts), control, facts.device.attachment,
                            facts.device.device, facts.recording, std::move(text), facts.person, std::move(json)});
    };
    const std::string subject = "Recording '" + facts.recording + "' of camera '" + facts.device.name + "' ";
    if (facts.locked || is_locked_by_site(site, facts))
        add(Severity::violation, "RET-5",
            subject + "was under evidence lock and is gone: find out who deleted it, and restore it from a backup.",
            "");

    if (facts.by_us)
        return findings;
    const auto last =
        facts.end && facts.begin ? std::max(*facts.begin, *facts.end) : facts.end.value_or(facts.begin.value_or(0));
    switch (age_of(last, last, period_ns, gone_at)) {
    case Age::unknown:
        add(Severity::warning, "RET-4",
            subject + "is gone and nothing tells when it was recorded, so its period may still have run: check why.",
            "");
        break;
    case Age::future:
    case Age::kept:
        add(Severity::violation, "RET-4",
            subject + "is gone before its period of " + in_words(period_ns) +
                " ended: find out who or what deleted it, and restore it from a backup if a complaint may need it.",
            evidence({{"age_s", elapsed_ns(last, gone_at) / 1'000'000'000}, {"period_s", period_ns / 1'000'000'000}}));
        break;
    case Age::due:
    case Age::overdue:
        break;
    }
    return findings;
}

} // namespace ombud::retention
