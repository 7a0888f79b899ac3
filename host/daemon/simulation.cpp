#include "daemon/simulation.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>

#include <boost/json/parse.hpp>

#include <ombud/audit.h>
#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "bus/flight.hpp"
#include "config/module_document.hpp"
#include "replay/player.hpp"

namespace ombud::daemon {
namespace {

namespace json = boost::json;

constexpr const char* not_asked = "not asked";

class NoMemory final : public StateReader {
  public:
    Result<std::optional<StateChange>> next(std::string_view) override { return std::optional<StateChange>(); }
};

/// One module under one site.
struct Asked {
    std::map<std::string, std::string> memory;
    std::shared_ptr<const GivenCameras> cameras; ///< null: all
    std::optional<replay::Player> player; ///< none: the site does not ask it
    std::optional<replay::Player> auditor;

    GivenCameras::Extent extent(const Event& event, const std::string& attachment) const {
        return cameras ? cameras->extent(event, attachment) : GivenCameras::Extent::given;
    }
};

struct Pair {
    const config::Manifest* manifest = nullptr;
    Asked was, becomes;
};

struct Words {
    std::string verdict, reason; ///< "deny RET-4"
};

Words words_of(const replay::Said& said) {
    if (said.fault)
        return {"fault", *said.fault};
    if (!said.verdict)
        return {not_asked, ""};
    return {std::string(to_string(said.verdict->action)) + (said.verdict->rule.empty() ? "" : " " + said.verdict->rule), said.verdict->reason};
}

// "enforce deny RET-4 [tracks]: reason" as the ledger has it.
std::string recorded_words(std::string_view text) {
    text = text.substr(0, text.find(": "));
    text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
    if (text.starts_with("fault"))
        return "fault";
    return std::string(text.substr(0, text.find(" [")));
}

class Simulation {
  public:
    Simulation(Host& host, const config::Site& becomes) : host_(host), was_(host.site()), manifests_(host.manifests()), becomes_(becomes) {
        services_ = host.services;
        services_.clock = &clock_;
        services_.log = [](const std::string&, int, std::string_view) {};
        services_.open_state = [](const std::string&) { return std::make_unique<NoMemory>(); };
    }
    void begin();
    Result<void> judge(std::int64_t since_utc_ns, std::uint64_t entries_max);
    void audit();
    Simulated simulated;

  private:
    Result<void> begin(Asked& asked, const config::Site& site, const config::ModuleSettings& settings, const config::Manifest& manifest);
    void judge(const ledger::StoredEntry& entry, ledger::Reader& reader);
    Result<EventRef> event_of(const json::object& line, const ledger::StoredEntry& entry, ledger::Reader& reader);
    Words ask(Asked& asked, std::string_view kind, const EventRef& event, const std::string& attachment) const;
    void compare_audits(const std::string& module, const Outbox& was, const Outbox& becomes);
    void add(OtherMatter matter) {
        if (simulated.matters.size() < Simulated::differences_max)
            simulated.matters.push_back(std::move(matter));
        else
            ++simulated.more_matters;
    }

