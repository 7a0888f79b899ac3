#include "gates/recording/recording_gate.hpp"

#include <ombud/vocabulary.h>

#include "media/clean.hpp"
#include "media/quarantine.hpp"
#include "signing/encoding.hpp"

namespace ombud {
namespace {

using State = actions::Ending::State;

actions::Ending ending_of(const Error& error) {
    switch (error.code) {
    case ErrorCode::unavailable:
    case ErrorCode::cancelled: return {State::retry, false, error.message};
    case ErrorCode::refused: return {State::refused, false, error.message};
    default: return {State::failed, false, error.message};
    }
}

// Rules in time of day become a plan in time of the recording.
media::TrackRule plan_rule(const std::vector<TrackRule>& rules, std::uint32_t kind, std::int64_t begin_utc_ns) {
    media::TrackRule planned;
    for (const TrackRule& rule : rules) {
        if (rule.kind != kind)
            continue;
        if (rule.rule != OMBUD_TRACK_KEEP_WITHIN) // pseudonymising is of streams alone
            return {media::TrackRule::Keep::none, {}};
        planned.keep = media::TrackRule::Keep::within;
        planned.intervals.push_back({rule.begin_utc_ns - begin_utc_ns, rule.end_utc_ns - begin_utc_ns});
    }
    return planned;
}

media::Plan plan_of(const std::vector<TrackRule>& rules, std::int64_t begin_utc_ns) {
    media::Plan plan;
    plan.audio = plan_rule(rules, OMBUD_TRACK_AUDIO, begin_utc_ns);
    plan.data = plan_rule(rules, OMBUD_TRACK_DATA, begin_utc_ns);
    plan.subtitle = plan.attachment = plan.unknown = plan_rule(rules, OMBUD_TRACK_OTHER, begin_utc_ns);
    return plan;
}

std::string proof_text(const media::CleanReport& report) {
    return std::string(media::name_of(report.method)) + ": " + std::to_string(report.removed_packets) + " packets (" +
           std::to_string(report.removed_bytes) + " bytes) removed and overwritten, " + std::to_string(report.kept_packets) +
           " kept packets proven the same, sha256 " + signing::hex(report.kept_sha256) + ", file " +
           std::to_string(report.bytes_before) + " to " + std::to_string(report.bytes_after) + " bytes";
}

} // namespace

std::vector<Consequence> recording_consequences(const Event& event, const std::string& attachment,
                                                const std::vector<Answer>& answers, Names& names) {
    if (names.name(event.type()) != OMBUD_EVENT_RECORDING_FINISHED)
        return {};
    const auto consequence = [&](const Decision& decision, Mode mode) {
        std::vector<Consequence> out;
        const bool clean = decision.action == VerdictAction::transform;
        const bool aside = decision.action == VerdictAction::deny && !decision.by_fault;
        if (!clean && !aside)
            return out;
        Consequence one;
        one.module = decision.module;
        one.mode = mode;
        one.request.kind = clean ? OMBUD_ACTION_CLEAN_RECORDING : OMBUD_ACTION_QUARANTINE_RECORDING;
        one.request.attachment = attachment;
        one.request.device = event.text(names.intern(OMBUD_KEY_DEVICE)).value_or("");
        one.request.recording = event.text(names.intern(OMBUD_KEY_RECORDING)).value_or("");
        one.request.control = decision.rule;
        one.request.reason = decision.reason;
        one.request.tracks = decision.tracks;
        out.push_back(std::move(one));
        return out;
    };
    auto applied = consequence(merge_enforced(answers), Mode::enforce);
    return applied.empty() ? consequence(merge(answers), Mode::monitor) : applied;
}

bool RecordingGate::handles(const std::string& kind) {
    return kind == OMBUD_ACTION_CLEAN_RECORDING || kind == OMBUD_ACTION_QUARANTINE_RECORDING;
}

Result<std::vector<std::string>> RecordingGate::recover() {
    const auto recovered = media::recover(parts_.cleaning_journals);
    if (!recovered)
        return fail(recovered.error());
    std::vector<std::string> told;
    for (const media::Recovery& one : *recovered) {
        constexpr const char* outcomes[] = {"finished", "undone", "not begun", "set aside"};
        told.push_back(one.path.string() + ": interrupted cleaning " + outcomes[static_cast<std::size_t>(one.outcome)] +
                       (one.message.empty() ? "" : ": " + one.message));
    }
    return told;
}

actions::Ending RecordingGate::apply(const ledger::Recorded&, const ActionRow& action, const std::function<bool(double)>& progress) {
    auto known = parts_.inventory.find(action.attachment, action.recording);
    if (!known)
        return {State::retry, false, known.error().message};
    // An event can be judged a moment before the inventory holds what it tells.
    if (!*known && action.attempts < 3)
        return {State::retry, false, "not in the inventory"};
    if (!*known)
        return {State::done, true, "the recording is gone"};
    const KnownRecording& recording = **known;
    if ((recording.flags & OMBUD_RECORDING_LOCKED) != 0)
        return {State::refused, false, "under evidence lock: evidence is not altered"};
    if (recording.path.empty())
        return {State::failed, false, "the connector cannot reach the file"};
    auto ending = action.kind == OMBUD_ACTION_CLEAN_RECORDING ? clean(action, recording, progress) : set_aside(action, recording);
    if (ending.state == State::done && parts_.changed)
        parts_.changed(action.attachment, action.recording);
    return ending;
}

actions::Ending RecordingGate::clean(const ActionRow& action, const KnownRecording& recording,
                                     const std::function<bool(double)>& progress) {
    media::CleanOptions options;
    options.journal_directory = parts_.cleaning_journals;
    options.progress = progress;
    const std::string method = parts_.method ? parts_.method(action.module) : "";
    if (method == "remux")
        options.method = media::CleanOptions::Method::rewrite;
    else if (method == "in-place")
        options.method = media::CleanOptions::Method::in_place;
    const auto report = media::clean(recording.path, plan_of(action.tracks, recording.begin_utc_ns), options);
    if (!report)
        return ending_of(report.error());
    if (report->method == media::Method::none)
        return {State::done, true, "holds no such track"};
    return {State::done, false, proof_text(*report)};
}

actions::Ending RecordingGate::set_aside(const ActionRow& action, const KnownRecording& recording) {
    const auto kept = media::quarantine(recording.path, parts_.quarantine, action.reason, parts_.clock);
    if (!kept)
        return kept.error().code == ErrorCode::not_found ? actions::Ending{State::done, true, "the file is gone"}
                                                         : ending_of(kept.error());
    return {State::done, false, "moved to " + kept->string()};
}

} // namespace ombud
