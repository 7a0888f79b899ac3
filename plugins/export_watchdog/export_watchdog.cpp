// The plugin: hooks, events, registers and state of the ABI on one side, the policy and what is usual on the other.
#include "copies.hpp"
#include "read_settings.hpp"

#include <ombud/plugin.hpp>

#include <algorithm>
#include <charconv>

namespace ombud::export_watchdog {

namespace {

constexpr std::string_view since_key = "since"; // state: when the first export of all was remembered
constexpr int64_t learning_ns = int64_t{7} * 86'400'000'000'000;
constexpr std::string_view told_prefix = "told/"; // state: findings about what happened once, and when they were raised

struct Keys {
    explicit Keys(sdk::Names& names)
        : words(names), seen(names.id(OMBUD_EVENT_EXPORT_SEEN)), export_id(names.id(OMBUD_KEY_EXPORT)), via(names.id(OMBUD_KEY_VIA)),
          devices(names.id(OMBUD_KEY_DEVICES)), cameras(names.id(OMBUD_KEY_CAMERAS)), formats(names.id(OMBUD_KEY_FORMATS)),
          sealed(names.id(OMBUD_KEY_SEALED)), reason(names.id(OMBUD_KEY_REASON)), recipient_class(names.id(OMBUD_KEY_RECIPIENT_CLASS)),
          legal_ground(names.id(OMBUD_KEY_LEGAL_GROUND)), destination(names.id(OMBUD_KEY_DESTINATION)),
          destination_kind(names.id(OMBUD_KEY_DESTINATION_KIND)), medium(names.id(OMBUD_KEY_MEDIUM)),
          destroy_by(names.id(OMBUD_KEY_DESTROY_BY)), masks(names.id(OMBUD_KEY_MASKS)), pixelated(names.id(OMBUD_KEY_PIXELATED)),
          reviewed(names.id(OMBUD_KEY_REVIEWED)), approved(names.id(OMBUD_KEY_APPROVED)), act(names.id(OMBUD_KEY_ACT)),
          key(names.id(OMBUD_KEY_KEY)), of(names.id("of")), number(names.id("number")), how(names.id("how")),
          destroy_by_date(names.id("destroy_by")), recipient_knows(names.id("recipient_knows")) {}
    sdk::Vocabulary words;
    uint32_t seen, export_id, via, devices, cameras, formats, sealed, reason, recipient_class, legal_ground, destination, destination_kind, medium,
        destroy_by, masks, pixelated, reviewed, approved, act, key, of, number, how, destroy_by_date, recipient_knows;
};

std::string text_of(const sdk::EventReader& event, uint32_t key) { return std::string(event.get_text(key).value_or("")); }

std::vector<std::string> lines_of(const sdk::EventReader& event, uint32_t key) {
    std::vector<std::string> lines;
    std::string_view rest = event.get_text(key).value_or("");
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (!line.empty())
            lines.emplace_back(line);
    }
    return lines;
}

class ExportWatchdog {
  public:
    static sdk::Result<std::unique_ptr<ExportWatchdog>> create(sdk::Host host, sdk::Config config) {
        auto settings = read_settings(config);
        if (!settings)
            return sdk::fail(std::move(settings).error());
        return std::unique_ptr<ExportWatchdog>(new ExportWatchdog(std::move(host), std::move(*settings)));
    }

    sdk::Result<sdk::Verdict> judge(const sdk::HookCall& call);
    sdk::Result<> observe(const sdk::EventReader& event);
    sdk::Result<> audit(const sdk::AuditRun& run);

  private:
    ExportWatchdog(sdk::Host host, AllSettings settings) : host_(std::move(host)), settings_(std::move(settings)), usual_(settings_.usual), keys_(host_.names()) {}

    std::optional<std::string> user_of(const sdk::EventReader& event) const;
    sdk::Result<Ended> read_ended(const sdk::Registers& registers) const;
    sdk::Result<std::string> usable_medium(const std::string& key) const;
    sdk::Result<Answer> judge_export(const sdk::EventReader& event);
    sdk::Result<> raise(const Finding& finding, bool happened_once);
    sdk::Result<> remember(const sdk::EventReader& event, const std::string& way);
    sdk::Result<> read_history();
    sdk::Result<> tell_unusual(const std::string& user, const std::string& attachment, const std::string& person);

