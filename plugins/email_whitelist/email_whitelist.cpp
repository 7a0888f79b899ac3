// The plugin: the mail.send hook and the register of the ABI on one side, the policy on the other.
#include "read_settings.hpp"

#include <ombud/plugin.hpp>

namespace ombud::email_whitelist {

namespace {

constexpr const char* register_name = "recipients";
constexpr const char* no_retention_key = "mail-without-retention";

class EmailWhitelist {
  public:
    static sdk::Result<std::unique_ptr<EmailWhitelist>> create(sdk::Host host, sdk::Config config) {
        auto settings = read_settings(config);
        if (!settings)
            return sdk::fail(std::move(settings).error());
        auto zone = read_zone(config);
        if (!zone)
            return sdk::fail(std::move(zone).error());
        return std::unique_ptr<EmailWhitelist>(new EmailWhitelist(std::move(host), std::move(*settings), std::move(*zone)));
    }

    sdk::Result<sdk::Verdict> judge(const sdk::HookCall& call);

  private:
    EmailWhitelist(sdk::Host host, Settings settings, sdk::TimeZone zone)
        : host_(std::move(host)), settings_(std::move(settings)), zone_(std::move(zone)), quota_(settings_.quota_per_hour), keys_(host_.names()) {}

    struct Keys {
        explicit Keys(sdk::Names& names)
            : stage(names.id(OMBUD_KEY_STAGE)), recipient(names.id(OMBUD_KEY_RECIPIENT)), recipients(names.id(OMBUD_KEY_RECIPIENTS)),
              parts(names.id(OMBUD_KEY_PARTS)), tls_in(names.id(OMBUD_KEY_TLS_IN)), tls_out(names.id(OMBUD_KEY_TLS_OUT)),
              next_hop(names.id(OMBUD_KEY_NEXT_HOP)), delete_by(names.id(OMBUD_KEY_DELETE_BY)), key(names.id(OMBUD_KEY_KEY)),
              attachments(names.id("attachments")), subdomains(names.id("subdomains")), plus(names.id("plus")), until(names.id("until")),
              override_reason(names.id("override_reason")) {}
        uint32_t stage, recipient, recipients, parts, tls_in, tls_out, next_hop, delete_by, key, attachments, subdomains, plus, until,
            override_reason;
    };

    sdk::Result<> read_list();
    sdk::Result<> tell_flaws();
    Answer judge_one(const sdk::HookCall& call);
    Answer judge_all(const sdk::EventReader& event) const;

