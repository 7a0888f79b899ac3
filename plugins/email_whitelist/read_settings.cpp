#include "read_settings.hpp"

#include <algorithm>

namespace ombud::email_whitelist {

namespace {

constexpr int64_t second_ns = 1'000'000'000;

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    for (size_t at = 0; (at = list.find_first_not_of(" ,", at)) != std::string_view::npos;) {
        const size_t end = std::min(list.find_first_of(" ,", at), list.size());
        words.emplace_back(list.substr(at, end - at));
        at = end;
    }
    return words;
}

/// How long alarm mail is kept, as the site's records say: its own kind first, then that of mailboxes.
sdk::Result<std::optional<int64_t>> documented_retention(const sdk::Config& config) {
    std::optional<int64_t> mailbox;
    const uint64_t count = config.get_count("site/records").value_or(0);
    for (uint64_t index = 0; index < count; ++index) {
        const std::string place = "site/records/" + std::to_string(index) + "/";
        const std::string_view kind = config.get_str(place + "kind").value_or("");
        if (kind != "alarm" && kind != "mailbox")
            continue;
        const auto seconds = config.get_i64(place + "retention_s");
        if (!seconds)
            return sdk::fail(seconds.error());
        if (kind == "alarm")
            return std::optional(*seconds * second_ns);
        mailbox = *seconds * second_ns;
    }
    return mailbox;
}

} // namespace

sdk::Result<Settings> read_settings(const sdk::Config& config) {
    Settings settings;
    settings.refuse_attachments = config.get_str("options/attachments").value_or("remove") == "refuse";
    settings.require_tls_in = config.get_bool("options/require-tls-in").value_or(true);
    settings.require_tls_out = config.get_bool("options/require-tls-out").value_or(true);
    settings.relays = words_of(config.get_str("options/relays").value_or(""));
    const int64_t quota = config.get_i64("options/quota").value_or(60);
    if (quota < 0 || quota > 10'000)
        return sdk::fail(sdk::ErrorCode::invalid_input, "options/quota: " + std::to_string(quota) + " is not in 0..10000");
    settings.quota_per_hour = static_cast<uint32_t>(quota);
    for (const std::string& word : words_of(config.get_str("options/free-mail-domains").value_or(""))) {
        const auto domain = parse_domain("@" + word);
        if (!domain || domain->is_literal)
            return sdk::fail(sdk::ErrorCode::invalid_input, "options/free-mail-domains: '" + word + "' is no domain; write example.org");
        settings.free_mail.add(domain->domain);
    }
    if (const auto told = config.get_i64("options/retention"); told) {
        settings.retention_ns = *told * second_ns;
        return settings;
    }
    auto documented = documented_retention(config);
    if (!documented)
        return sdk::fail(documented.error());
    settings.retention_ns = *documented;
    return settings;
}

sdk::Result<sdk::TimeZone> read_zone(const sdk::Config& config) {
    auto zone = sdk::TimeZone::read(std::string(config.get_str("site/timezone").value_or("UTC")));
    if (!zone)
        return sdk::fail(std::move(zone).error().within("site/timezone"));
    return zone;
}

int64_t end_of_day(int64_t begin_utc_ns, const sdk::TimeZone& zone) {
    constexpr int64_t day_s = 86'400;
    const int64_t begin_s = begin_utc_ns / second_ns;
    return (begin_s + day_s + zone.span_at(begin_s).offset_s - zone.span_at(begin_s + day_s).offset_s) * second_ns;
}

} // namespace ombud::email_whitelist
