#pragma once
// The mail gate: a milter behind the site's own mail server (Postfix, Sendmail). Each recipient, and then each whole mail, is
// asked about before the server takes responsibility for it; what cannot be judged is held by the sender (451).

#include <cstdint>
#include <memory>
#include <string>

#include "gates/mail/session.hpp"

namespace ombud::mail {

/// Thread  any. One at a time in a process; see milter.hpp.
class MailGate {
  public:
    struct Options {
        std::string listen; ///< "inet:ADDRESS:PORT" or "unix:/path"
        std::string group;  ///< may use the Unix socket; empty: the owner alone
        MessageLimits limits;
    };
    /// Borrowed as long as the gate lives.
    struct Parts {
        Ask ask;
        AskAhead ask_ahead;
        const Clock& clock;
        Names& names;
        Log log;
    };

    /// Errors  invalid_input, unavailable, refused  as milter::attach
    static Result<std::unique_ptr<MailGate>> start(const Options& options, Parts parts);
    /// Returns when no question is under way. The socket stays open until the process ends, and holds every mail.
    ~MailGate();

    struct Status {
        std::string listen;
        bool listening = false; ///< false: the mail server holds all mail
        std::uint64_t mails = 0, recipients_refused = 0, mails_refused = 0, mails_changed = 0, held = 0;
        std::size_t sessions = 0; ///< connections of the mail server
    };
    Status status() const;

  private:
    MailGate(std::string listen, std::shared_ptr<Judge> judge) : listen_(std::move(listen)), judge_(std::move(judge)) {}

    const std::string listen_;
    const std::shared_ptr<Judge> judge_;
};

} // namespace ombud::mail
