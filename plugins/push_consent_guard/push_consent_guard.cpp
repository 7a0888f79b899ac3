// The plugin: hook, registers and audit of the ABI on one side, policy on the other.
#include "policy.hpp"

#include <ombud/plugin.hpp>
#include <ombud/time_zone.hpp>

#include <algorithm>

namespace ombud::push_consent {
namespace {

constexpr const char* consents_register = "consents";
constexpr const char* devices_register = "devices";
constexpr int64_t second_ns = 1'000'000'000;

struct Options {
    Settings settings;
    std::string neutral_title, neutral_text;
    std::string two_step_login; ///< unknown, on or off
    sdk::TimeZone zone;         ///< in which a day ends
};

sdk::Result<Options> read_options(const sdk::Config& config) {
    const auto text = [&](const char* name) -> sdk::Result<std::string> {
        const auto value = config.get_str(std::string("options/") + name);
        if (!value && value.error().code != sdk::ErrorCode::not_found)
            return sdk::fail(value.error());
        return std::string(value.value_or(std::string_view()));
    };
    const auto version = text("text-version");
    const auto pattern = text("account-pattern");
    const auto countries = text("countries");
    const auto title = text("neutral-title");
    const auto neutral = text("neutral-text");
    const auto two_step = text("two-step-login");
    for (const auto* one : {&version, &pattern, &countries, &title, &neutral, &two_step})
        if (!*one)
            return sdk::fail(one->error());
    if (version->empty())
        return sdk::fail(sdk::ErrorCode::invalid_input,
                         "options/text-version: not set; it says which text a consent has to be to");
    auto accounts = AccountPattern::compile(pattern->empty() ? "^[a-z]+[0-9]{1,4}(@[a-z0-9.-]+)?$" : *pattern);
    if (!accounts)
        return sdk::fail(std::move(accounts).error().within("options/account-pattern"));
    const auto stale = config.get_i64("options/stale-after");
    if (!stale && stale.error().code != sdk::ErrorCode::not_found)
        return sdk::fail(stale.error());

    Settings settings{*version, std::move(*accounts), {}, stale.value_or(180 * 86'400) * second_ns};
    for (size_t at = 0; (at = countries->find_first_not_of(" ,", at)) != std::string::npos;) {
        const size_t end = std::min(countries->find_first_of(" ,", at), countries->size());
        if (end - at != 2)
            return sdk::fail(sdk::ErrorCode::invalid_input, "options/countries: '" + countries->substr(at, end - at) +
                                                                "' is not two letters, such as DE");
        settings.countries.insert(countries->substr(at, end - at));
        at = end;
    }
    const auto zone_name = config.get_str("site/timezone");
    auto zone = zone_name ? sdk::TimeZone::read(std::string(*zone_name))
                          : sdk::Result<sdk::TimeZone>(sdk::TimeZone::fixed(0));
    if (!zone)
        return sdk::fail(std::move(zone).error().within("site/timezone"));
    return Options{std::move(settings), title->empty() ? "Video system" : *title,
                   neutral->empty() ? "New message. Open the app on the site's network to read it." : *neutral,
                   two_step->empty() ? "unknown" : *two_step, std::move(*zone)};
}

/// The first instant behind the local day that holds `utc_ns`.
int64_t end_of_day(const sdk::TimeZone& zone, int64_t utc_ns) {
    const int64_t utc_s = utc_ns / second_ns;
    const int64_t offset_s = zone.span_at(utc_s).offset_s;
    const int64_t next_local_s = ((utc_s + offset_s) / 86'400 + 1) * 86'400;
    // The offset there may differ from the one here: days of 23 and 25 hours.
    const int64_t first_guess_s = next_local_s - offset_s;
    return (next_local_s - zone.span_at(first_guess_s).offset_s) * second_ns;
}

class PushConsentGuard {
  public:
    static sdk::Result<std::unique_ptr<PushConsentGuard>> create(sdk::Host host, sdk::Config config) {
        auto options = read_options(config);
        if (!options)
            return sdk::fail(std::move(options).error());
        return std::unique_ptr<PushConsentGuard>(new PushConsentGuard(std::move(host), std::move(*options)));
    }

    sdk::Result<sdk::Verdict> judge(const sdk::HookCall& call);
    sdk::Result<> audit(const sdk::AuditRun& run);

  private:
    PushConsentGuard(sdk::Host host, Options options)
        : host_(std::move(host)), options_(std::move(options)), ids_(host_.names()) {}

    struct Ids {
        explicit Ids(sdk::Names& names)
            : key(names.id(OMBUD_KEY_KEY)), person(names.id(OMBUD_KEY_PERSON)), device(names.id(OMBUD_KEY_DEVICE)),
              forwarder(names.id(OMBUD_KEY_FORWARDER)), provider(names.id(OMBUD_KEY_PROVIDER)),
              country(names.id(OMBUD_KEY_COUNTRY)), title(names.id(OMBUD_KEY_TITLE)), text(names.id(OMBUD_KEY_TEXT)),
              text_version(names.id("text_version")), language(names.id("language")), given(names.id("given")),
              expires(names.id("expires")), withdrawn(names.id("withdrawn")), state(names.id(OMBUD_KEY_STATE)),
              registered(names.id("registered")), seen(names.id("seen")) {}
        uint32_t key, person, device, forwarder, provider, country, title, text;
        uint32_t text_version, language, given, expires, withdrawn, state, registered, seen;
    };

    sdk::Result<> refresh();
    sdk::Result<> look_at_country(const sdk::EventReader& event);

    sdk::Host host_;
    const Options options_;
    const Ids ids_;
    Registers registers_;                    // a copy of what the host keeps, as of
    std::optional<uint64_t> consents_, devices_; // these revisions
    std::map<std::string, bool> countries_told_; // by forwarder: whether its country was allowed when last told
};

std::string text_of(const sdk::EventReader& record, uint32_t key) {
    return std::string(record.get_text(key).value_or(std::string_view()));
}

/// The copies are as new as the question: a withdrawal holds for the very next push.
sdk::Result<> PushConsentGuard::refresh() {
    const auto registers = host_.registers();
    if (!registers)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host keeps no registers");
    const auto consents = registers->revision(consents_register);
    if (!consents)
        return sdk::fail(consents.error());
    const auto devices = registers->revision(devices_register);
    if (!devices)
        return sdk::fail(devices.error());
    if (consents_ != *consents) {
        consents_.reset(); // until the whole copy is there
        registers_.consents.clear();
        auto read = registers->each(consents_register, ids_.key, [&](const sdk::EventReader& record) -> sdk::Result<> {
            Consent consent{text_of(record, ids_.text_version), text_of(record, ids_.language),
                            record.get_i64(ids_.given), std::nullopt, record.find(ids_.withdrawn).has_value()};
            if (const auto last_day = record.get_i64(ids_.expires))
                consent.until_utc_ns = end_of_day(options_.zone, *last_day);
            registers_.consents.emplace(text_of(record, ids_.key), std::move(consent));
            return {};
        });
        if (!read)
            return read;
        consents_ = *consents;
    }
    if (devices_ != *devices) {
        devices_.reset();
        registers_.devices.clear();
        auto read = registers->each(devices_register, ids_.key, [&](const sdk::EventReader& record) -> sdk::Result<> {
            registers_.devices.emplace(text_of(record, ids_.key),
                                       Device{text_of(record, ids_.person), text_of(record, ids_.state),
                                              std::max(record.get_i64(ids_.registered).value_or(0),
                                                       record.get_i64(ids_.seen).value_or(0))});
            return {};
        });
        if (!read)
            return read;
        devices_ = *devices;
    }
    return {};
}

sdk::Result<sdk::Verdict> PushConsentGuard::judge(const sdk::HookCall& call) {
    if (call.hook() != OMBUD_HOOK_PUSH_SEND)
        return sdk::Verdict::abstain();
    if (auto fresh = refresh(); !fresh)
        return sdk::fail(std::move(fresh).error());
    const sdk::EventReader& event = call.event();
    if (!call.is_replay() && !call.is_dry_run())
        if (auto looked = look_at_country(event); !looked)
            return sdk::fail(std::move(looked).error());

    const Push push{text_of(event, ids_.person), text_of(event, ids_.device)};
    Judgement judgement = push_consent::judge(push, registers_, options_.settings, host_.utc_ns());
    if (!judgement.is_allowed) {
        auto verdict = sdk::Verdict::deny(std::move(judgement.rule), std::move(judgement.reason));
        verdict.advice = std::move(judgement.advice);
        return verdict;
    }
    return sdk::Verdict::transform_fields(
        std::move(judgement.rule), std::move(judgement.reason),
        {{ids_.title, options_.neutral_title}, {ids_.text, options_.neutral_text}});
}

/// Told when it changes, not with every push.
sdk::Result<> PushConsentGuard::look_at_country(const sdk::EventReader& event) {
    const std::string forwarder = text_of(event, ids_.forwarder);
    const std::string country = text_of(event, ids_.country);
    if (forwarder.empty())
        return {};
    const auto& allowed = options_.settings.countries;
    const bool is_allowed = allowed.empty() || allowed.count(country) > 0;
    const auto told = countries_told_.find(forwarder);
    if (told != countries_told_.end() && told->second == is_allowed)
        return {};
    const auto findings = host_.findings();
    if (!findings)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host takes no findings");
    const std::string key = "PUSH-6/country/" + forwarder;
    sdk::Finding finding;
    const std::string text = "pushes of forwarder " + forwarder + " go to " + text_of(event, ids_.provider) + " in " +
                             country + ", which is none of the countries allowed: document the transfer, or use another";
    finding.severity = sdk::Severity::violation;
    finding.key = key;
    finding.control = "PUSH-6";
    finding.text = text;
    auto done = is_allowed ? findings->clear(key) : findings->raise(finding);
    if (done)
        countries_told_[forwarder] = is_allowed;
    return done;
}

sdk::Result<> PushConsentGuard::audit(const sdk::AuditRun& run) {
    if (auto fresh = refresh(); !fresh)
        return fresh;
    const auto findings = host_.findings();
    if (!findings)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host takes no findings");
    if (auto told = run.progress(0, registers_.devices.size()); !told)
        return told; // cancelled before anything was said
    auto matters = push_consent::audit(registers_, options_.settings, host_.utc_ns());
    matters.push_back({"PUSH-7/two-step", "PUSH-7", options_.two_step_login == "off",
                       options_.two_step_login == "off" ? "mobile and web users log in with one step: switch the second on"
                       : options_.two_step_login == "on"
                           ? ""
                           : "whether users log in with two steps cannot be seen from here: say so with the option "
                             "two-step-login, once somebody has looked"});
    for (const Matter& matter : matters) {
        sdk::Finding finding;
        finding.severity = matter.is_violation ? sdk::Severity::violation : sdk::Severity::warning;
        finding.key = matter.key;
        finding.control = matter.control;
        finding.text = matter.text;
        if (auto told = matter.text.empty() ? findings->clear(matter.key) : findings->raise(finding); !told)
            return told;
    }
    return run.progress(registers_.devices.size(), registers_.devices.size());
}

} // namespace
} // namespace ombud::push_consent

OMBUD_PLUGIN(ombud::push_consent::PushConsentGuard, "push_consent_guard", "0.1.0")
