// The plugin: hook, events and audit of the ABI on one side, policy and survey on the other.
#include "read_site.hpp"
#include "stream.hpp"
#include "survey.hpp"

#include <ombud/plugin.hpp>
#include <ombud/shortened.hpp>

#include <algorithm>
#include <set>

namespace ombud::audio_metadata {

namespace {

constexpr uint64_t batch_rows = 8192;

std::string text_of(const sdk::EventReader& event, uint32_t key) {
    return std::string(event.get_text(key).value_or(std::string_view()));
}

std::optional<bool> flag_of(const sdk::EventReader& event, uint32_t key) {
    const auto value = event.get_i64(key);
    return value ? std::optional(*value != 0) : std::nullopt;
}

class InventoryDirectory final : public Directory {
  public:
    InventoryDirectory(const sdk::Inventory& inventory, const sdk::Vocabulary& words)
        : inventory_(inventory), words_(words) {}

    std::optional<Device> device(uint32_t number) override {
        const auto record = inventory_.device(number);
        if (!record)
            return std::nullopt;
        return Device{
            {text_of(*record, words_.attachment), text_of(*record, words_.device), text_of(*record, words_.name)},
            text_of(*record, words_.camera),
            {flag_of(*record, words_.audio), flag_of(*record, words_.metadata)}};
    }
    std::optional<RecordingName> recording(uint64_t id) override {
        const auto record = inventory_.recording(id);
        if (!record)
            return std::nullopt;
        return RecordingName{text_of(*record, words_.attachment), text_of(*record, words_.recording)};
    }

  private:
    const sdk::Inventory& inventory_;
    const sdk::Vocabulary& words_;
};

sdk::Verdict verdict_of(Judgement judgement) {
    sdk::Verdict verdict;
    switch (judgement.answer) {
    case Judgement::Answer::allow:
        verdict.answer = sdk::Answer::allow;
        break;
    case Judgement::Answer::deny:
        verdict.answer = sdk::Answer::deny;
        break;
    case Judgement::Answer::transform:
        verdict.answer = sdk::Answer::transform;
        break;
    case Judgement::Answer::abstain:
        verdict.answer = sdk::Answer::abstain;
        break;
    }
    verdict.rule_id = std::move(judgement.rule);
    verdict.reason = sdk::shortened(std::move(judgement.reason)); // it may hold what a VMS told
    verdict.track_rules = std::move(judgement.track_rules);
    return verdict;
}

class AudioMetadataGate {
  public:
    static sdk::Result<std::unique_ptr<AudioMetadataGate>> create(sdk::Host host, sdk::Config config) {
        auto site = read_site(config);
        if (!site)
            return sdk::fail(std::move(site).error());
        auto rules = read_rules(config, *site);
        if (!rules)
            return sdk::fail(std::move(rules).error());
        return std::unique_ptr<AudioMetadataGate>(
            new AudioMetadataGate(std::move(host), std::move(*site), std::move(*rules)));
    }

    sdk::Result<> observe(const sdk::EventReader& event);
    sdk::Result<sdk::Verdict> judge(const sdk::HookCall& call);
    sdk::Result<> audit(const sdk::AuditRun& run);

  private:
    AudioMetadataGate(sdk::Host host, Site site, Rules rules)
        : host_(std::move(host)), site_(std::move(site)), rules_(std::move(rules)), words_(host_.names()),
          backchannel_(host_.names().id(OMBUD_KEY_BACKCHANNEL)) {}

    const Camera* camera_of(const sdk::EventReader& event) const;
    DeviceName device_of(const sdk::EventReader& event, const Camera* camera) const;
    sdk::Result<sdk::Verdict> judge_finished(const sdk::HookCall& call);
    sdk::Result<sdk::Verdict> judge_open(const sdk::HookCall& call);
    sdk::Result<> raise(const Finding& finding) const;
    sdk::Result<> tell(const std::vector<Standing>& standings) const;
    sdk::Result<> tell_changes(const std::vector<Standing>& standings);
    sdk::Result<> switch_off(const DeviceName& device, Kind kind) const;

    template <class Row>
    sdk::Result<> scan(const sdk::Inventory& inventory, const sdk::AuditRun& run, uint64_t done, uint64_t total,
                       Row&& on_row) const;
    sdk::Result<> audit_devices(const Survey& survey, bool corrects) const;
    sdk::Result<> clean(const sdk::Inventory& inventory, const sdk::AuditRun& run, Survey& survey, uint64_t rows) const;

