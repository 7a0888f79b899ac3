// The decision on a live stream: what may pass at this moment, and until when that holds. Pure, as policy.hpp.
#pragma once

#include "policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ombud::audio_metadata {

/// A stream as the hook stream.open tells it.
struct StreamFacts {
    DeviceName device;
    std::optional<std::string> tracks; // "video/h264 audio/pcma data/vnd.onvif.metadata"; absent: unknown
    std::string backchannel;           // the same, of what the camera would take in; empty: nothing
};

struct StreamJudgement {
    Judgement judgement;                       // allow, deny or transform
    std::optional<int64_t> valid_until_utc_ns; // the next moment at which the answer may be another; none: no purpose has times
};

/// AMG-7: a mobile camera passes only with purpose, signposted zone and assessment on record. Else AMG-1, AMG-2, AMG-3, AMG-6 at
/// the moment `now`. Within documented hours a kind is kept until they close; the answer then
/// ends with them, as it ends at the next opening while they are closed. Sound towards the camera is sound. A container (its
/// kind is "other", e.g. MPEG-TS) may hold everything, so it passes only while both sound and metadata may.
StreamJudgement judge_stream(const StreamFacts& facts, const Camera* camera, const Rules& rules, int64_t now);

/// What is to be known of a camera after its stream was judged: it sends tracks that no purpose allows, at whatever hour.
std::vector<Standing> standing_after(const StreamFacts& facts, const StreamJudgement& judged);

/// The same moment on the clock that only moves forward; 0 for none.
int64_t moment_on(std::optional<int64_t> utc_ns, int64_t now_utc_ns, int64_t now_mono_ns);

} // namespace ombud::audio_metadata
