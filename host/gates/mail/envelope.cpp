#include "gates/mail/envelope.hpp"

#include <algorithm>

#include <ombud/vocabulary.h>

#include "events/printable.hpp"

namespace ombud::mail {
namespace {

constexpr std::size_t header_recipients_max = 100;

bool is_this_machine(std::string_view address) {
    if (address.starts_with("[")) // a next hop: "[127.0.0.1]:2525"
        address = address.substr(1, std::max<std::size_t>(address.find(']'), 1) - 1);
    if (address.starts_with("IPv6:") || address.starts_with("ipv6:"))
        address.remove_prefix(5);
    if (address == "::1" || address == "localhost")
        return true;
    // All of 127.0.0.0/8, and no name that merely begins like it.
    return address.starts_with("127.") && address.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_local_mailer(std::string_view mailer) {
    static constexpr std::string_view local[] = {"local", "virtual", "error", "discard", "retry"};
    return std::find(std::begin(local), std::end(local), mailer) != std::end(local);
}

void add_envelope(EventBuilder& event, const Envelope& envelope) {
    event.text(OMBUD_KEY_SENDER, printable(envelope.sender), true).integer(OMBUD_KEY_TLS_IN, is_protected_in(envelope) ? 1 : 0);
    if (!envelope.queue_id.empty())
        event.text(OMBUD_KEY_QUEUE_ID, printable(envelope.queue_id));
}

} // namespace

std::string without_brackets(std::string_view path) {
    if (path.size() >= 2 && path.front() == '<' && path.back() == '>')
        path = path.substr(1, path.size() - 2);
    return std::string(path);
}

bool is_protected_in(const Envelope& envelope) { return !envelope.tls_version.empty() || is_this_machine(envelope.client_address); }

std::optional<bool> is_protected_out(const Recipient& recipient) {
    if (is_local_mailer(recipient.mailer) || recipient.next_hop.starts_with("unix:") || is_this_machine(recipient.next_hop))
        return true;
    if (recipient.tls_level.empty())
        return std::nullopt;
    // "may" and "dane" fall back to plain text when the other side offers nothing better.
    static constexpr std::string_view mandatory[] = {"encrypt", "dane-only", "fingerprint", "verify", "secure"};
    return std::find(std::begin(mandatory), std::end(mandatory), recipient.tls_level) != std::end(mandatory);
}

Result<EventRef> recipient_question(Names& names, std::int64_t utc_ns, const Envelope& envelope, const Recipient& recipient) {
    EventBuilder event(names, OMBUD_EVENT_MAIL_SEND, utc_ns);
    event.text(OMBUD_KEY_STAGE, "recipient").text(OMBUD_KEY_RECIPIENT, printable(recipient.address), true);
    add_envelope(event, envelope);
    if (const auto is_out = is_protected_out(recipient))
        event.integer(OMBUD_KEY_TLS_OUT, *is_out ? 1 : 0);
    if (!recipient.next_hop.empty())
        event.text(OMBUD_KEY_NEXT_HOP, printable(recipient.mailer + ":" + recipient.next_hop));
    return event.build();
}

Result<EventRef> message_question(Names& names, std::int64_t utc_ns, const Envelope& envelope, const std::vector<Recipient>& accepted,
                                  const Message& message) {
    std::string recipients;
    for (const Recipient& recipient : accepted)
        recipients.append(recipients.empty() ? "" : "\n").append(printable(recipient.address));
    std::string named;
    for (const std::string& address : message.header_recipients(header_recipients_max))
        named.append(named.empty() ? "" : "\n").append(address);
    EventBuilder event(names, OMBUD_EVENT_MAIL_SEND, utc_ns);
    event.text(OMBUD_KEY_STAGE, "message").text(OMBUD_KEY_RECIPIENTS, recipients, true).text(OMBUD_KEY_HEADER_RECIPIENTS, named, true);
    add_envelope(event, envelope);
    event.text(OMBUD_KEY_PARTS, to_string(message.parts())).integer(OMBUD_KEY_SIZE, static_cast<std::int64_t>(message.size_bytes()));
    return event.build();
}

} // namespace ombud::mail
