#include "replay/policy_test.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <ombud/audit.h>
#include <ombud/connector.h>
#include <ombud/finding.h>
#include <ombud/vocabulary.h>

#include "bus/journal.hpp"
#include "config/module_document.hpp"
#include "replay/said_text.hpp"
#include "replay/world.hpp"

namespace ombud::replay {
namespace {

using config::ExpectedSent;
using config::ExpectedVerdict;
using config::TestStep;
using Kind = config::TestStep::Kind;

constexpr std::array<std::string_view, 5> levels{"", "blind", "observable", "correctable", "preventable"}; // OMBUD_COVERAGE_*

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::optional<config::OptionValue> parse_setting(const config::OptionSpec& spec, const std::string& text, const std::filesystem::path& base) {
    if (spec.type == config::OptionType::secret) // a test's secret is none
        return config::OptionValue{spec.type, config::Secret(text)};
    auto value = config::parse_option(spec, text);
    if (value && spec.type == config::OptionType::path)
        value->value = (base / std::get<std::string>(value->value)).lexically_normal().string();
    return value;
}

// An attribute that is not given is not looked at.
bool is(const std::string& wanted, const std::string& got) { return wanted.empty() || wanted == got; }

std::string with(const char* what, const std::string& value) { return value.empty() ? "" : " " + std::string(what) + " '" + value + "'"; }

std::string text_of(const ExpectedVerdict& wanted) {
    std::string text = wanted.action + (wanted.rule ? " " + *wanted.rule : "");
    if (wanted.tracks)
        text += " [" + *wanted.tracks + "]";
    if (!wanted.parts.empty())
        text += " [parts" + numbers_text(wanted.parts) + "]";
    for (const auto& [key, value] : wanted.fields)
        text += " [" + key + "=" + value + "]";
    return text + with("saying", wanted.says);
}

std::string text_of(const ExpectedSent& wanted) {
    const char* const kind = wanted.kind == ExpectedSent::Kind::finding ? "a finding" : wanted.kind == ExpectedSent::Kind::action ? "an action" : "cleared";
    return std::string(kind) + " " + wanted.what + with("for", wanted.control) + with("of severity", wanted.severity) + with("with key", wanted.key) +
           with("of device", wanted.device) + with("of recording", wanted.recording) + with("with tracks", wanted.tracks) +
           with("saying", wanted.says);
}

bool matches(const ExpectedSent& wanted, const Finding& got) {
    return wanted.kind == ExpectedSent::Kind::finding && wanted.what == got.control && is(wanted.severity, std::string(severity_text(got.severity))) &&
           is(wanted.key, got.key) && is(wanted.device, got.device) && is(wanted.recording, got.recording) && contains(got.text, wanted.says);
}

bool matches(const ExpectedSent& wanted, const ActionRequest& got) {
    return wanted.kind == ExpectedSent::Kind::action && wanted.what == got.kind && is(wanted.control, got.control) && is(wanted.device, got.device) &&
           is(wanted.recording, got.recording) && is(wanted.tracks, to_string(got.tracks)) && contains(got.reason, wanted.says);
}

std::size_t weight(const ExpectedSent& wanted) {
    std::size_t said = 0;
    for (const auto* one : {&wanted.control, &wanted.severity, &wanted.key, &wanted.device, &wanted.recording, &wanted.tracks, &wanted.says})
        said += one->empty() ? 0U : 1U;
    return said;
}

bool matches(const ExpectedVerdict& wanted, const Said& said, const Names& names) {
    if (wanted.action == "fault")
        return said.fault && contains(*said.fault, wanted.says);
    if (said.fault || !said.verdict || to_string(said.verdict->action) != wanted.action)
        return false;
    const Verdict& got = *said.verdict;
    std::map<std::string, std::string> fields;
    for (const FieldText& field : got.fields)
        fields.emplace(std::string(names.name(field.key)), field.text);
    return (!wanted.rule || *wanted.rule == got.rule) && contains(got.reason, wanted.says) && (!wanted.tracks || *wanted.tracks == to_string(got.tracks)) &&
           (wanted.parts.empty() || wanted.parts == got.parts) && (wanted.fields.empty() || wanted.fields == fields);
}

/// One case while it runs.
class Run {
  public:
    Run(const Tested& tested, const config::PolicyTests& tests, const config::TestCase& one, CaseResult& result)
        : tested_(tested), tests_(tests), case_(one), result_(result) {}

