#pragma once
// What the mail server is told to answer its client.

#include <string>
#include <string_view>

#include "verdicts/verdict.hpp"

namespace ombud::mail {

/// code 0: go on. Otherwise 451 (held by the sender, tried again) or 5xx (refused), with an enhanced code (RFC 3463).
struct Reply {
    int code = 0;
    std::string enhanced;
    std::string text; ///< fit for one line of SMTP: printable ASCII, at most 400 bytes
};

/// Printable ASCII on one line; whatever else came is shown as '?'.
std::string smtp_text(std::string_view text);

/// The answer to a decision other than TRANSFORM: requirement, reason and advice where it refuses. A module's fault holds the
/// mail rather than refusing it: it says nothing about the mail.
Reply reply_to(const Decision& decision);
/// 451: nothing can be said about this mail now.
Reply held(std::string_view why);

} // namespace ombud::mail
