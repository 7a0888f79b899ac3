// The plugin: events, hook and audit of the ABI on one side, policy and survey on the other.
#include "read_site.hpp"
#include "survey.hpp"

#include <ombud/plugin.hpp>

#include <algorithm>
#include <set>

namespace ombud::retention {

namespace {

constexpr uint64_t batch_rows = 8192; // 400 kB a batch; larger ones were no faster

std::string text_of(const sdk::EventReader& event, uint32_t key) {
    return std::string(event.get_text(key).value_or(std::string_view()));
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
            text_of(*record, words_.camera)};
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

class RetentionAuditor {
  public:
    static sdk::Result<std::unique_ptr<RetentionAuditor>> create(sdk::Host host, sdk::Config config) {
        auto site = read_site(config);
        if (!site)
            return sdk::fail(std::move(site).error());
        const auto settings = read_settings(config);
        if (!settings)
            return sdk::fail(settings.error());
        return std::unique_ptr<RetentionAuditor>(new RetentionAuditor(std::move(host), std::move(*site), *settings));
    }

    sdk::Result<> observe(const sdk::EventReader& event);
    sdk::Result<sdk::Verdict> judge(const sdk::HookCall& call);
    sdk::Result<> audit(const sdk::AuditRun& run);

  private:
    RetentionAuditor(sdk::Host host, Site site, Settings settings)
        : host_(std::move(host)), site_(std::move(site)), settings_(settings), words_(host_.names()) {}

    const Camera* camera_of(const sdk::EventReader& event) const;
    DeviceName device_of(const sdk::EventReader& event, const Camera* camera) const;
    RecordingFacts recording_of(const sdk::EventReader& event, const Camera* camera) const;
    sdk::Result<> raise(const Finding& finding) const;
    sdk::Result<> observe_lock(const sdk::EventReader& event, const Camera* camera);

    template <class Row>
    sdk::Result<> scan(const sdk::Inventory& inventory, const sdk::AuditRun& run, uint64_t done, uint64_t total,
                       Row&& on_row) const;
    sdk::Result<> correct(const sdk::Inventory& inventory, const sdk::AuditRun& run, Survey& survey, uint64_t rows);
    sdk::Result<> audit_storage(const sdk::Inventory& inventory, const Survey& survey) const;
    void log_blind_controls(const sdk::Inventory& inventory, const std::set<std::string>& attachments) const;

