// The gate behind the site's mail server.
#include <mutex>

#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "daemon/site_gates/reach.hpp"
#include "daemon/site_gates/site_gate.hpp"
#include "gates/mail/mail_gate.hpp"

namespace ombud::daemon {
namespace {

namespace json = boost::json;

constexpr Reach mail_reach[] = {
    {"MAIL-1", OMBUD_COVERAGE_PREVENTABLE, "mail that the VMS hands to the site's mail server; another way out is not seen"},
    {"MAIL-2", OMBUD_COVERAGE_PREVENTABLE, "refused with the likely correction"},
    {"MAIL-3", OMBUD_COVERAGE_PREVENTABLE, "the list changes when a second person approves"},
    {"MAIL-4", OMBUD_COVERAGE_PREVENTABLE, "free-mail domains as listed; a private domain is not known as such"},
    {"MAIL-5", OMBUD_COVERAGE_PREVENTABLE, "by content; what cannot be looked into goes to cleared recipients only"},
    {"MAIL-6", OMBUD_COVERAGE_PREVENTABLE, "as the mail server tells of both hops"},
    {"MAIL-7", OMBUD_COVERAGE_PREVENTABLE, "the date is written; that the receiver deletes by it is not seen"},
};

class Mail final : public SiteGate {
  public:
    explicit Mail(const GateParts& parts) : parts_(parts) {}

    Result<void> apply(const config::Site& site) override;
    [[nodiscard]] std::vector<Hook> hooks() const override {
        const std::lock_guard lock(mutex_);
        return gate_ ? std::vector<Hook>{{OMBUD_HOOK_MAIL_SEND, OMBUD_EVENT_MAIL_SEND}} : std::vector<Hook>{};
    }
    void tell(json::object& status) const override;
    using SiteGate::coverage;
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control) const override {
        const Reach* reach = find_reach(mail_reach, control);
        if (reach == nullptr)
            return std::nullopt;
        const std::lock_guard lock(mutex_);
        return gate_ ? coverage_of(*reach, "mail gate")
                     : Coverage{OMBUD_COVERAGE_BLIND, "no <mail> gate in site.xml: the VMS's mail passes unseen"};
    }

  private:
    const GateParts parts_;
    mutable std::mutex mutex_; // the members below
    std::unique_ptr<mail::MailGate> gate_;
    std::optional<config::MailGate> now_; // as it runs
};

Result<void> Mail::apply(const config::Site& site) {
    const std::lock_guard lock(mutex_);
    const auto& wanted = site.gates.mail;
    if (wanted && gate_ && now_ && now_->listen == wanted->listen && now_->group == wanted->group)
        return {};
    const auto begin = [&](const config::MailGate& gate) {
        return mail::MailGate::start({gate.listen, gate.group, {}},
                                     {parts_.asker(OMBUD_HOOK_MAIL_SEND),
                                      [&dispatcher = parts_.dispatcher](const EventRef& event) {
                                          return dispatcher.ask_ahead(OMBUD_HOOK_MAIL_SEND, event, "");
                                      },
                                      parts_.clock, parts_.names,
                                      [this](int level, std::string_view text) { parts_.log("mail gate", level, text); }});
    };
    gate_.reset();
    if (!wanted) {
        now_.reset();
        return {};
    }
    auto begun = begin(*wanted);
    if (!begun) {
        if (now_)
            if (auto again = begin(*now_))
                gate_ = std::move(*again);
        return fail(Error(begun.error()).within("mail gate"));
    }
    gate_ = std::move(*begun);
    now_ = wanted;
    return {};
}

void Mail::tell(json::object& all) const {
    const std::lock_guard lock(mutex_);
    if (!gate_)
        return;
    const mail::MailGate::Status mail = gate_->status();
    all["mail"] = {{"listen", mail.listen}, {"listening", mail.listening}, {"mails", mail.mails},
                   {"recipients_refused", mail.recipients_refused}, {"mails_refused", mail.mails_refused},
                   {"mails_changed", mail.mails_changed}, {"held", mail.held}, {"sessions", mail.sessions}};
}

} // namespace

std::unique_ptr<SiteGate> make_mail_gate(const GateParts& parts) {
    return std::make_unique<Mail>(parts);
}

} // namespace ombud::daemon
