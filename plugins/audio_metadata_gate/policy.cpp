#include "policy.hpp"

#include <ombud/tracks.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <limits>

namespace ombud::audio_metadata {

namespace {

std::string date_of(int64_t utc_ns) {
    using namespace std::chrono;
    const year_month_day date{floor<days>(sys_time<nanoseconds>{nanoseconds{utc_ns}})};
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

/// AMG-6 wants more than an ordinary legal basis: one that names Article 9, under which sensitive data may be
/// processed.
bool names_article_9(const std::string& legal_basis) {
    std::string text;
    for (const char character : legal_basis)
        if (!std::isspace(static_cast<unsigned char>(character)))
            text += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    for (const char* name : {"art.9", "art9", "article9"}) {
        const size_t at = text.find(name);
        if (at == std::string::npos)
            continue;
        const size_t after = at + std::string(name).size();
        if (after == text.size() || !std::isdigit(static_cast<unsigned char>(text[after])))
            return true;
    }
    return false;
}

std::string key_of(const char* control, const char* matter, const DeviceName& device, Kind kind) {
    return std::string(control) + "/" + matter + "/" + device.attachment + "/camera/" + device.device + "/" +
           name_of(kind);
}

Permission nothing(std::string rule, std::string why) {
    return {Permission::Extent::nothing, {}, std::move(rule), std::move(why), false};
}

/// What one purpose allows of a recording.
std::vector<Interval> parts_of(const TrackPurpose& purpose, Interval time, const Rules& rules) {
    if (purpose.until_utc_ns)
        time.end_utc_ns = std::min(time.end_utc_ns, *purpose.until_utc_ns);
    if (time.begin_utc_ns >= time.end_utc_ns)
        return {};
    if (purpose.hours.empty())
        return {time};
    return documented_parts(purpose.hours, time, rules.zone, rules.settings.grace_ns);
}

} // namespace

const char* name_of(Kind kind) {
    return kind == Kind::audio ? "audio" : "metadata";
}
const char* title_of(Kind kind) {
    return kind == Kind::audio ? "sound" : "metadata";
}

std::string flaw_of(const TrackPurpose& purpose) {
    if (purpose.purpose.empty())
        return "has no purpose";
    if (purpose.legal_basis.empty())
        return "has no legal basis";
    if (purpose.kind == Kind::audio && purpose.assessment.empty())
        return "has no reference to an impact assessment, which sound needs";
    return "";
}

std::vector<Finding> check_purposes(const Camera& camera) {
    const DeviceName device{camera.attachment, camera.device, camera.name};
    std::vector<Finding> findings;
    for (const TrackPurpose& purpose : camera.tracks) {
        const std::string flaw = flaw_of(purpose);
        if (flaw.empty())
            continue;
        findings.push_back({Severity::warning, key_of("AMG-1", "purpose", device, purpose.kind), "AMG-1",
                            camera.attachment, camera.device, "",
                            std::string("The record of ") + title_of(purpose.kind) + " of camera '" + camera.name +
                                "' " + flaw + ", so it counts as none: complete it in the site's configuration.",
                            "", ""});
    }
    return findings;
}

std::optional<Interval> plausible_time(std::optional<int64_t> begin, std::optional<int64_t> end) {
    if (!begin || !end || *begin <= 0 || *end < *begin || *end - *begin > longest_recording_ns)
        return std::nullopt;
    // A recording without length still lies somewhere.
    const bool has_length = *end > *begin || *end == std::numeric_limits<int64_t>::max();
    return Interval{*begin, has_length ? *end : *end + 1};
}

Permission permission_of(const Camera* camera, Kind kind, const std::optional<Interval>& time, bool sensitive,
                         const Rules& rules) {
    const std::string title = title_of(kind);
    if (!camera)
        return nothing("AMG-2", "the camera has no record, so no purpose for " + title + " is documented");
    bool needs_time = false, lacks_article = false;
    size_t documented = 0, ended = 0;
    std::string flaw;
    std::optional<int64_t> last_until;
    std::vector<Interval> parts;
    for (const TrackPurpose& purpose : camera->tracks) {
        if (purpose.kind != kind)
            continue;
        if (const std::string found = flaw_of(purpose); !found.empty()) {
            flaw = found;
            continue;
        }
        if (sensitive && !names_article_9(purpose.legal_basis)) {
            lacks_article = true;
            continue;
        }
        if (purpose.hours.empty() && !purpose.until_utc_ns)
            return {Permission::Extent::whole, {}, "AMG-1", "", false};
        ++documented;
        if (!time) {
            needs_time = true;
            continue;
        }
        if (purpose.until_utc_ns && *purpose.until_utc_ns <= time->begin_utc_ns) {
            ++ended;
            last_until = std::max(last_until.value_or(*purpose.until_utc_ns), *purpose.until_utc_ns);
        }
        const auto more = parts_of(purpose, *time, rules);
        parts.insert(parts.end(), more.begin(), more.end());
    }
    if (needs_time)
        return {Permission::Extent::untold,
                {},
                "AMG-3",
                "the purpose of " + title + " is limited in time, and nothing plausible tells when it was recorded",
                false};
    parts = merged(std::move(parts));
    if (time && parts == std::vector<Interval>{*time})
        return {Permission::Extent::whole, {}, "AMG-3", "", false};
    if (!parts.empty())
        return {Permission::Extent::parts, std::move(parts), "AMG-3",
                title + " is limited to what lies within the documented hours and end date of its purpose", true};
    if (documented > 0 && ended == documented)
        return nothing("AMG-3", "the purpose of " + title + " ended on " + date_of(*last_until));
    if (documented > 0)
        return {
            Permission::Extent::nothing, {}, "AMG-3", "it was recorded outside the documented hours of " + title, true};
    if (lacks_article)
        return nothing("AMG-6", "sensitive analytics need a legal basis under Art. 9, and its purpose names none");
    if (!flaw.empty())
        return nothing("AMG-2", "the documented purpose of " + title + " " + flaw);
    return nothing("AMG-2", "no purpose for " + title + " is documented");
}

bool has_purpose_at(const Camera* camera, Kind kind, int64_t now) {
    return camera && std::any_of(camera->tracks.begin(), camera->tracks.end(), [&](const TrackPurpose& purpose) {
               return purpose.kind == kind && flaw_of(purpose).empty() &&
                      (!purpose.until_utc_ns || now < *purpose.until_utc_ns);
           });
}

std::vector<ombud_track_rule> track_rules_of(Kind kind, const Permission& permission) {
    std::vector<ombud_track_rule> lines;
    const auto add = [&](uint32_t rule, int64_t begin, int64_t end) {
        // What is of no known kind may carry anything a data track may.
        for (const uint32_t track : {OMBUD_TRACK_AUDIO, OMBUD_TRACK_DATA, OMBUD_TRACK_OTHER})
            if ((track == OMBUD_TRACK_AUDIO) == (kind == Kind::audio))
                lines.push_back({track, rule, begin, end});
    };
    if (permission.extent == Permission::Extent::nothing)
        add(OMBUD_TRACK_REMOVE, 0, 0);
    for (const Interval& part : permission.parts)
        add(OMBUD_TRACK_KEEP_WITHIN, part.begin_utc_ns, part.end_utc_ns);
    return lines;
}

Judgement judge_recording(const RecordingFacts& facts, const Camera* camera, const Rules& rules) {
    using Answer = Judgement::Answer;
    Judgement judgement;
    if (!facts.unreadable.empty()) {
        judgement.answer = Answer::deny;
        judgement.rule = "AMG-2";
        judgement.reason = "the recording cannot be read (" + facts.unreadable +
                           "), so nothing shows that it holds no track without a purpose";
        return judgement;
    }
    const auto tracks =
        facts.tracks
            ? sdk::parse_tracks(*facts.tracks)
            : sdk::Result<std::vector<sdk::Track>>(sdk::fail(sdk::ErrorCode::not_found, "nothing tells its tracks"));
    bool has[2] = {!tracks, !tracks}; // unknown tracks: as if both were there
    bool sensitive = false;
    if (tracks)
        for (const sdk::Track& track : *tracks) {
            if (track.kind == sdk::TrackKind::video)
                continue;
            has[track.kind == sdk::TrackKind::audio ? 0 : 1] = true;
            const auto& listed = rules.settings.sensitive_codecs;
            sensitive = sensitive || (track.kind != sdk::TrackKind::audio &&
                                      std::find(listed.begin(), listed.end(), track.codec) != listed.end());
        }

    const auto time = plausible_time(facts.begin, facts.end);
    judgement.answer = Answer::allow;
    for (const Kind kind : kinds) {
        if (!has[static_cast<size_t>(kind)])
            continue;
        const Permission permission = permission_of(camera, kind, time, sensitive && kind == Kind::metadata, rules);
        if (permission.extent == Permission::Extent::whole)
            continue;
        if (!tracks) {
            judgement.blind = true;
            judgement.answer = Answer::abstain;
            judgement.rule = "AMG-2";
            judgement.reason =
                tracks.error().message + ", and not every kind of track has a purpose that allows it whole";
            return judgement;
        }
        if (permission.extent == Permission::Extent::untold) {
            judgement.answer = Answer::deny;
            judgement.rule = permission.rule;
            judgement.reason = permission.why;
            judgement.track_rules.clear();
            return judgement;
        }
        const bool is_gone = permission.extent == Permission::Extent::nothing;
        judgement.forbidden[static_cast<size_t>(kind)] = is_gone && !permission.by_hours;
        judgement.answer = Answer::transform;
        // Of two reasons the graver one names the rule: no purpose at all before outside its hours.
        if (judgement.rule.empty() || judgement.rule == "AMG-3")
            judgement.rule = permission.rule;
        judgement.reason += (judgement.reason.empty() ? "" : "; ") +
                            (is_gone ? std::string(title_of(kind)) + " is removed: " + permission.why : permission.why);
        const auto lines = track_rules_of(kind, permission);
        judgement.track_rules.insert(judgement.track_rules.end(), lines.begin(), lines.end());
    }
    if (judgement.answer == Answer::transform && facts.locked) {
        judgement.answer = Answer::abstain;
        judgement.reason = "under evidence lock, which nobody alters; else: " + judgement.reason;
        judgement.track_rules.clear();
    }
    if (judgement.answer == Answer::allow) {
        judgement.rule = "AMG-1";
        judgement.reason = has[0] || has[1] ? "every track has a documented purpose" : "it holds video alone";
    }
    return judgement;
}

std::vector<Standing> standing_after(const RecordingFacts& facts, const Judgement& judgement) {
    std::vector<Standing> standings;
    const DeviceName& device = facts.device;
    const auto add = [&](std::string key, bool holds, std::string text) {
        Standing standing{std::move(key), std::nullopt};
        if (holds)
            standing.finding = Finding{Severity::warning, standing.key, "AMG-2", device.attachment, device.device, "",
                                       std::move(text),   "",           ""};
        standings.push_back(std::move(standing));
    };
    add("AMG-2/blind/" + device.attachment + "/camera/" + device.device, judgement.blind,
        "Recordings of camera '" + device.name +
            "' come without a list of their tracks, so sound and metadata in them cannot be seen: make their files "
            "readable for Ombud.");
    if (judgement.blind || !facts.unreadable.empty())
        return standings; // of the tracks nothing new is known
    for (const Kind kind : kinds)
        add(key_of("AMG-2", "arriving", device, kind), judgement.forbidden[static_cast<size_t>(kind)],
            "Recordings of camera '" + device.name + "' arrive with " + title_of(kind) +
                " that no purpose allows: switch it off in the camera and the VMS, or document its purpose.");
    return standings;
}

std::vector<Standing> standing_of_device(const DeviceName& device, const Camera* camera, Kind kind, bool is_on,
                                         const std::string& person, int64_t now) {
    const bool is_wrong = is_on && !has_purpose_at(camera, kind, now);
    Standing documented{key_of("AMG-1", "device", device, kind), std::nullopt};
    Standing switched{key_of("AMG-4", "device", device, kind), std::nullopt};
    if (is_wrong) {
        const std::string what = title_of(kind);
        documented.finding = Finding{
            Severity::warning,
            documented.key,
            "AMG-1",
            device.attachment,
            device.device,
            "",
            "Camera '" + device.name + "' has no standing purpose for " + what + ", which must be off then: document " +
                (kind == Kind::audio ? "purpose, legal basis and impact assessment" : "purpose and legal basis") +
                ", or leave it off.",
            "",
            ""};
        switched.finding = Finding{Severity::violation,
                                   switched.key,
                                   "AMG-4",
                                   device.attachment,
                                   device.device,
                                   "",
                                   "The VMS records " + what + " of camera '" + device.name +
                                       "' with no purpose: switch it off in the VMS.",
                                   person,
                                   ""};
    }
    return {std::move(documented), std::move(switched)};
}

} // namespace ombud::audio_metadata
