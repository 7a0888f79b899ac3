// The decisions of the audio and metadata gate: plain values in, verdicts and findings out.
// No host, no clock: `now` is passed in. All times are nanoseconds since 1970 (UTC).
#pragma once

#include "hours.hpp"
#include "site.hpp"

#include <ombud/verdict.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::audio_metadata {

enum class Severity { info = 1, warning = 2, violation = 3 };

/// Something that is not as it should be. `person` is personal and stands nowhere else; `evidence` is a JSON object.
struct Finding {
    Severity severity = Severity::warning;
    std::string key, control, attachment, device, recording, text, person, evidence;
};

struct DeviceName {
    std::string attachment, device, name;
};

struct Settings {
    int64_t grace_ns = 0;                      // AMG-3: accepted on both sides of documented hours
    std::vector<std::string> sensitive_codecs; // AMG-6: of data tracks that carry sensitive analytics
    uint32_t findings_per_camera_max = 100;
    bool cut_existing = false; // AMG-5: corrections also cut recordings that reach beyond documented hours
};

/// Where local time and settings come from, for every decision.
struct Rules {
    Settings settings;
    sdk::TimeZone zone;
};

/// AMG-1: what makes a documented purpose none. Empty: it stands.
std::string flaw_of(const TrackPurpose& purpose);
/// AMG-1: one finding for each documented purpose with a flaw.
std::vector<Finding> check_purposes(const Camera& camera);

/// What one kind of track may hold of a recording.
struct Permission {
    enum class Extent {
        whole,
        parts,
        nothing,
        untold
    } extent = Extent::nothing;  // untold: it needs times that are not there
    std::vector<Interval> parts; // in order, within the recording; for `parts` alone
    std::string rule;            // AMG-2 where no purpose is documented, AMG-3 outside its hours or end, AMG-6
    std::string why;             // for people; empty for `whole`
    bool by_hours = false;       // a purpose stands; only the hour is wrong
};

/// A recording's time. Absent, reversed or implausibly long ones count as absent.
std::optional<Interval> plausible_time(std::optional<int64_t> begin, std::optional<int64_t> end);

/// What the purposes of a camera allow. Hours and end dates are those of the recording, not of the judgement, so that a
/// late judgement changes nothing. @param sensitive  its data tracks carry sensitive analytics (AMG-6)
Permission permission_of(const Camera* camera, Kind kind, const std::optional<Interval>& time, bool sensitive,
                         const Rules& rules);

/// Whether a purpose stands at this moment, whatever the hour: may the device be on at all? (AMG-1, AMG-4)
bool has_purpose_at(const Camera* camera, Kind kind, int64_t now);

/// The lines of a TRACKS transform that leave what is permitted; empty for `whole` and `untold`.
std::vector<ombud_track_rule> track_rules_of(Kind kind, const Permission& permission);

/// A finished recording as the hook tells it.
struct RecordingFacts {
    DeviceName device;
    std::string recording;
    std::optional<std::string> tracks; // "video/h264 audio/aac data/klv"; absent: unknown
    std::string unreadable;            // why; empty: it can be read
    std::optional<int64_t> begin, end;
    bool locked = false;
};

struct Judgement {
    enum class Answer { allow, deny, transform, abstain } answer = Answer::abstain;
    std::string rule, reason;
    std::vector<ombud_track_rule> track_rules;
    bool blind = false;                 // nothing tells its tracks
    bool forbidden[2] = {false, false}; // by Kind: it came with such a track, and no purpose stands, at whatever hour
};

/// AMG-2, AMG-3, AMG-6: lets pass, takes tracks out, or refuses (unreadable, or without a time where hours need one).
/// Evidence under lock is never altered: abstains, and `forbidden` tells.
Judgement judge_recording(const RecordingFacts& facts, const Camera* camera, const Rules& rules);

/// What is to be known of a camera after a recording was judged: each key is raised, or cleared where there is no
/// finding.
struct Standing {
    std::string key;
    std::optional<Finding> finding;
};
std::vector<Standing> standing_after(const RecordingFacts& facts, const Judgement& judgement);

/// AMG-1 and AMG-4 of a device whose sound or metadata the VMS records (`is_on`), or not.
std::vector<Standing> standing_of_device(const DeviceName& device, const Camera* camera, Kind kind, bool is_on,
                                         const std::string& person, int64_t now);

const char* name_of(Kind kind);  // "audio", "metadata"
const char* title_of(Kind kind); // "sound", "metadata"

} // namespace ombud::audio_metadata
