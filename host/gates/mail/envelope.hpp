#pragma once
// What is known of a mail beside its content, and the questions made of it.

#include <optional>
#include <string>
#include <vector>

#include "events/event.hpp"
#include "gates/mail/message.hpp"

namespace ombud::mail {

/// As the mail server tells them by macros; empty: it told nothing.
struct Envelope {
    std::string sender;         ///< as it came, without < >; empty: the null sender
    std::string client_address; ///< "192.0.2.1", "IPv6:2001:db8::1"
    std::string tls_version;    ///< of the way in; empty: plain text
    std::string queue_id;       ///< the mail server's own name of the mail
};

struct Recipient {
    std::string address;            ///< as it came, without < >
    std::string mailer, next_hop;   ///< Postfix: transport and next hop of its resolved route
    std::string tls_level;          ///< smtp_tls_security_level of main.cf, see plugins/email_whitelist/README.md
};

/// The address out of "<address>", byte for byte.
std::string without_brackets(std::string_view path);

/// It came over TLS, or from this machine.
bool is_protected_in(const Envelope& envelope);
/// The way out demands TLS, or does not leave this machine; nothing: cannot be known.
std::optional<bool> is_protected_out(const Recipient& recipient);

/// Errors  invalid_input  more than an event can hold
Result<EventRef> recipient_question(Names& names, std::int64_t utc_ns, const Envelope& envelope, const Recipient& recipient);
Result<EventRef> message_question(Names& names, std::int64_t utc_ns, const Envelope& envelope, const std::vector<Recipient>& accepted,
                                  const Message& message);

} // namespace ombud::mail
