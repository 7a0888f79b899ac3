#include "policy.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace ombud::push_consent {
namespace {

constexpr int64_t day_ns = 86'400 * int64_t{1'000'000'000};
constexpr size_t named_max = 10;

// Where people have private accounts. The pattern catches most of them already; these would pass one that is too wide.
constexpr std::array<std::string_view, 44> free_mail{
    "aol.com",       "arcor.de",      "bluewin.ch",  "fastmail.com",   "freenet.de",     "free.fr",     "gmail.com",
    "gmx.at",        "gmx.ch",        "gmx.com",     "gmx.de",         "gmx.net",        "googlemail.com", "hotmail.com",
    "hotmail.de",    "hotmail.fr",    "icloud.com",  "laposte.net",    "libero.it",      "live.com",    "live.de",
    "mac.com",       "mail.com",      "mail.de",     "mail.ru",        "mailbox.org",    "me.com",      "msn.com",
    "o2.pl",         "online.de",     "orange.fr",   "outlook.com",    "outlook.de",     "posteo.de",   "proton.me",
    "protonmail.com", "qq.com",       "seznam.cz",   "t-online.de",    "web.de",         "wp.pl",       "yahoo.com",
    "yahoo.de",      "yandex.ru"};

bool is_free_mail(std::string_view account) {
    const auto at = account.rfind('@');
    if (at == std::string_view::npos)
        return false;
    std::string domain(account.substr(at + 1));
    std::transform(domain.begin(), domain.end(), domain.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return std::find(free_mail.begin(), free_mail.end(), domain) != free_mail.end();
}

template <class Record>
const Record* find(const std::map<std::string, Record, std::less<>>& records, std::string_view key) {
    const auto found = records.find(key);
    return found == records.end() ? nullptr : &found->second;
}

Judgement refused(const char* rule, std::string reason, std::string advice) {
    return {false, rule, std::move(reason), std::move(advice)};
}

/// "3 devices: a, b, c"; empty for none.
std::string listed(const std::vector<std::string>& ids) {
    if (ids.empty())
        return {};
    std::string text = std::to_string(ids.size()) + (ids.size() == 1 ? " device: " : " devices: ");
    for (size_t i = 0; i < std::min(ids.size(), named_max); ++i)
        text += (i == 0 ? "" : ", ") + ids[i];
    return ids.size() > named_max ? text + " and others" : text;
}

} // namespace

sdk::Result<AccountPattern> AccountPattern::compile(const std::string& expression) {
    auto* compiled = new regex_t;
    if (const int code = regcomp(compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB); code != 0) {
        char why[128] = {};
        regerror(code, compiled, why, sizeof why);
        delete compiled; // POSIX: nothing to free of an expression that did not compile
        return sdk::fail(sdk::ErrorCode::invalid_input, "'" + expression + "' is no extended expression: " + why);
    }
    AccountPattern pattern;
    pattern.compiled_ = std::shared_ptr<const regex_t>(compiled, [](regex_t* owned) {
        regfree(owned);
        delete owned;
    });
    return pattern;
}

bool AccountPattern::matches(const std::string& account) const {
    return regexec(compiled_.get(), account.c_str(), 0, nullptr, 0) == 0;
}

std::string flaw_of(const Consent* consent, const Settings& settings, int64_t now_utc_ns) {
    if (!consent)
        return "there is no consent on record";
    if (consent->is_withdrawn)
        return "the consent was withdrawn";
    if (!consent->given_utc_ns || *consent->given_utc_ns > now_utc_ns)
        return "the consent does not hold yet";
    if (consent->until_utc_ns && now_utc_ns >= *consent->until_utc_ns)
        return "the consent has expired";
    if (consent->text_version != settings.text_version)
        return "the consent is to version '" + consent->text_version + "' of the text, and '" + settings.text_version +
               "' is in force";
    return {};
}

bool is_pseudonym(const std::string& account, const Settings& settings) {
    return !is_free_mail(account) && (!settings.accounts || settings.accounts->matches(account));
}

Judgement judge(const Push& push, const Registers& registers, const Settings& settings, int64_t now_utc_ns) {
    if (const auto flaw = flaw_of(find(registers.consents, push.person), settings, now_utc_ns); !flaw.empty())
        return refused("PUSH-1", flaw,
                       "once the person agreed: ombud consent give " + push.person + " text_version=" +
                           settings.text_version + " language=… given=YYYY-MM-DD how=… --reason …");
    if (push.device.empty())
        return refused("PUSH-3", "the person has no registered device",
                       "ombud device add ID person=" + push.person + " forwarder=… --reason …");
    const Device* const device = find(registers.devices, push.device);
    if (!device || device->person != push.person)
        return refused("PUSH-3", "the device is not registered for this person",
                       "ombud device list; ombud device add " + push.device + " person=" + push.person +
                           " forwarder=… --reason …");
    if (device->state != "active")
        return refused("PUSH-3", "the device is marked '" + device->state + "'",
                       "register the person's new device: ombud device add ID person=" + push.person +
                           " forwarder=… --reason …");
    if (!is_pseudonym(push.person, settings))
        return refused("PUSH-4", "the account names a person, not a function",
                       "use an account such as guard01 in place of " + push.person);
    return {true, "PUSH-2", "a reference and a neutral text leave the site, nothing else", {}};
}

std::vector<Matter> audit(const Registers& registers, const Settings& settings, int64_t now_utc_ns) {
    std::vector<std::string> stale, ended, unconsented, named;
    for (const auto& [id, device] : registers.devices) {
        if (device.state != "active") {
            ended.push_back(id);
            continue;
        }
        if (now_utc_ns - device.shown_utc_ns >= settings.stale_after_ns)
            stale.push_back(id);
        if (!flaw_of(find(registers.consents, device.person), settings, now_utc_ns).empty())
            unconsented.push_back(id);
        if (!is_pseudonym(device.person, settings))
            named.push_back(id);
    }
    const auto matter = [](const char* key, const char* control, bool is_violation,
                           const std::vector<std::string>& ids, const std::string& what) {
        return Matter{key, control, is_violation, ids.empty() ? std::string() : listed(ids) + what};
    };
    return {
        matter("PUSH-3/stale", "PUSH-3", true, stale,
               " not seen for " + std::to_string(settings.stale_after_ns / day_ns) +
                   " days: remove them (ombud device remove ID)"),
        matter("PUSH-3/ended", "PUSH-3", false, ended,
               " lost, or of somebody who left, and still on record: remove them (ombud device remove ID)"),
        matter("PUSH-1/devices", "PUSH-1", false, unconsented,
               " of persons without a consent that holds: nothing reaches them"),
        matter("PUSH-4/accounts", "PUSH-4", true, named,
               " of accounts that name a person, not a function: rename them, such as guard01"),
    };
}

} // namespace ombud::push_consent
