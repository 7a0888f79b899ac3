#pragma once
// A list of recipients and the questions that tests ask of it.

#include "email_whitelist/policy.hpp"

namespace ombud::email_whitelist::testing {

constexpr int64_t now_ns = 1'750'000'000'000'000'000; // 2025-06-15 15:06:40 UTC
constexpr int64_t hour_ns = int64_t{3600} * 1'000'000'000;

inline Record record(std::string key) {
    Record made;
    made.key = std::move(key);
    return made;
}

inline std::vector<Record> records() {
    std::vector<Record> all{record("anna@site.example"), record("guard@site.example"), record("@partner.example"), record("@group.example"),
                            record("bob@gmail.com"),     record("eve@gmail.com"),      record("old@site.example"), record("carl@site.example"),
                            record("m\xc3\xbcller@b\xc3\xbc" "cher.example"), record("ops@[192.0.2.1]")};
    all[1].attachments = true;
    all[3].subdomains = true;
    all[4].override_reason = "the site manager has no other mailbox; approved by the data protection officer";
    all[6].until_utc_ns = now_ns;
    all[7].plus = true;
    return all;
}

struct Desk {
    Settings settings;
    Whitelist list{records(), settings.free_mail};
    Quota quota{settings.quota_per_hour};

    Answer recipient(std::string address, bool tls_in = true, std::optional<bool> tls_out = true, std::optional<std::string> hop = "smtp:[relay.example]:587") {
        return judge_recipient({std::move(address), tls_in, tls_out, std::move(hop)}, list, settings, quota, now_ns, 1, true);
    }
    Answer message(std::vector<std::string> recipients, std::string parts) const {
        return judge_message({std::move(recipients), std::move(parts)}, list, settings, now_ns);
    }
};

using Kind = Answer::Kind;

} // namespace ombud::email_whitelist::testing
