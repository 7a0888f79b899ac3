#include "gates/mail/mail_gate.hpp"

#include "gates/mail/milter.hpp"

namespace ombud::mail {

Result<std::unique_ptr<MailGate>> MailGate::start(const Options& options, Parts parts) {
    auto judge = std::make_shared<Judge>(std::move(parts.ask), std::move(parts.ask_ahead), parts.clock, parts.names, std::move(parts.log), options.limits);
    if (auto attached = milter::attach(options.listen, options.group, judge); !attached)
        return fail(attached.error());
    return std::unique_ptr<MailGate>(new MailGate(options.listen, std::move(judge)));
}

MailGate::~MailGate() {
    milter::detach(*judge_);
    judge_->close();
}

MailGate::Status MailGate::status() const {
    const Counts& counts = judge_->counts;
    return {listen_, milter::is_listening(), counts.mails, counts.recipients_refused, counts.mails_refused, counts.mails_changed, counts.held,
            milter::open_sessions()};
}

} // namespace ombud::mail