    sdk::Host host_;
    const Site site_;
    const Rules rules_;
    const sdk::Vocabulary words_;
    const uint32_t backchannel_;
    std::set<std::string> cleared_; // keys of cameras that are known to be right: most recordings change nothing
};

const Camera* AudioMetadataGate::camera_of(const sdk::EventReader& event) const {
    return site_.find_camera(event.get_text(words_.camera).value_or(""), event.get_text(words_.attachment).value_or(""),
                             event.get_text(words_.device).value_or(""));
}

DeviceName AudioMetadataGate::device_of(const sdk::EventReader& event, const Camera* camera) const {
    DeviceName device{text_of(event, words_.attachment), text_of(event, words_.device), ""};
    if (camera) {
        device.name = camera->name;
        if (device.attachment.empty())
            device.attachment = camera->attachment;
    }
    if (device.name.empty())
        device.name = device.device;
    return device;
}

sdk::Result<> AudioMetadataGate::raise(const Finding& finding) const {
    const auto findings = host_.findings();
    if (!findings)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host takes no findings");
    return findings->raise({static_cast<sdk::Severity>(finding.severity), finding.key, finding.control,
                            finding.attachment, finding.device, finding.recording, finding.text, finding.person,
                            finding.evidence});
}

sdk::Result<> AudioMetadataGate::tell(const std::vector<Standing>& standings) const {
    const auto findings = host_.findings();
    if (!findings)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host takes no findings");
    for (const Standing& standing : standings)
        if (auto told = standing.finding ? raise(*standing.finding) : findings->clear(standing.key); !told)
            return told;
    return {};
}

sdk::Result<> AudioMetadataGate::tell_changes(const std::vector<Standing>& standings) {
    std::vector<Standing> news;
    for (const Standing& standing : standings)
        if (standing.finding || cleared_.count(standing.key) == 0)
            news.push_back(standing);
    if (auto told = tell(news); !told)
        return told;
    for (const Standing& standing : news)
        if (standing.finding)
            cleared_.erase(standing.key);
        else
            cleared_.insert(standing.key);
    return {};
}

sdk::Result<> AudioMetadataGate::switch_off(const DeviceName& device, Kind kind) const {
    const auto actions = host_.actions();
    if (!actions)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host carries out no actions");
    sdk::Action action;
    action.kind = kind == Kind::audio ? OMBUD_ACTION_AUDIO_OFF : OMBUD_ACTION_METADATA_OFF;
    action.attachment = device.attachment;
    action.device = device.device;
    action.control = "AMG-4";
    action.reason = kind == Kind::audio ? "no standing purpose for sound is documented"
                                        : "no standing purpose for metadata is documented";
    return actions->request(action);
}

sdk::Result<> AudioMetadataGate::observe(const sdk::EventReader& event) {
    if (event.type() != words_.device_changed)
        return {};
    const Camera* camera = camera_of(event);
    const DeviceName device = device_of(event, camera);
    for (const Kind kind : kinds) {
        const auto is_on = flag_of(event, kind == Kind::audio ? words_.audio : words_.metadata);
        if (!is_on)
            continue; // cannot be known
        const auto standings =
            standing_of_device(device, camera, kind, *is_on, text_of(event, words_.user), host_.utc_ns());
        if (auto told = tell(standings); !told)
            return told;
        if (standings[0].finding)
            if (auto asked = switch_off(device, kind); !asked)
                return asked;
    }
    return {};
}

sdk::Result<sdk::Verdict> AudioMetadataGate::judge(const sdk::HookCall& call) {
    if (call.hook() == OMBUD_HOOK_RECORDING_FINISHED)
        return judge_finished(call);
    if (call.hook() == OMBUD_HOOK_STREAM_OPEN)
        return judge_open(call);
    return sdk::Verdict::abstain();
}

sdk::Result<sdk::Verdict> AudioMetadataGate::judge_finished(const sdk::HookCall& call) {
    const sdk::EventReader& event = call.event();
    const Camera* camera = camera_of(event);
    RecordingFacts facts{
        device_of(event, camera),          text_of(event, words_.recording),   std::nullopt,
        text_of(event, words_.unreadable), event.get_i64(words_.begin_utc_ns), event.get_i64(words_.end_utc_ns),
        event.is_set(words_.locked)};
    if (const auto tracks = event.get_text(words_.tracks))
        facts.tracks = std::string(*tracks);

    Judgement judgement = judge_recording(facts, camera, rules_);
    if (!call.is_replay() && !call.is_dry_run())
        if (auto told = tell_changes(standing_after(facts, judgement)); !told)
            return sdk::fail(told.error());
    return verdict_of(std::move(judgement));
}

sdk::Result<sdk::Verdict> AudioMetadataGate::judge_open(const sdk::HookCall& call) {
    const sdk::EventReader& event = call.event();
    const Camera* camera = camera_of(event);
    StreamFacts facts{device_of(event, camera), std::nullopt, text_of(event, backchannel_)};
    if (const auto tracks = event.get_text(words_.tracks))
        facts.tracks = std::string(*tracks);

    const int64_t now = host_.utc_ns();
    StreamJudgement judged = judge_stream(facts, camera, rules_, now);
    if (!call.is_replay() && !call.is_dry_run())
        if (auto told = tell_changes(standing_after(facts, judged)); !told)
            return sdk::fail(told.error());
    sdk::Verdict verdict = verdict_of(std::move(judged.judgement));
    verdict.valid_until_mono_ns = moment_on(judged.valid_until_utc_ns, now, host_.mono_ns());
    return verdict;
}

template <class Row>
sdk::Result<> AudioMetadataGate::scan(const sdk::Inventory& inventory, const sdk::AuditRun& run, uint64_t done,
                                      uint64_t total, Row&& on_row) const {
    std::vector<ombud_recording> rows(batch_rows);
    for (uint64_t after = 0;;) {
        if (auto told = run.progress(done, total); !told)
            return told;
        const auto count = inventory.scan(after, rows.data(), rows.size());
        if (!count)
            return sdk::fail(count.error());
        if (*count == 0)
            return {};
        for (uint64_t index = 0; index < *count; ++index)
            if (auto taken = on_row(rows[index]); !taken)
                return taken;
        if (rows[*count - 1].id <= after)
            return sdk::fail(sdk::ErrorCode::internal, "inventory scan: rows are not in order of id");
        after = rows[*count - 1].id;
        done += *count;
        total = std::max(total, done); // rows may arrive while we walk
    }
}

sdk::Result<> AudioMetadataGate::audit(const sdk::AuditRun& run) {
    const auto inventory = host_.inventory();
    if (!inventory)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host has no inventory to audit");
    const auto count = inventory->recording_count();
    if (!count)
        return sdk::fail(count.error());

    InventoryDirectory directory(*inventory, words_);
    Survey survey(site_, rules_, directory);
    auto scanned = scan(*inventory, run, 0, *count, [&](const ombud_recording& row) {
        survey.add(row);
        return sdk::Result<>{};
    });
    if (!scanned)
        return scanned; // nothing was raised yet, so that half a walk neither opens nor closes findings

    std::vector<Finding> findings = survey.findings();
    for (const Camera& camera : site_.cameras)
        for (Finding& finding : check_purposes(camera))
            findings.push_back(std::move(finding));
    for (const Finding& finding : findings)
        if (auto raised = raise(finding); !raised)
            return raised;
    if (auto audited = audit_devices(survey, run.corrects()); !audited)
        return audited;

    // Existing recordings are cleaned or set aside on request (AMG-5): a schedule alone never touches an archive.
    if (run.corrects() && run.is_requested() && survey.correctable_count() > 0)
        return clean(*inventory, run, survey, *count);
    return run.progress(*count, *count);
}

/// A purpose may have ended, or been documented, since the device last changed.
sdk::Result<> AudioMetadataGate::audit_devices(const Survey& survey, bool corrects) const {
    const int64_t now = host_.utc_ns();
    for (const Survey::Listed& listed : survey.devices())
        for (const Kind kind : kinds) {
            const auto is_on = listed.device.is_on[static_cast<size_t>(kind)];
            if (!is_on)
                continue;
            const auto standings = standing_of_device(listed.device.name, listed.camera, kind, *is_on, "", now);
            if (auto told = tell(standings); !told)
                return told;
            if (corrects && standings[0].finding)
                if (auto asked = switch_off(listed.device.name, kind); !asked)
                    return asked;
        }
    return {};
}

/// A second walk, so that the first needs no memory for what is to be corrected, and each correction is asked for on the
/// newest knowledge: a lock set since the first walk is seen.
sdk::Result<> AudioMetadataGate::clean(const sdk::Inventory& inventory, const sdk::AuditRun& run, Survey& survey,
                                       uint64_t rows) const {
    const auto actions = host_.actions();
    if (!actions)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host carries out no actions");
    return scan(inventory, run, rows, 2 * rows, [&](const ombud_recording& row) -> sdk::Result<> {
        auto correction = survey.correction(row);
        if (!correction)
            return {};
        sdk::Action action;
        action.kind = correction->track_rules.empty() ? OMBUD_ACTION_QUARANTINE_RECORDING : OMBUD_ACTION_CLEAN_RECORDING;
        action.attachment = correction->attachment;
        action.device = correction->device;
        action.recording = correction->recording;
        action.control = "AMG-5";
        action.reason = correction->reason;
        action.track_rules = std::move(correction->track_rules);
        return actions->request(action);
    });
}

} // namespace

} // namespace ombud::audio_metadata

OMBUD_PLUGIN(ombud::audio_metadata::AudioMetadataGate, "audio_metadata_gate", "0.1.0")
