#pragma once
// One mail, handed to a mail server.

#include "events/result.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace ombud::outgoing {

struct Mail {
    std::string from, to; ///< an address each, of printable ASCII without spaces and angle brackets; both also in the header
    std::string subject;  ///< ASCII, one line
    std::string text;     ///< ASCII, lines of at most 998 characters, each ended by a line feed
};

/// Hands it over; the server answers for it from then on. Takes at most 30 s; uses no proxy. Told to be automatic, so that nobody's
/// absence is answered.
///
/// @param server        smtp://HOST:PORT, plain text, or smtps://HOST:PORT, whose certificate the machine's authorities vouch for
/// @param date_utc_ns   of its header
/// @param is_cancelled  set by any thread: it fails within about a second
/// Errors  invalid_input  a field that could not be sent as it is;  refused  the server does not take it: its code;  unavailable  no answer
/// Thread  any
/// Source  RFC 5321, RFC 5322, RFC 3834
[[nodiscard]] Result<void> send_mail(const std::string& server, const Mail& mail, std::int64_t date_utc_ns, const std::atomic<bool>& is_cancelled);

} // namespace ombud::outgoing
