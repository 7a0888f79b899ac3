#include "policy.hpp"

#include <algorithm>
#include <ctime>

namespace ombud::email_whitelist {

namespace {

Answer answer(Answer::Kind kind, const char* rule, std::string reason, std::string advice = {}) {
    Answer made;
    made.kind = kind;
    made.rule = rule;
    made.reason = std::move(reason);
    made.advice = std::move(advice);
    return made;
}
Answer deny(const char* rule, std::string reason, std::string advice = {}) {
    return answer(Answer::Kind::deny, rule, std::move(reason), std::move(advice));
}
Answer defer(const char* rule, std::string reason) { return answer(Answer::Kind::defer, rule, std::move(reason)); }

bool has_ended(const Entry& entry, int64_t utc_ns) { return entry.record.until_utc_ns && *entry.record.until_utc_ns <= utc_ns; }

Answer judge_unlisted(const Address& address, const Whitelist& list) {
    if (list.looks_like_listed(address))
        return deny("MAIL-2", "the recipient is written with letters that look like others", [&] {
            const std::string meant = list.nearest(address);
            return meant.empty() ? std::string("write it in plain letters, or have it listed as it is") : "did you mean " + meant + "?";
        }());
    if (const std::string meant = list.nearest(address); !meant.empty())
        return deny("MAIL-2", "the recipient is not on the list, but close to one that is", "did you mean " + meant + "?");
    return deny("MAIL-1", "the recipient is not on the list of recipients", "have it listed, which takes two people");
}

/// "[relay.example.org]:587" of "smtp:[relay.example.org]:587"; and "relay.example.org".
bool is_relay(const std::string& hop, const std::string& allowed) {
    const std::string_view next = std::string_view(hop).substr(std::min(hop.size(), hop.find(':') + 1));
    if (hop == allowed || next == allowed)
        return true;
    std::string_view host = next;
    if (!host.empty() && host.front() == '[')
        host = host.substr(1, host.find(']') - 1);
    else
        host = host.substr(0, host.find(':'));
    return host == allowed;
}

std::optional<Answer> judge_way(const RecipientFacts& facts, const Settings& settings) {
    if (settings.require_tls_in && !facts.tls_in)
        return deny("MAIL-6", "the mail came without TLS", "use TLS, or a mail server on the same machine");
    if (settings.require_tls_out && !facts.tls_out)
        return defer("MAIL-6", "the mail server does not tell whether the way out demands TLS; see milter_macro_defaults in the README of email_whitelist");
    if (settings.require_tls_out && !*facts.tls_out)
        return deny("MAIL-6", "the way out does not demand TLS", "set smtp_tls_security_level to encrypt or better");
    if (settings.relays.empty())
        return std::nullopt;
    if (!facts.next_hop)
        return defer("MAIL-6", "the mail server does not tell by which relay the mail would leave");
    if (std::none_of(settings.relays.begin(), settings.relays.end(), [&](const std::string& one) { return is_relay(*facts.next_hop, one); }))
        return deny("MAIL-6", "the mail would leave by a relay that is not the controller's or a processor's");
    return std::nullopt;
}

struct PartFact {
    uint32_t number = 0;
    std::string_view kind; // "picture"
};

/// Nothing when the list cannot be read: then nothing may be taken for text.
std::optional<std::vector<PartFact>> read_parts(std::string_view parts) {
    std::vector<PartFact> found;
    while (!parts.empty()) {
        const std::string_view word = parts.substr(0, parts.find(' '));
        parts.remove_prefix(std::min(parts.size(), word.size() + 1));
        const size_t colon = word.find(':'), slash = word.find('/');
        if (colon == 0 || colon > 9 || slash == std::string_view::npos || slash < colon)
            return std::nullopt;
        PartFact part;
        for (const char digit : word.substr(0, colon)) {
            if (digit < '0' || digit > '9')
                return std::nullopt;
            part.number = part.number * 10 + static_cast<uint32_t>(digit - '0');
        }
        part.kind = word.substr(colon + 1, slash - colon - 1);
        found.push_back(part);
    }
    return found;
}

bool is_cleared(const std::string& recipient, const Whitelist& list, int64_t utc_ns) {
    const auto address = parse_address(recipient);
    const Entry* const entry = address ? list.find(*address) : nullptr;
    return entry && entry->record.attachments && !has_ended(*entry, utc_ns);
}

} // namespace

Answer judge_recipient(const RecipientFacts& facts, const Whitelist& list, const Settings& settings, Quota& quota, int64_t utc_ns, int64_t mono_ns,
                       bool counts) {
    const auto address = parse_address(facts.recipient);
    if (!address)
        return deny("MAIL-1", address.error().message, "write it as name@example.org");
    const Entry* const entry = list.find(*address);
    if (!entry)
        return judge_unlisted(*address, list);
    if (has_ended(*entry, utc_ns))
        return deny("MAIL-1", "the recipient was listed until a day that has passed", "have it listed again, which takes two people");
    if ((entry->is_free_mail || settings.free_mail.holds(address->domain)) && entry->record.override_reason.empty())
        return deny("MAIL-4", "the recipient's domain is a free-mail provider, and no override in writing is on record");
    if (auto refused = judge_way(facts, settings))
        return *refused;
    if (counts && !quota.take(address->text(), mono_ns))
        return deny("MAIL-1", "the recipient got " + std::to_string(settings.quota_per_hour) + " mails within the hour, which is its quota");
    return answer(Answer::Kind::allow, "MAIL-1", "the recipient is listed");
}

Answer judge_message(const MessageFacts& facts, const Whitelist& list, const Settings& settings, int64_t utc_ns) {
    Answer made;
    const bool all_cleared = !facts.recipients.empty() &&
                             std::all_of(facts.recipients.begin(), facts.recipients.end(),
                                         [&](const std::string& one) { return is_cleared(one, list, utc_ns); });
    if (!all_cleared) {
        const auto parts = read_parts(facts.parts);
        if (!parts)
            return defer("MAIL-5", "the gate's list of parts cannot be read");
        for (const PartFact& part : *parts)
            if (part.kind != "text")
                made.parts.push_back(part.number);
    }
    if (!made.parts.empty() && settings.refuse_attachments)
        return deny("MAIL-5", "the mail holds pictures or files, and not every recipient is cleared for them", "send words alone");
    if (settings.retention_ns)
        made.delete_by = rfc5322_date(utc_ns + *settings.retention_ns);
    if (!made.parts.empty()) {
        made.kind = Answer::Kind::transform;
        made.rule = "MAIL-5";
        made.reason = "not every recipient is cleared for pictures and files";
    } else if (!made.delete_by.empty()) {
        made.kind = Answer::Kind::transform;
        made.rule = "MAIL-7";
        made.reason = "the mail gets the date by which it is to be deleted";
    } else {
        made = answer(Answer::Kind::allow, "MAIL-5", "the mail holds nothing that its recipients may not get");
    }
    return made;
}

std::string rfc5322_date(int64_t utc_ns) {
    const std::time_t seconds = static_cast<std::time_t>(utc_ns / 1'000'000'000);
    std::tm day{};
    gmtime_r(&seconds, &day);
    // Not strftime: names of days and months are English here, whatever the locale.
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto two = [](int number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
    return std::string(days[day.tm_wday]) + ", " + two(day.tm_mday) + " " + months[day.tm_mon] + " " + std::to_string(1900 + day.tm_year) + " " +
           two(day.tm_hour) + ":" + two(day.tm_min) + ":" + two(day.tm_sec) + " +0000";
}

std::vector<ListFlaw> flaws_of(const Whitelist& list, int64_t utc_ns) {
    std::vector<ListFlaw> flaws;
    for (const Whitelist::Unreadable& one : list.unreadable())
        flaws.push_back({"MAIL-1", "an entry of the list of recipients matches nobody: " + one.why, one.key});
    for (const Entry& entry : list.entries()) {
        if (entry.is_free_mail && entry.record.override_reason.empty())
            flaws.push_back({"MAIL-4", "an entry names a free-mail provider without an override in writing, and is refused", entry.record.key});
        if (has_ended(entry, utc_ns))
            flaws.push_back({"MAIL-1", "an entry of the list of recipients has ended; renew or remove it", entry.record.key});
    }
    return flaws;
}

} // namespace ombud::email_whitelist