    sdk::Host host_;
    const Settings settings_;
    const sdk::TimeZone zone_;
    Quota quota_;
    const Keys keys_;
    Whitelist list_;
    std::optional<uint64_t> revision_; // of list_
    std::vector<std::string> told_;    // keys of the findings about the list that are open
};

sdk::Result<> EmailWhitelist::read_list() {
    const auto registers = host_.registers();
    if (!registers)
        return sdk::fail(sdk::ErrorCode::unavailable, "this host keeps no registers, so nobody is listed");
    const auto revision = registers->revision(register_name);
    if (!revision)
        return sdk::fail(revision.error());
    if (revision_ == *revision)
        return {};
    std::vector<Record> records;
    auto read = registers->each(register_name, keys_.key, [&](const sdk::EventReader& record) -> sdk::Result<> {
        Record one;
        one.key = std::string(record.get_text(keys_.key).value_or(""));
        one.attachments = record.is_set(keys_.attachments);
        one.subdomains = record.is_set(keys_.subdomains);
        one.plus = record.is_set(keys_.plus);
        if (const auto last_day = record.get_i64(keys_.until))
            one.until_utc_ns = end_of_day(*last_day, zone_);
        one.override_reason = std::string(record.get_text(keys_.override_reason).value_or(""));
        records.push_back(std::move(one));
        return {};
    });
    if (!read)
        return read;
    list_ = Whitelist(records, settings_.free_mail);
    revision_ = *revision;
    return tell_flaws();
}

// Findings are numbered: what they are about is a person's address, and a key is not a place for one.
sdk::Result<> EmailWhitelist::tell_flaws() {
    const auto findings = host_.findings();
    if (!findings)
        return {};
    const std::vector<ListFlaw> flaws = flaws_of(list_, host_.utc_ns());
    std::vector<std::string> now;
    for (const ListFlaw& flaw : flaws) {
        now.push_back("recipients-entry-" + std::to_string(now.size() + 1));
        sdk::Finding finding;
        finding.key = now.back();
        finding.control = flaw.control;
        finding.text = flaw.text;
        finding.person = flaw.key;
        if (auto raised = findings->raise(finding); !raised)
            return raised;
    }
    for (size_t index = now.size(); index < told_.size(); ++index)
        if (auto cleared = findings->clear(told_[index]); !cleared)
            return cleared;
    told_ = std::move(now);
    sdk::Finding finding;
    finding.key = no_retention_key;
    finding.control = "MAIL-7";
    finding.text = "no retention of alarm mail is documented, so mails carry no date by which they are to be deleted; add a record of kind alarm or "
                   "mailbox to the site";
    return settings_.retention_ns ? findings->clear(no_retention_key) : findings->raise(finding);
}

Answer EmailWhitelist::judge_one(const sdk::HookCall& call) {
    const sdk::EventReader& event = call.event();
    RecipientFacts facts;
    facts.recipient = std::string(event.get_text(keys_.recipient).value_or(""));
    facts.tls_in = event.is_set(keys_.tls_in);
    if (const auto out = event.get_i64(keys_.tls_out))
        facts.tls_out = *out != 0;
    if (const auto hop = event.get_text(keys_.next_hop))
        facts.next_hop = std::string(*hop);
    return judge_recipient(facts, list_, settings_, quota_, host_.utc_ns(), host_.mono_ns(), !call.is_dry_run());
}

Answer EmailWhitelist::judge_all(const sdk::EventReader& event) const {
    MessageFacts facts;
    std::string_view recipients = event.get_text(keys_.recipients).value_or("");
    while (!recipients.empty()) {
        const std::string_view line = recipients.substr(0, recipients.find('\n'));
        recipients.remove_prefix(std::min(recipients.size(), line.size() + 1));
        facts.recipients.emplace_back(line);
    }
    facts.parts = std::string(event.get_text(keys_.parts).value_or("?"));
    return judge_message(facts, list_, settings_, host_.utc_ns());
}

sdk::Result<sdk::Verdict> EmailWhitelist::judge(const sdk::HookCall& call) {
    if (call.hook() != OMBUD_HOOK_MAIL_SEND)
        return sdk::Verdict::abstain();
    if (auto read = read_list(); !read)
        return sdk::fail(read.error()); // the hook fails closed: the mail is held
    const std::string_view stage = call.event().get_text(keys_.stage).value_or("");
    if (stage != "recipient" && stage != "message")
        return sdk::fail(sdk::ErrorCode::invalid_input, "mail.send: the stage is neither recipient nor message");
    Answer made = stage == "recipient" ? judge_one(call) : judge_all(call.event());
    sdk::Verdict verdict;
    switch (made.kind) {
    case Answer::Kind::allow: verdict.answer = sdk::Answer::allow; break;
    case Answer::Kind::deny: verdict.answer = sdk::Answer::deny; break;
    case Answer::Kind::defer: verdict.answer = sdk::Answer::defer; break;
    case Answer::Kind::transform: verdict.answer = sdk::Answer::transform; break;
    case Answer::Kind::abstain: verdict.answer = sdk::Answer::abstain; break;
    }
    verdict.rule_id = std::move(made.rule);
    verdict.reason = std::move(made.reason);
    verdict.advice = std::move(made.advice);
    verdict.parts = std::move(made.parts);
    if (!made.delete_by.empty())
        verdict.field_texts.push_back({keys_.delete_by, std::move(made.delete_by)});
    return verdict;
}

} // namespace

} // namespace ombud::email_whitelist

OMBUD_PLUGIN(ombud::email_whitelist::EmailWhitelist, "email_whitelist", "0.1.0")
