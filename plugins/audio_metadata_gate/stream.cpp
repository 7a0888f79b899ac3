#include "stream.hpp"

#include <ombud/tracks.hpp>

#include <algorithm>
#include <array>

namespace ombud::audio_metadata {

namespace {

// Further ahead nothing is looked for: the answer ends there and is given anew.
constexpr int64_t horizon_ns = longest_recording_ns;

/// What a stream has; by Kind where arrays are.
struct Contents {
    bool has[2] = {false, false};
    std::string container; // codec of one; empty: none
    bool sensitive = false;
};

/// What a permission means just now.
struct Standpoint {
    bool is_open = false;
    std::optional<int64_t> until; // of an open one: when it closes
    std::optional<int64_t> next;  // when it may be another
};

bool is_container(std::string_view codec) {
    for (const std::string_view one : {"mp2t", "mp2p", "mp1s", "ps", "x-mp2t", "mpeg4-systems"})
        if (codec == one)
            return true;
    return false;
}

sdk::Result<Contents> contents_of(const StreamFacts& facts, const Settings& settings) {
    Contents contents;
    for (const std::string& list : {*facts.tracks, facts.backchannel}) {
        const auto tracks = sdk::parse_tracks(list);
        if (!tracks)
            return sdk::fail(tracks.error());
        for (const sdk::Track& track : *tracks) {
            if (track.kind == sdk::TrackKind::video)
                continue;
            if (track.kind == sdk::TrackKind::audio) {
                contents.has[0] = true;
                continue;
            }
            contents.has[1] = true;
            if (is_container(track.codec))
                contents.container = track.codec;
            const auto& listed = settings.sensitive_codecs;
            contents.sensitive = contents.sensitive || std::find(listed.begin(), listed.end(), track.codec) != listed.end();
        }
    }
    if (!contents.container.empty())
        contents.has[0] = true;
    return contents;
}

Standpoint standpoint_of(const Permission& permission, int64_t now) {
    using Extent = Permission::Extent;
    const int64_t horizon = now + horizon_ns;
    if (permission.extent == Extent::whole) // AMG-3: it has times, which happen to cover all that was looked at
        return {true, std::nullopt, permission.rule == "AMG-3" ? std::optional(horizon) : std::nullopt};
    if (permission.extent != Extent::parts)
        return {false, std::nullopt, permission.by_hours ? std::optional(horizon) : std::nullopt};
    const Interval& first = permission.parts.front();
    if (first.begin_utc_ns > now)
        return {false, std::nullopt, first.begin_utc_ns};
    return {true, first.end_utc_ns, first.end_utc_ns};
}

std::optional<int64_t> earlier(std::optional<int64_t> a, std::optional<int64_t> b) {
    return a && b ? std::min(*a, *b) : a ? a : b;
}

void add_rule(Judgement& judgement, uint32_t track, const Standpoint& at, int64_t now) {
    if (!at.is_open)
        judgement.track_rules.push_back({track, OMBUD_TRACK_REMOVE, 0, 0});
    else if (at.until)
        judgement.track_rules.push_back({track, OMBUD_TRACK_KEEP_WITHIN, now, *at.until});
}

void add_reason(Judgement& judgement, const std::string& rule, const std::string& reason) {
    // Of two reasons the graver one names the rule: no purpose at all before outside its hours.
    if (judgement.rule.empty() || judgement.rule == "AMG-3")
        judgement.rule = rule;
    judgement.reason += (judgement.reason.empty() ? "" : "; ") + reason;
}

/// AMG-7: what the record of a mobile camera lacks; empty: nothing, or it is not mobile.
std::string lacking_of(const Camera* camera) {
    if (camera == nullptr || !camera->is_mobile)
        return {};
    std::string lacking;
    for (const auto& [value, what] : {std::pair(&camera->purpose, "a purpose"), std::pair(&camera->zone, "a signposted zone"),
                                      std::pair(&camera->assessment, "an impact assessment")})
        if (value->empty())
            lacking += (lacking.empty() ? "" : ", ") + std::string(what);
    return lacking;
}

} // namespace

StreamJudgement judge_stream(const StreamFacts& facts, const Camera* camera, const Rules& rules, int64_t now) {
    StreamJudgement judged;
    Judgement& judgement = judged.judgement;
    if (const std::string lacking = lacking_of(camera); !lacking.empty()) {
        judgement.answer = Judgement::Answer::deny;
        judgement.rule = "AMG-7";
        judgement.reason = "the camera is mobile, and its record lacks " + lacking;
        return judged;
    }
    const auto contents =
        facts.tracks ? contents_of(facts, rules.settings)
                     : sdk::Result<Contents>(sdk::fail(sdk::ErrorCode::not_found, "nothing tells its tracks"));
    if (!contents) {
        judgement.answer = Judgement::Answer::deny;
        judgement.rule = "AMG-2";
        judgement.reason = contents.error().message + ", so nothing shows that it has no track without a purpose";
        return judged;
    }
    std::array<Standpoint, 2> at{Standpoint{true, {}, {}}, Standpoint{true, {}, {}}};
    for (const Kind kind : kinds) {
        const auto index = static_cast<size_t>(kind);
        if (!contents->has[index])
            continue;
        const bool is_sensitive = contents->sensitive && kind == Kind::metadata;
        const Permission permission = permission_of(camera, kind, Interval{now, now + horizon_ns}, is_sensitive, rules);
        at[index] = standpoint_of(permission, now);
        judged.valid_until_utc_ns = earlier(judged.valid_until_utc_ns, at[index].next);
        const std::string title = title_of(kind);
        const bool by_hours = permission.by_hours;
        judgement.forbidden[index] = !at[index].is_open && !by_hours;
        if (!at[index].is_open)
            add_reason(judgement, permission.rule,
                       title + " does not pass: " + (by_hours ? "it is outside the documented hours of its purpose" : permission.why));
        else if (is_sensitive)
            add_reason(judgement, "AMG-6", "metadata passes with pseudonyms in place of what tells one from another, as its analytics are sensitive");
        else if (at[index].until)
            add_reason(judgement, permission.rule, title + " passes until the documented hours or end date of its purpose");
    }
    if (contents->has[0])
        add_rule(judgement, OMBUD_TRACK_AUDIO, at[0], now);
    if (contents->has[1]) {
        add_rule(judgement, OMBUD_TRACK_DATA, at[1], now);
        Standpoint other = at[1];
        if (contents->sensitive && at[1].is_open) {
            judgement.track_rules.push_back({OMBUD_TRACK_DATA, OMBUD_TRACK_PSEUDONYMISE, 0, 0});
            other = {}; // nobody can tell where in it the names are
        } else if (!contents->container.empty()) {
            other = {at[0].is_open && at[1].is_open, earlier(at[0].until, at[1].until), {}};
            if (!other.is_open)
                judgement.reason += "; its tracks come in one container (" + contents->container +
                                    "), of which nothing can be taken out on the way: let the camera send them apart";
        }
        add_rule(judgement, OMBUD_TRACK_OTHER, other, now);
    }
    if (!judgement.track_rules.empty()) {
        judgement.answer = Judgement::Answer::transform;
        return judged;
    }
    judgement.answer = Judgement::Answer::allow;
    judgement.rule = "AMG-1";
    judgement.reason = contents->has[0] || contents->has[1] ? "every track has a documented purpose" : "it holds video alone";
    return judged;
}

std::vector<Standing> standing_after(const StreamFacts& facts, const StreamJudgement& judged) {
    std::vector<Standing> standings;
    const DeviceName& device = facts.device;
    const bool lacks_record = judged.judgement.rule == "AMG-7";
    Standing mobile{"AMG-7/streamed/" + device.attachment + "/camera/" + device.device, std::nullopt};
    if (lacks_record)
        mobile.finding = Finding{Severity::violation,
                                 mobile.key,
                                 "AMG-7",
                                 device.attachment,
                                 device.device,
                                 "",
                                 "Camera '" + device.name + "' streams, and " + judged.judgement.reason + ": document it in the site, or take it out of the gate.",
                                 "",
                                 ""};
    standings.push_back(std::move(mobile));
    if (judged.judgement.answer == Judgement::Answer::deny)
        return standings; // of the tracks nothing is known
    for (const Kind kind : kinds) {
        Standing standing{"AMG-2/streamed/" + device.attachment + "/camera/" + device.device + "/" + name_of(kind), std::nullopt};
        if (judged.judgement.forbidden[static_cast<size_t>(kind)])
            standing.finding = Finding{Severity::warning,
                                       standing.key,
                                       judged.judgement.rule == "AMG-6" && kind == Kind::metadata ? "AMG-6" : "AMG-2",
                                       device.attachment,
                                       device.device,
                                       "",
                                       "Camera '" + device.name + "' offers " + title_of(kind) +
                                           " in its stream that no purpose allows: switch it off in the camera, or document its purpose.",
                                       "",
                                       ""};
        standings.push_back(std::move(standing));
    }
    return standings;
}

int64_t moment_on(std::optional<int64_t> utc_ns, int64_t now_utc_ns, int64_t now_mono_ns) {
    return utc_ns ? now_mono_ns + std::max<int64_t>(*utc_ns - now_utc_ns, 0) : 0;
}

} // namespace ombud::audio_metadata
