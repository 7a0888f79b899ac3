// The decisions of the retention auditor on single matters: plain values in, verdicts and findings out.
// No host, no clock: `now` is passed in. All times are nanoseconds since 1970 (UTC).
#pragma once

#include "site.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::retention {

enum class Severity { info = 1, warning = 2, violation = 3 };

/// Something that is not as it should be. `person` is personal and stands nowhere else; `evidence` is a JSON object.
struct Finding {
    Severity severity = Severity::warning;
    std::string key, control, attachment, device, recording, text, person, evidence;
};

/// Names a camera of a VMS: ids as the VMS tells them, `name` for people (the id again where there is none).
struct DeviceName {
    std::string attachment, device, name;
};

/// What applies when a camera has no documented period, and where a report becomes a finding.
struct Settings {
    int64_t undocumented_ns = 7 * 86'400'000'000'000; // RET-1
    int64_t over_provisioning_max_percent = 150;      // RET-6
    uint32_t findings_per_camera_max = 100;           // beyond it, one finding with counts
};

/// The period that applies to a camera's recordings (RET-1): the documented one where it has a purpose. Without a
/// purpose the shorter of both, since nothing justifies keeping for longer. `camera` may be null: undocumented.
int64_t period_of(const Camera* camera, const Settings& settings);

/// RET-1: says what the record of a camera lacks; nothing when period and purpose are documented.
std::optional<Finding> check_documented(const DeviceName& device, const Camera* camera, const Settings& settings);

/// RET-2: compares the documented period with the reference range of its area. Nothing when there is no period, when
/// it lies within (both borders belong to the range), or when a justification in writing has not ended.
std::optional<Finding> check_range(const Camera& camera, int64_t now);

/// RET-8: one finding for each sort of record without a documented period (or a note why there is none), and one when
/// the mailbox is kept for longer than both alarms and recordings.
std::vector<Finding> check_records(const Site& site, const Settings& settings);

/// Where a recording stands in its period, counted from its end: the last picture decides.
enum class Age {
    unknown, // no plausible time
    future,  // ends after now: a clock is wrong
    kept,    // its period runs
    due,     // exactly at its period: may go, is not overdue
    overdue, // RET-3
};
Age age_of(int64_t begin, int64_t end, int64_t period_ns, int64_t now);

/// How much older than now; saturates.
int64_t elapsed_ns(int64_t since, int64_t now);

/// RET-5. Every state but `none` forbids deletion; only `valid` also justifies keeping beyond the period.
enum class LockState { none, valid, undocumented, endless, review_passed };
LockState judge_lock(const Lock& lock, int64_t now);
/// The same of a row of the inventory (OMBUD_RECORDING_* flags; review 0: none).
LockState judge_lock(uint32_t recording_flags, int64_t review_utc_ns, int64_t now);
/// Several locks on one recording: a valid one makes it valid, else the first deficient one counts.
LockState both(LockState first, LockState second);

/// RET-5: what is wrong with a lock; nothing when it is `none` or `valid`.
std::optional<Finding> check_lock(LockState state, const DeviceName& device, std::string_view recording,
                                  int64_t review_utc_ns);
std::string lock_key(std::string_view attachment, std::string_view recording);
/// RET-5 for the locks that the site itself documents; one finding a deficient lock.
std::vector<Finding> check_site_locks(const Site& site, int64_t now);

/// A recording as an event or a hook call tells it.
struct RecordingFacts {
    DeviceName device;
    std::string recording;
    std::optional<int64_t> begin, end; // end absent: still open
    bool locked = false;               // by the VMS
    bool by_us = false;                // gone by an action of ours, which was approved and recorded
    std::string person;                // who did it; empty: unknown
};

/// The answer to a question of the hook recording.delete.
struct Decision {
    bool allow = false;
    std::string rule;   // "RET-3", "RET-4" or "RET-5"
    std::string reason; // for people, no personal values
};

/// May this recording be deleted? No while locked (RET-5, by the VMS or by the site), while open, before the end of its
/// period (RET-4), or when nothing tells its age; yes at its period and after (RET-3).
Decision judge_deletion(const RecordingFacts& facts, const Site& site, int64_t period_ns, int64_t now);

/// A recording is gone: RET-5 when it was locked, whoever did it; RET-4 when its period still ran at `gone_at` and no
/// action of ours did it.
std::vector<Finding> judge_loss(const RecordingFacts& facts, const Site& site, int64_t period_ns, int64_t gone_at);

} // namespace ombud::retention