    sdk::Host host_;
    const Site site_;
    const Settings settings_;
    const sdk::Vocabulary words_;
};

const Camera* RetentionAuditor::camera_of(const sdk::EventReader& event) const {
    return site_.find_camera(event.get_text(words_.camera).value_or(""), event.get_text(words_.attachment).value_or(""),
                             event.get_text(words_.device).value_or(""));
}

DeviceName RetentionAuditor::device_of(const sdk::EventReader& event, const Camera* camera) const {
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

RecordingFacts RetentionAuditor::recording_of(const sdk::EventReader& event, const Camera* camera) const {
    RecordingFacts facts;
    facts.device = device_of(event, camera);
    facts.recording = text_of(event, words_.recording);
    facts.begin = event.get_i64(words_.begin_utc_ns);
    facts.end = event.get_i64(words_.end_utc_ns);
    facts.locked = event.is_set(words_.locked);
    facts.by_us = text_of(event, words_.cause) == "ombud";
    facts.person = text_of(event, words_.user);
    return facts;
}

sdk::Result<> RetentionAuditor::raise(const Finding& finding) const {
    const auto findings = host_.findings();
    if (!findings)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host takes no findings");
    return findings->raise({static_cast<sdk::Severity>(finding.severity), finding.key, finding.control,
                            finding.attachment, finding.device, finding.recording, finding.text, finding.person,
                            finding.evidence});
}

sdk::Result<> RetentionAuditor::observe(const sdk::EventReader& event) {
    const Camera* camera = camera_of(event);
    if (event.type() == words_.device_changed) {
        const DeviceName device = device_of(event, camera);
        if (const auto finding = check_documented(device, camera, settings_))
            return raise(*finding);
        return {}; // a record was added: the next audit closes the finding
    }
    if (event.type() == words_.recording_gone) {
        const auto losses =
            judge_loss(recording_of(event, camera), site_, period_of(camera, settings_), event.utc_ns());
        for (const Finding& finding : losses)
            if (auto raised = raise(finding); !raised)
                return raised;
        return {};
    }
    if (event.type() == words_.recording_changed || event.type() == words_.recording_finished)
        return observe_lock(event, camera);
    return {};
}

sdk::Result<> RetentionAuditor::observe_lock(const sdk::EventReader& event, const Camera* camera) {
    const RecordingFacts facts = recording_of(event, camera);
    LockState state = LockState::none;
    const auto review = event.get_i64(words_.lock_review_utc_ns);
    if (facts.locked && site_.find_locks(facts.device.attachment, facts.recording).empty())
        state = judge_lock({facts.device.attachment, facts.recording, text_of(event, words_.lock_reason),
                            text_of(event, words_.lock_case), text_of(event, words_.lock_owner), review},
                           host_.utc_ns());
    if (const auto finding = check_lock(state, facts.device, facts.recording, review.value_or(0)))
        return raise(*finding);
    const auto findings = host_.findings();
    if (!findings || event.type() == words_.recording_finished)
        return {};
    return findings->clear(lock_key(facts.device.attachment, facts.recording));
}

sdk::Result<sdk::Verdict> RetentionAuditor::judge(const sdk::HookCall& call) {
    if (call.hook() != OMBUD_HOOK_RECORDING_DELETE)
        return sdk::Verdict::abstain();
    const Camera* camera = camera_of(call.event());
    const Decision decision =
        judge_deletion(recording_of(call.event(), camera), site_, period_of(camera, settings_), host_.utc_ns());
    return decision.allow ? sdk::Verdict::allow(decision.rule, decision.reason)
                          : sdk::Verdict::deny(decision.rule, decision.reason);
}

template <class Row>
sdk::Result<> RetentionAuditor::scan(const sdk::Inventory& inventory, const sdk::AuditRun& run, uint64_t done,
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

sdk::Result<> RetentionAuditor::audit(const sdk::AuditRun& run) {
    const auto inventory = host_.inventory();
    if (!inventory)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host has no inventory to audit");
    const auto count = inventory->recording_count();
    if (!count)
        return sdk::fail(count.error());
    const int64_t now = host_.utc_ns();

    InventoryDirectory directory(*inventory, words_);
    Survey survey(site_, settings_, now, directory);
    auto scanned = scan(*inventory, run, 0, *count, [&](const ombud_recording& row) {
        survey.add(row);
        return sdk::Result<>{};
    });
    if (!scanned)
        return scanned; // nothing was raised yet, so that half a walk neither opens nor closes findings

    std::vector<Finding> findings = survey.findings();
    const auto add = [&](std::vector<Finding> more) {
        findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    };
    for (const Camera& camera : site_.cameras)
        if (auto finding = check_range(camera, now))
            findings.push_back(std::move(*finding));
    add(check_site_locks(site_, now));
    add(check_records(site_, settings_));
    for (const Finding& finding : findings)
        if (auto raised = raise(finding); !raised)
            return raised;
    if (auto stored = audit_storage(*inventory, survey); !stored)
        return stored;

    if (run.corrects() && survey.overdue_count() > 0)
        return correct(*inventory, run, survey, *count);
    return run.progress(*count, *count);
}

/// A second walk, so that the first needs no memory for what is overdue, and each deletion is asked for on the newest
/// knowledge: a lock set since the first walk is seen.
sdk::Result<> RetentionAuditor::correct(const sdk::Inventory& inventory, const sdk::AuditRun& run, Survey& survey,
                                        uint64_t rows) {
    const auto actions = host_.actions();
    if (!actions)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host carries out no actions");
    return scan(inventory, run, rows, 2 * rows, [&](const ombud_recording& row) -> sdk::Result<> {
        const auto correction = survey.correction(row);
        if (!correction)
            return {};
        sdk::Action action;
        action.kind = OMBUD_ACTION_DELETE_RECORDING;
        action.attachment = correction->attachment;
        action.device = correction->device;
        action.recording = correction->recording;
        action.control = correction->control;
        action.reason = correction->reason;
        return actions->request(action);
    });
}

sdk::Result<> RetentionAuditor::audit_storage(const sdk::Inventory& inventory, const Survey& survey) const {
    std::map<std::string, std::vector<StorageArea>> areas;
    for (uint32_t number = 0;; ++number) {
        const auto record = inventory.storage(number);
        if (!record && record.error().code == sdk::ErrorCode::not_found)
            break;
        if (!record)
            return sdk::fail(record.error());
        StorageArea area{text_of(*record, words_.attachment), text_of(*record, words_.storage),
                         record->get_i64(words_.capacity_bytes), record->get_i64(words_.encrypted)};
        if (const auto finding = check_encryption(area))
            if (auto raised = raise(*finding); !raised)
                return raised;
        areas[area.attachment].push_back(std::move(area));
    }

    const auto demands = survey.demands();
    std::set<std::string> attachments;
    for (const auto& [attachment, demand] : demands) {
        attachments.insert(attachment);
        const Provisioning provisioning = judge_capacity(areas[attachment], demand);
        host_.log(sdk::LogLevel::info, "RET-6, attachment '" + attachment + "': " + provisioning.text);
        if (const auto finding = check_capacity(attachment, provisioning, settings_))
            if (auto raised = raise(*finding); !raised)
                return raised;
    }
    for (const auto& [attachment, list] : areas)
        attachments.insert(attachment);
    for (const Camera& camera : site_.cameras)
        attachments.insert(camera.attachment);
    log_blind_controls(inventory, attachments);
    return {};
}

void RetentionAuditor::log_blind_controls(const sdk::Inventory& inventory,
                                          const std::set<std::string>& attachments) const {
    for (const std::string& attachment : attachments) {
        std::string blind;
        for (const char* control : {"RET-1", "RET-2", "RET-3", "RET-4", "RET-5", "RET-6", "RET-7", "RET-9"})
            if (inventory.coverage(attachment, control) == sdk::Coverage::blind)
                blind += std::string(blind.empty() ? "" : ", ") + control;
        if (!blind.empty())
            host_.log(sdk::LogLevel::warning, "attachment '" + attachment + "' is blind for " + blind +
                                                  ": this audit says nothing about them there");
    }
}

} // namespace

} // namespace ombud::retention

OMBUD_PLUGIN(ombud::retention::RetentionAuditor, "retention_auditor", "0.1.0")