    void run();

  private:
    using Options = std::vector<config::TestOption>;
    Result<boost::json::value> settings();
    bool apply(config::ModuleSettings& settings, const Options& options);
    bool make_settings();
    bool begin();
    bool make(const TestStep& step);
    bool change_world(const TestStep& step);
    bool call(const TestStep& step);
    void check(const TestStep& step, const Said& said);
    void check_sent(const TestStep& step, const Said& said, const std::set<std::string>& cleared);
    std::set<std::string> follow_findings(const Said& said, bool is_audit);
    Result<EventRef> event(const TestStep& step, std::string_view type) const;

    bool wrong(std::size_t line, std::string why) {
        result_.failures.push_back({line, "", std::move(why)});
        return false;
    }
    bool wrong(std::size_t line, const Result<void>& ended) { return ended ? true : wrong(line, ended.error().message); }

    const Tested& tested_;
    const config::PolicyTests& tests_;
    const config::TestCase& case_;
    CaseResult& result_;
    boost::json::value settings_;
    std::unique_ptr<World> world_;
    std::optional<Player> player_; // before the world goes
    std::map<std::string, bool> open_; // findings by key; true: an audit found it
    std::uint64_t seq_ = 0;
};

bool Run::apply(config::ModuleSettings& settings, const Options& options) {
    for (const config::TestOption& option : options) {
        const auto* spec = tested_.manifest->option(option.name);
        if (spec == nullptr)
            return wrong(option.line, "the manifest of " + tested_.manifest->id + " has no option '" + option.name + "'");
        auto value = parse_setting(*spec, option.text, std::filesystem::absolute(tests_.file).parent_path());
        if (!value)
            return wrong(option.line, "option " + option.name + ": '" + option.text + "' is not " + config::allowed_text(*spec));
        settings.options.insert_or_assign(option.name, std::move(*value));
    }
    return true;
}

bool Run::make_settings() {
    config::ModuleSettings settings{tested_.manifest->id, config::Mode::enforce, {}};
    if (const auto* of_site = tested_.site.module(tested_.manifest->id))
        settings.options = of_site->options;
    if (!apply(settings, tests_.options) || !apply(settings, case_.options))
        return false;
    for (const config::OptionSpec& spec : tested_.manifest->options) {
        if (settings.options.contains(spec.name))
            continue;
        if (spec.is_required)
            return wrong(case_.line, "option " + spec.name + " is required: give it by <option> or in the site");
        if (spec.default_value)
            settings.options.emplace(spec.name, *spec.default_value);
    }
    settings_ = config::module_document(tested_.site, settings);
    return true;
}

bool Run::begin() {
    player_.reset();
    auto player = Player::begin(world_->surroundings(), tested_.plugin, *tested_.manifest, settings_, 0);
    if (player)
        player_.emplace(std::move(*player));
    if (case_.refused.empty())
        return player ? true : wrong(case_.line, player.error().message);
    if (player)
        result_.failures.push_back({case_.line, "a refusal to start saying '" + case_.refused + "'", "it started"});
    else if (!contains(player.error().message, case_.refused))
        result_.failures.push_back({case_.line, "a refusal to start saying '" + case_.refused + "'", player.error().message});
    return false;
}

Result<EventRef> Run::event(const TestStep& step, std::string_view type) const {
    EventBuilder builder(world_->names, type, world_->clock.utc_ns());
    if (!step.attachment.empty())
        builder.text(OMBUD_KEY_ATTACHMENT, step.attachment);
    for (const config::TestField& field : step.fields) {
        if (const auto* number = std::get_if<std::int64_t>(&field.value))
            builder.integer(field.key, *number);
        else if (const auto* moment = std::get_if<config::TestMoment>(&field.value))
            builder.integer(field.key, moment->ns + (moment->is_relative ? world_->clock.utc_ns() : 0));
        else
            builder.text(field.key, std::get<std::string>(field.value), field.is_personal);
    }
    return builder.build();
}

bool Run::change_world(const TestStep& step) {
    const std::string& module = tested_.manifest->id;
    const auto list = [&](std::uint32_t what, std::string_view type) {
        const auto record = event(step, type);
        return wrong(step.line, record ? world_->list(step.attachment, what, *record) : Result<void>(fail(record.error())));
    };
    switch (step.kind) {
    case Kind::record: return wrong(step.line, world_->keep(module, step.name, step.key, {step.values.begin(), step.values.end()}, step.corrects));
    case Kind::remove: return wrong(step.line, world_->remove(module, step.name, step.key));
    case Kind::device: return list(OMBUD_LIST_DEVICES, OMBUD_RECORD_DEVICE);
    case Kind::recording: return list(OMBUD_LIST_RECORDINGS, OMBUD_RECORD_RECORDING);
    case Kind::storage: return list(OMBUD_LIST_STORAGE, OMBUD_RECORD_STORAGE);
    case Kind::coverage: {
        const auto level = std::ranges::find(levels, step.level) - levels.begin();
        world_->cover(step.attachment, step.name, static_cast<std::uint32_t>(level));
        return true;
    }
    case Kind::wait: world_->clock.advance_ns(step.wait_ns); return true;
    default: return true;
    }
}

bool Run::call(const TestStep& step) {
    if (step.kind == Kind::audit) {
        if (tested_.plugin->audit() == nullptr)
            return wrong(step.line, tested_.manifest->id + " has no audit");
        // As live: an instance of its own, so that judging never waits.
        auto auditor = Player::begin(world_->surroundings(), tested_.plugin, *tested_.manifest, settings_, 0);
        if (!auditor)
            return wrong(step.line, auditor.error().message);
        check(step, auditor->audit(OMBUD_AUDIT_REQUESTED | (step.corrects_findings ? OMBUD_AUDIT_CORRECT : 0U)));
        return true;
    }
    const auto* hook = player_->hook(step.name);
    if (step.kind == Kind::ask && hook == nullptr)
        return wrong(step.line, "the manifest of " + tested_.manifest->id + " has no hook '" + step.name + "'");
    if (step.kind == Kind::tell && !player_->concerns(step.name))
        return wrong(step.line, "the manifest of " + tested_.manifest->id + " names neither hook nor event '" + step.name + "'");
    if (step.kind == Kind::tell && step.verdict && hook == nullptr)
        return wrong(step.line, "'" + step.name + "' is observed and not judged: there is no verdict to expect");
    auto made = event(step, step.name);
    if (!made)
        return wrong(step.line, made.error().message);
    if (step.kind == Kind::ask) {
        check(step, player_->ask(hook->id, *made));
        return true;
    }
    const EventRef told = (*made)->stamped(++seq_, world_->clock.mono_ns(), source_id(step.attachment), 0);
    world_->follow(step.attachment, told);
    check(step, player_->tell(told));
    return true;
}

// What the host would do with them. @return keys that were open and are no more
std::set<std::string> Run::follow_findings(const Said& said, bool is_audit) {
    std::set<std::string> closed, raised;
    for (const Finding& finding : said.outbox.raised) {
        open_[finding.key] = is_audit;
        raised.insert(finding.key);
    }
    for (const std::string& key : said.outbox.cleared)
        if (open_.erase(key) > 0)
            closed.insert(key);
    if (is_audit && !said.fault)
        for (auto one = open_.begin(); one != open_.end();) {
            const bool is_stale = one->second && !raised.contains(one->first);
            if (is_stale)
                closed.insert(one->first);
            one = is_stale ? open_.erase(one) : std::next(one);
        }
    return closed;
}

void Run::check_sent(const TestStep& step, const Said& said, const std::set<std::string>& cleared) {
    std::vector<const Finding*> findings;
    std::vector<const ActionRequest*> actions;
    for (const Finding& one : said.outbox.raised)
        findings.push_back(&one);
    for (const ActionRequest& one : said.outbox.actions)
        actions.push_back(&one);
    std::vector<const ExpectedSent*> wanted;
    for (const ExpectedSent& one : step.sent)
        wanted.push_back(&one);
    std::ranges::stable_sort(wanted, std::greater{}, [](const ExpectedSent* one) { return weight(*one); }); // or a vague one takes a precise one's match
    const auto take = [](auto& from, const ExpectedSent& one) {
        const auto found = std::ranges::find_if(from, [&](const auto* got) { return matches(one, *got); });
        const bool is_there = found != from.end();
        if (is_there)
            from.erase(found);
        return is_there;
    };
    std::vector<const ExpectedSent*> missing;
    for (const ExpectedSent* one : wanted)
        if (one->kind == ExpectedSent::Kind::cleared ? !cleared.contains(one->what)
                                                     : one->kind == ExpectedSent::Kind::finding ? !take(findings, *one) : !take(actions, *one))
            missing.push_back(one);
    std::string others;
    for (const Finding* one : findings)
        others += (others.empty() ? "" : "; ") + said_text(*one);
    for (const ActionRequest* one : actions)
        others += (others.empty() ? "" : "; ") + said_text(*one);
    for (const ExpectedSent* one : missing)
        result_.failures.push_back({one->line, text_of(*one), others.empty() ? "nothing of that kind" : others});
    if (missing.empty() && !others.empty() && !step.allows_others)
        result_.failures.push_back({step.line, "nothing else", others});
}

void Run::check(const TestStep& step, const Said& said) {
    if (said.verdict && !said.verdict->rule.empty())
        result_.rules.insert(said.verdict->rule);
    for (const Finding& one : said.outbox.raised)
        result_.rules.insert(one.control);
    for (const ActionRequest& one : said.outbox.actions)
        result_.rules.insert(one.control);

    const bool wants_fault = step.verdict ? step.verdict->action == "fault" : !step.refused.empty();
    if (step.verdict && !matches(*step.verdict, said, world_->names))
        result_.failures.push_back({step.verdict->line, text_of(*step.verdict), said_text(said, world_->names)});
    else if (!step.refused.empty() && (!said.fault || !contains(*said.fault, step.refused)))
        result_.failures.push_back({step.line, "a refusal saying '" + step.refused + "'", said_text(said, world_->names)});
    else if (said.fault && !wants_fault)
        result_.failures.push_back({step.line, "no fault", said_text(said, world_->names)});
    check_sent(step, said, follow_findings(said, step.kind == Kind::audit));
}

bool Run::make(const TestStep& step) {
    switch (step.kind) {
    case Kind::ask:
    case Kind::tell:
    case Kind::audit: return call(step);
    case Kind::restart: return begin();
    default: return change_world(step);
    }
}

void Run::run() {
    auto world = World::make(tested_.site, tested_.declarations, case_.at_utc_ns.value_or(tests_.at_utc_ns));
    if (!world) {
        wrong(case_.line, world.error().message);
        return;
    }
    world_ = std::move(*world);
    for (const TestStep& step : tests_.given)
        if (!change_world(step))
            return;
    if (!make_settings() || !begin())
        return;
    for (const TestStep& step : case_.steps)
        if (!make(step))
            return;
}

} // namespace

CaseResult run_case(const Tested& tested, const config::PolicyTests& tests, const config::TestCase& one) {
    CaseResult result;
    result.line = one.line;
    result.name = one.name;
    Run(tested, tests, one, result).run();
    return result;
}

config::Site empty_site() {
    config::Site site;
    site.id = site.name = "test";
    site.timezone = "UTC";
    return site;
}

RuleCoverage coverage_of(const config::Manifest& manifest, const std::set<std::string>& named,
                         const std::vector<config::RuleElsewhere>& elsewhere) {
    RuleCoverage coverage;
    const std::set<std::string> declared(manifest.controls.begin(), manifest.controls.end());
    for (const config::RuleElsewhere& one : elsewhere) {
        if (!declared.contains(one.control) || named.contains(one.control))
            coverage.mistaken.insert(one.control);
        else
            coverage.elsewhere.emplace(one.control, one.why);
    }
    for (const std::string& control : declared)
        if (named.contains(control))
            coverage.exercised.insert(control);
        else if (!coverage.elsewhere.contains(control))
            coverage.never.insert(control);
    std::ranges::set_difference(named, declared, std::inserter(coverage.undeclared, coverage.undeclared.end()));
    return coverage;
}

} // namespace ombud::replay
