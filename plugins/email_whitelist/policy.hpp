// The decisions of the whitelist: plain values in, answers out. No host, no clock.
#pragma once

#include "quota.hpp"
#include "whitelist.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::email_whitelist {

struct Settings {
    bool refuse_attachments = false; // MAIL-5: the mail is refused instead of losing its parts
    bool require_tls_in = true, require_tls_out = true;
    std::vector<std::string> relays;    // MAIL-6: next hops that may be used; empty: any
    std::optional<int64_t> retention_ns; // MAIL-7: of alarm mail; none: nobody documented one
    uint32_t quota_per_hour = 60;        // 0: none
    FreeMail free_mail;
};

struct Answer {
    enum class Kind { allow, deny, defer, transform, abstain } kind = Kind::abstain;
    std::string rule, reason;         // no personal values
    std::string advice;               // for the sender alone
    std::vector<uint32_t> parts;      // transform: these go
    std::string delete_by;            // transform: RFC 5322 date; empty: none
};

/// One recipient before any content.
struct RecipientFacts {
    std::string recipient;
    bool tls_in = false;
    std::optional<bool> tls_out;           // nothing: the mail server does not tell
    std::optional<std::string> next_hop;   // "smtp:[relay.example.org]:587"
};

/// MAIL-1, 2, 4, 6 and the quota. @param counts  the mail is counted into the quota
Answer judge_recipient(const RecipientFacts& facts, const Whitelist& list, const Settings& settings, Quota& quota, int64_t utc_ns, int64_t mono_ns,
                       bool counts);

/// A whole mail, after its recipients.
struct MessageFacts {
    std::vector<std::string> recipients;
    std::string parts; // "1:text/plain 2:picture/jpeg"
};

/// MAIL-5 and MAIL-7. One mail has one body for all: it is that of the least cleared recipient.
Answer judge_message(const MessageFacts& facts, const Whitelist& list, const Settings& settings, int64_t utc_ns);

/// "Sun, 22 Nov 2026 09:00:00 +0000" (RFC 5322, 3.3).
std::string rfc5322_date(int64_t utc_ns);

/// What is wrong with the list itself. `key` is personal.
struct ListFlaw {
    std::string control, text, key;
};
std::vector<ListFlaw> flaws_of(const Whitelist& list, int64_t utc_ns);

} // namespace ombud::email_whitelist