    Host& host_;
    const std::shared_ptr<const config::Site> was_;
    const std::shared_ptr<const config::Manifests> manifests_;
    const config::Site& becomes_;
    FakeClock clock_;
    HostServices services_;
    std::map<std::string, Pair> modules_;
};

Result<void> Simulation::begin(Asked& asked, const config::Site& site, const config::ModuleSettings& settings, const config::Manifest& manifest) {
    // What runs here is asked, in the place where it runs: another place would load the library anew, which the host then took for the running one.
    config::ModuleSettings wanted = settings;
    for (const Member& member : *host_.dispatcher->modules())
        if (member.id == settings.id && member.instance)
            wanted.runner = config::parse_runner(member.instance->place().runner);
    auto loaded = host_.modules->plugin(manifest, wanted);
    if (!loaded)
        return fail(loaded.error());
    asked.cameras = given_cameras(site, settings, *host_.names);
    const auto make = [&](std::optional<replay::Player>& player) -> Result<void> {
        auto made = replay::Player::begin({services_, *host_.names, asked.memory}, loaded->plugin, manifest, config::module_document(site, settings), OMBUD_CALL_REPLAY,
                                          asked.cameras);
        if (!made)
            return fail(made.error());
        player.emplace(std::move(*made));
        return {};
    };
    if (auto made = make(asked.player); !made || manifest.audit_interval_option.empty())
        return made;
    return make(asked.auditor); // as live: audits have an instance of their own
}

void Simulation::begin() {
    for (const auto* site : {was_.get(), &becomes_})
        for (const config::ModuleSettings& settings : site->modules) {
            const auto manifest = manifests_->find(settings.id);
            if (settings.mode == config::Mode::off || manifest == manifests_->end())
                continue;
            Pair& pair = modules_[settings.id];
            pair.manifest = &manifest->second;
            if (auto begun = begin(site == &becomes_ ? pair.becomes : pair.was, *site, settings, manifest->second); !begun)
                simulated.problems.push_back(settings.id + " under " + (site == &becomes_ ? "the new site: " : "today's site: ") + begun.error().message);
        }
}

// What the entry tells, and of a recording what the inventory still knows.
Result<EventRef> Simulation::event_of(const json::object& line, const ledger::StoredEntry& entry, ledger::Reader& reader) {
    const auto text_of = [&](std::string_view key) {
        const auto* value = line.if_contains(key);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    const auto* at = line.if_contains("event_utc_ns");
    EventBuilder builder(*host_.names, text_of("type"), at != nullptr && at->is_int64() ? at->get_int64() : entry.at_ns);
    constexpr std::string_view of_the_entry[] = {"at", "index", "kind", "type", "seq", "event_utc_ns", "correlation", "redelivery", "decision", "applied", "rule", "reason"};
    std::set<std::string, std::less<>> known;
    bool is_personal_read = false;
    std::map<std::string, std::string> openings;
    for (const auto& [key, value] : line) {
        if (std::ranges::find(of_the_entry, std::string_view(key)) != std::end(of_the_entry) || key.starts_with("answer."))
            continue;
        known.emplace(key);
        if (value.is_int64()) {
            builder.integer(key, value.get_int64());
            continue;
        }
        if (!value.is_string())
            continue;
        const std::string_view text = value.get_string();
        if (!text.starts_with("hmac-sha256:")) {
            builder.text(key, text);
            continue;
        }
        if (!std::exchange(is_personal_read, true)) {
            const auto shown = reader.show(entry.index);
            if (!shown)
                return fail(shown.error());
            for (const ledger::ShownField& field : *shown)
                if (field.opening)
                    openings.emplace(field.key, *field.opening);
        }
        const auto opening = openings.find(key);
        if (opening == openings.end())
            return fail(ErrorCode::not_found, "a personal value was erased");
        builder.text(key, opening->second, true);
    }
    const std::string recording = text_of(OMBUD_KEY_RECORDING);
    const auto record = recording.empty() ? Result<EventRef>(EventRef()) : host_.inventory->record(text_of(OMBUD_KEY_ATTACHMENT), recording);
    if (record && *record)
        for (const sdk::Field field : (*record)->read()) {
            const std::string_view key = host_.names->name(field.key());
            if (known.contains(key))
                continue;
            if (const auto text = field.as_text())
                builder.text(key, *text, field.is_personal());
            else if (const auto number = field.as_i64())
                builder.integer(key, *number);
        }
    return builder.build();
}

Words Simulation::ask(Asked& asked, std::string_view kind, const EventRef& event, const std::string& attachment) const {
    if (!event || !asked.player || asked.extent(*event, attachment) == GivenCameras::Extent::others)
        return {not_asked, ""};
    const auto* hook = asked.player->hook(host_.names->name(event->type()));
    if (asked.extent(*event, attachment) == GivenCameras::Extent::unclear)
        return hook == nullptr ? Words{not_asked, ""} : Words{"fault", Flight::beyond_given};
    if (kind == "event.judged")
        return words_of(asked.player->tell(event));
    return hook == nullptr ? Words{not_asked, ""} : words_of(asked.player->ask(hook->id, event));
}

void Simulation::judge(const ledger::StoredEntry& entry, ledger::Reader& reader) {
    json::error_code error;
    const json::value parsed = json::parse(entry.line, error);
    if (error || !parsed.is_object() || parsed.get_object().contains("dry_run"))
        return;
    const json::object& line = parsed.get_object();
    const auto judges = [&](const config::Manifest& manifest) {
        const auto* type = line.if_contains("type");
        return type != nullptr && type->is_string() &&
               std::ranges::find(manifest.hooks, std::string_view(type->get_string()), &config::HookSpec::name) != manifest.hooks.end();
    };
    // Nobody may have been asked then, who would be now.
    if (!line.contains("decision") && std::ranges::none_of(modules_, [&](const auto& one) { return judges(*one.second.manifest); }))
        return;
    ++simulated.judged;
    clock_.set_utc_ns(entry.at_ns);
    const auto event = event_of(line, entry, reader);
    const auto text_of = [&](std::string_view key) {
        const auto* value = line.if_contains(key);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    const std::string type = text_of("type");
    for (auto& [id, pair] : modules_) {
        const std::string answer = text_of("answer." + id);
        const bool is_judge = judges(*pair.manifest);
        const std::string attachment = text_of(OMBUD_KEY_ATTACHMENT);
        const bool was_given = pair.was.player && (!event || pair.was.extent(**event, attachment) != GivenCameras::Extent::others);
        if (answer.empty() && (!is_judge || was_given || !pair.becomes.player))
            continue; // it was not asked then, and is no newcomer that would be asked now
        const std::string recorded = answer.empty() ? not_asked : recorded_words(answer);
        const Words was = event ? ask(pair.was, entry.kind, *event, attachment) : Words{not_asked, ""};
        if (!event || was.verdict != recorded) {
            ++simulated.unknown[id];
            continue;
        }
        ++simulated.compared;
        const Words becomes = ask(pair.becomes, entry.kind, *event, attachment);
        if (becomes.verdict == was.verdict)
            continue;
        if (simulated.verdicts.size() == Simulated::differences_max) {
            ++simulated.more_verdicts;
            continue;
        }
        const std::string recording = text_of(OMBUD_KEY_RECORDING);
        simulated.verdicts.push_back({entry.index, entry.at_ns, id, type, attachment, recording.empty() ? text_of(OMBUD_KEY_DEVICE) : recording,
                                      was.verdict, becomes.verdict, becomes.reason});
    }
}

Result<void> Simulation::judge(std::int64_t since_utc_ns, std::uint64_t entries_max) {
    auto reader = host_.ledger->reader();
    if (!reader)
        return fail(reader.error());
    std::deque<std::uint64_t> chosen; // read again one by one: whoever visits them must be quick
    for (const char* kind : {"event.judged", "hook.judged"}) {
        ledger::Query query;
        query.kind = kind;
        query.from_ns = since_utc_ns;
        query.limit = entries_max;
        query.newest_first = true;
        auto read = reader->each(query, [&](const ledger::StoredEntry& entry) { return chosen.push_back(entry.index), true; });
        if (!read)
            return read;
    }
    std::ranges::sort(chosen);
    while (chosen.size() > entries_max)
        chosen.pop_front();
    for (const std::uint64_t index : chosen) {
        const auto entry = reader->entry(index);
        if (!entry)
            return fail(entry.error());
        judge(*entry, *reader);
    }
    return {};
}

void Simulation::compare_audits(const std::string& module, const Outbox& was, const Outbox& becomes) {
    const auto findings = [](const Outbox& outbox) {
        std::map<std::string, const Finding*> by_key;
        for (const Finding& one : outbox.raised)
            by_key[one.key] = &one;
        return by_key;
    };
    const auto actions = [](const Outbox& outbox) {
        std::map<std::string, const ActionRequest*> by_subject;
        for (const ActionRequest& one : outbox.actions)
            by_subject[one.kind + " " + one.attachment + " " + (one.recording.empty() ? one.device : one.recording)] = &one;
        return by_subject;
    };
    const auto compare = [&](const auto& before, const auto& after, const auto& matter_of) {
        for (const auto& [key, one] : after)
            if (!before.contains(key))
                add(matter_of(*one, true));
        for (const auto& [key, one] : before)
            if (!after.contains(key))
                add(matter_of(*one, false));
    };
    compare(findings(was), findings(becomes), [&](const Finding& one, bool is_new) {
        return OtherMatter{module, one.control, "finding", one.key, is_new, one.text};
    });
    compare(actions(was), actions(becomes), [&](const ActionRequest& one, bool is_new) {
        return OtherMatter{module, one.control, one.kind, one.recording.empty() ? one.device : one.recording, is_new, one.reason};
    });
}

void Simulation::audit() {
    clock_.set_utc_ns(host_.clock.utc_ns());
    for (auto& [id, pair] : modules_) {
        if (!pair.was.auditor && !pair.becomes.auditor)
            continue;
        const auto run = [&](std::optional<replay::Player>& auditor) {
            replay::Said said = auditor ? auditor->audit(OMBUD_AUDIT_CORRECT | OMBUD_AUDIT_REQUESTED) : replay::Said{};
            if (said.fault)
                simulated.problems.push_back(id + ": its audit failed: " + *said.fault);
            return said;
        };
        const auto was = run(pair.was.auditor), becomes = run(pair.becomes.auditor);
        if (!was.fault && !becomes.fault)
            compare_audits(id, was.outbox, becomes.outbox);
    }
}

} // namespace

Result<Simulated> simulate(Host& host, const config::Site& becomes, std::int64_t since_utc_ns, std::uint64_t entries_max) {
    Simulation simulation(host, becomes);
    simulation.begin();
    if (auto judged = simulation.judge(since_utc_ns, entries_max); !judged)
        return fail(judged.error());
    simulation.audit();
    return std::move(simulation.simulated);
}

} // namespace ombud::daemon