    sdk::Host host_;
    const AllSettings settings_;
    Usual usual_;
    const Keys keys_;
    History history_;
    bool history_read_ = false;
};

std::optional<std::string> ExportWatchdog::user_of(const sdk::EventReader& event) const {
    const auto user = event.get_text(keys_.words.user);
    return user && !user->empty() ? std::optional(std::string(*user)) : std::nullopt;
}

/// A destruction names a row by the number it had then; what counts now may be a correction of it.
sdk::Result<Ended> ExportWatchdog::read_ended(const sdk::Registers& registers) const {
    struct Named {
        bool is_medium;
        std::string number, key;
    };
    std::vector<Named> named;
    auto read = registers.each("destructions", keys_.key, [&](const sdk::EventReader& row) -> sdk::Result<> {
        named.push_back({row.get_text(keys_.of) == "medium", std::to_string(row.get_i64(keys_.number).value_or(0)), text_of(row, keys_.key)});
        return {};
    });
    if (!read)
        return sdk::fail(read.error());
    Ended ended;
    for (const auto& [is_medium, number, key] : named) {
        const auto row = registers.find(is_medium ? "media" : "disclosures", number);
        if (row)
            (is_medium ? ended.media : ended.disclosures).insert(text_of(*row, keys_.key));
        else if (row.error().code == sdk::ErrorCode::not_found)
            ended.astray.push_back({key, (is_medium ? "medium " : "disclosure ") + number});
        else
            return sdk::fail(row.error());
    }
    return ended;
}

/// The medium's key as it counts now; empty: it cannot be used.
sdk::Result<std::string> ExportWatchdog::usable_medium(const std::string& key) const {
    const auto registers = host_.registers();
    if (!registers)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host keeps no registers, so no medium is known");
    const auto row = registers->find("media", key);
    if (!row)
        return row.error().code == sdk::ErrorCode::not_found ? sdk::Result<std::string>(std::string()) : sdk::fail(row.error());
    std::string counts = text_of(*row, keys_.key);
    const auto ended = read_ended(*registers);
    if (!ended)
        return sdk::fail(ended.error());
    return ended->media.contains(counts) ? std::string() : counts;
}

sdk::Result<Answer> ExportWatchdog::judge_export(const sdk::EventReader& event) {
    Release release;
    release.via = text_of(event, keys_.via);
    release.user = user_of(event);
    release.formats = lines_of(event, keys_.formats);
    release.sealed = event.is_set(keys_.sealed);
    release.reason = text_of(event, keys_.reason);
    release.recipient_class = text_of(event, keys_.recipient_class);
    release.legal_ground = text_of(event, keys_.legal_ground);
    release.destination = text_of(event, keys_.destination);
    release.destination_kind = text_of(event, keys_.destination_kind);
    release.medium = one_line(text_of(event, keys_.medium));
    if (!release.medium.empty()) {
        const auto usable = usable_medium(release.medium);
        if (!usable)
            return sdk::fail(usable.error()); // the hook fails closed
        release.medium_usable = !usable->empty();
    }
    release.destroy_by_utc_ns = event.get_i64(keys_.destroy_by);
    if (const auto masks = event.get_text(keys_.masks))
        release.masks = std::string(*masks);
    release.pixelated = event.is_set(keys_.pixelated);
    release.reviewed = event.is_set(keys_.reviewed);
    release.approved = event.is_set(keys_.approved);
    return judge_release(release, settings_.policy, host_.utc_ns());
}

sdk::Result<sdk::Verdict> ExportWatchdog::judge(const sdk::HookCall& call) {
    const sdk::EventReader& event = call.event();
    Answer answer;
    if (call.hook() == OMBUD_HOOK_ACCESS_REQUEST) {
        answer = judge_access(event.get_text(keys_.act).value_or(""), user_of(event), settings_.policy);
    } else if (call.hook() == OMBUD_HOOK_EXPORT_RELEASE) {
        auto judged = judge_export(event);
        if (!judged)
            return sdk::fail(judged.error());
        answer = std::move(*judged);
        if (answer.kind == Answer::Kind::allow && !call.is_dry_run() && !call.is_replay())
            if (auto remembered = remember(event, text_of(event, keys_.via)); !remembered)
                return sdk::fail(remembered.error());
    } else {
        return sdk::Verdict::abstain();
    }
    switch (answer.kind) {
    case Answer::Kind::allow: return sdk::Verdict::allow(std::move(answer.rule), std::move(answer.reason));
    case Answer::Kind::defer: return sdk::Verdict::defer(std::move(answer.rule), std::move(answer.reason));
    case Answer::Kind::deny: break;
    }
    return sdk::Verdict::deny(std::move(answer.rule), std::move(answer.reason));
}

sdk::Result<> ExportWatchdog::raise(const Finding& finding, bool happened_once) {
    const auto findings = host_.findings();
    if (!findings)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host takes no findings");
    auto raised = findings->raise({static_cast<sdk::Severity>(finding.severity), finding.key, finding.control, finding.attachment, "", "", finding.text,
                                   finding.person, finding.evidence_json});
    if (!raised || !happened_once)
        return raised;
    // What happened does not stop being true by itself; an audit closes it when it is as old as the history.
    const auto state = host_.state();
    return state ? state->put(std::string(told_prefix) + finding.key, std::to_string(host_.utc_ns())) : sdk::Result<>{};
}

sdk::Result<> ExportWatchdog::observe(const sdk::EventReader& event) {
    if (event.type() != keys_.seen)
        return {};
    SeenExport seen;
    seen.attachment = text_of(event, keys_.words.attachment);
    seen.export_id = one_line(text_of(event, keys_.export_id));
    seen.state = text_of(event, keys_.words.state);
    seen.user = user_of(event);
    seen.formats = lines_of(event, keys_.formats);
    seen.sealed = event.is_set(keys_.sealed);
    const SeenMeaning meaning = judge_seen(seen, settings_.policy);
    for (const Finding& finding : meaning.findings)
        if (auto raised = raise(finding, finding.control == "EXP-1"); !raised)
            return raised;
    const auto findings = host_.findings();
    for (const std::string& key : meaning.cleared)
        if (auto cleared = findings ? findings->clear(key) : sdk::Result<>{}; !cleared)
            return cleared;
    if (meaning.remove && !seen.export_id.empty())
        if (const auto actions = host_.actions()) {
            sdk::Action action;
            action.kind = OMBUD_ACTION_REMOVE_EXPORT;
            action.attachment = seen.attachment;
            action.export_id = seen.export_id;
            action.control = "EXP-11";
            action.reason = "it outlived its purpose inside the video system";
            if (auto asked = actions->request(action); !asked)
                return asked;
        }
    return seen.state == "made" ? remember(event, "vms") : sdk::Result<>{};
}

sdk::Result<> ExportWatchdog::read_history() {
    if (history_read_)
        return {};
    history_ = History();
    if (const auto state = host_.state()) {
        auto read = state->each([&](std::string_view key, std::string_view value) -> sdk::Result<> {
            if (key == since_key) {
                int64_t since = 0;
                std::from_chars(value.data(), value.data() + value.size(), since);
                usual_.learning_until_utc_ns = since + learning_ns;
                return {};
            }
            if (!history_.parse(key, value) && key.substr(0, told_prefix.size()) != told_prefix)
                host_.log(sdk::LogLevel::warning, "what was remembered under '" + std::string(key) + "' cannot be read, and is not counted");
            return {};
        });
        if (!read)
            return read;
    } else {
        host_.log(sdk::LogLevel::warning, "this host keeps no state: what is usual is learned anew at each start");
    }
    history_.sort();
    history_read_ = true;
    return {};
}

sdk::Result<> ExportWatchdog::remember(const sdk::EventReader& event, const std::string& way) {
    if (auto read = read_history(); !read)
        return read;
    const std::string attachment = way == "desk" ? "" : text_of(event, keys_.words.attachment);
    const std::string person = user_of(event).value_or("");
    const std::string user = (way == "desk" ? "desk" : attachment) + "/" + person;
    PastExport what;
    what.utc_ns = way == "vms" ? event.utc_ns() : host_.utc_ns();
    what.size_bytes = std::max<int64_t>(event.get_i64(keys_.words.size_bytes).value_or(0), 0);
    what.source = way == "desk" ? way : attachment + " " + way;
    what.export_id = text_of(event, keys_.export_id);
    what.cameras = lines_of(event, keys_.cameras);
    if (what.cameras.empty())
        for (const std::string& device : lines_of(event, keys_.devices))
            what.cameras.push_back("device " + device);
    const auto state = host_.state();
    if (usual_.learning_until_utc_ns == 0) {
        usual_.learning_until_utc_ns = host_.utc_ns() + learning_ns;
        if (auto put = state ? state->put(since_key, std::to_string(host_.utc_ns())) : sdk::Result<>{}; !put)
            return put;
    }
    if (PastExport* twin = history_.twin(user, what)) {
        twin->size_bytes = std::max(twin->size_bytes, what.size_bytes);
        twin->export_id = one_line(what.export_id);
        return state ? state->put(History::key_of(twin->number), History::value_of(user, history_.number_of(user), *twin)) : sdk::Result<>{};
    }
    what.number = history_.next_number();
    const uint64_t number = what.number;
    const PastExport kept = what;
    for (const std::string& forgotten : history_.add(user, std::move(what), settings_.usual.history_ns))
        if (auto done = state ? state->forget(forgotten) : sdk::Result<>{}; !done)
            return done;
    if (state)
        if (auto put = state->put(History::key_of(number), History::value_of(user, history_.number_of(user), kept)); !put)
            return put;
    return tell_unusual(user, attachment, person);
}

sdk::Result<> ExportWatchdog::tell_unusual(const std::string& user, const std::string& attachment, const std::string& person) {
    const History::User* known = history_.find(one_line(user));
    if (known == nullptr)
        return {};
    for (Unusual& one : judge_usual(known->exports, usual_, settings_.zone)) {
        Finding finding;
        finding.severity = one.notice ? Finding::Severity::info : Finding::Severity::warning;
        finding.key = std::string("unusual/") + kind_name(one.kind) + "/user-" + std::to_string(known->number) + "/" + day_words(one.day);
        finding.control = "EXP-9";
        finding.attachment = attachment;
        finding.text = one.text + "; ask the user what it was for";
        finding.person = person;
        finding.evidence_json = std::move(one.evidence);
        if (auto raised = raise(finding, true); !raised)
            return raised;
    }
    return {};
}

sdk::Result<> ExportWatchdog::audit(const sdk::AuditRun& run) {
    const auto registers = host_.registers();
    if (!registers)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host keeps no registers to audit");
    const auto day_of = [&](const sdk::EventReader& row) -> std::optional<int64_t> {
        const auto begin = row.get_i64(keys_.destroy_by_date);
        return begin ? std::optional(local_day(*begin, settings_.zone)) : std::nullopt;
    };
    std::vector<Copy> copies;
    auto read = registers->each("media", keys_.key, [&](const sdk::EventReader& row) -> sdk::Result<> {
        copies.push_back({true, text_of(row, keys_.key), day_of(row), row.is_set(keys_.recipient_knows), ""});
        return {};
    });
    if (read)
        read = registers->each("disclosures", keys_.key, [&](const sdk::EventReader& row) -> sdk::Result<> {
            const auto medium = row.get_i64(keys_.medium);
            if (row.get_text(keys_.how) == "copied")
                copies.push_back({false, text_of(row, keys_.key), day_of(row), false, medium ? std::to_string(*medium) : ""});
            return {};
        });
    if (!read)
        return read;
    for (Copy& copy : copies)
        if (!copy.medium.empty())
            if (const auto row = registers->find("media", copy.medium))
                copy.medium = text_of(*row, keys_.key); // a correction of it
    const auto ended = read_ended(*registers);
    if (!ended)
        return sdk::fail(ended.error());
    constexpr int64_t day_ns = int64_t{86'400} * 1'000'000'000;
    for (const Finding& finding : judge_copies(copies, *ended, local_day(host_.utc_ns(), settings_.zone), settings_.remind_before_ns / day_ns))
        if (auto raised = raise(finding, false); !raised)
            return raised;

    // What happened once is told for as long as it is remembered.
    const auto state = host_.state();
    const auto findings = host_.findings();
    if (state && findings) {
        auto closed = state->each([&](std::string_view key, std::string_view value) -> sdk::Result<> {
            int64_t since = 0;
            if (key.substr(0, told_prefix.size()) != told_prefix)
                return {};
            std::from_chars(value.data(), value.data() + value.size(), since);
            if (host_.utc_ns() - since < settings_.usual.history_ns)
                return {};
            auto cleared = findings->clear(key.substr(told_prefix.size()));
            return cleared ? state->forget(key) : cleared;
        });
        if (!closed)
            return closed;
    }
    return run.progress(copies.size(), copies.size());
}

} // namespace

} // namespace ombud::export_watchdog

OMBUD_PLUGIN(ombud::export_watchdog::ExportWatchdog, "export_watchdog", "0.1.0")
