// mail_gate_driver: the mail gate with the real module behind it, for tests with a real mail server.
//   --listen ADDRESS  --plugin FILE  [--monitor]  [--setting PATH=VALUE]...  [--recipient KEY[ attachments][ subdomains][ plus]]...
// Standard input: "close", "open", "status", each answered by one line. It ends with its standard input.
#include <iostream>
#include <mutex>
#include <sstream>

#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "gates/mail/mail_gate.hpp"
#include "loaded_plugin.hpp"

using namespace ombud;

namespace {

/// The module on one side, questions of many threads on the other; a host has a worker for that.
class Module {
  public:
    Module(const std::string& file, const std::vector<std::string>& settings, const std::vector<std::string>& recipients, bool enforces)
        : enforces_(enforces) {
        host_.real_clock = true;
        host_.registers["recipients"];
        for (const std::string& setting : settings) {
            const std::size_t equals = setting.find('=');
            const std::string value = setting.substr(equals + 1);
            auto& place = host_.settings[setting.substr(0, equals)];
            if (value == "true" || value == "false")
                place = value == "true";
            else if (value.find_first_not_of("0123456789") == std::string::npos)
                place = std::int64_t{std::stoll(value)};
            else
                place = value;
        }
        for (const std::string& recipient : recipients)
            list(recipient);
        plugin_.emplace(file, host_);
        if (plugin_->start() != OMBUD_OK)
            throw std::runtime_error(host_.error);
    }

    Result<Judgement> ask(const EventRef& event, const Names& names) {
        const std::lock_guard lock(mutex_);
        sdk::EventBuilder question(host_.id(OMBUD_EVENT_MAIL_SEND), 0);
        for (const sdk::Field field : event->read()) {
            const std::uint32_t key = host_.id(names.name(field.key()));
            if (const auto text = field.as_text())
                question.add_text(key, *text);
            else if (const auto number = field.as_i64())
                question.add_i64(key, *number);
        }
        const auto given = plugin_->judge(OMBUD_HOOK_MAIL_SEND, *question.finish());
        Judgement judgement;
        Decision& decision = judgement.merged;
        decision.action = static_cast<VerdictAction>(given.status == OMBUD_OK ? given.action : OMBUD_DENY);
        decision.by_fault = given.status != OMBUD_OK;
        decision.rule = given.rule_id;
        decision.reason = given.reason;
        decision.advice = given.advice;
        decision.parts = given.parts;
        for (const auto& [key, text] : given.field_texts)
            decision.fields.push_back({const_cast<Names&>(names).intern(key), text});
        if (enforces_)
            judgement.applied = decision;
        return judgement;
    }

  private:
    void list(const std::string& recipient) {
        std::istringstream words(recipient);
        std::string key, flag;
        words >> key;
        sdk::EventBuilder record(host_.id("recipients"), 0);
        record.add_text(host_.id(OMBUD_KEY_KEY), key);
        while (words >> flag)
            record.add_i64(host_.id(flag), 1);
        host_.registers["recipients"].insert_or_assign(key, *record.finish());
        ++host_.register_revision;
    }

    const bool enforces_;
    std::mutex mutex_;
    testing::PluginHost host_;
    std::optional<testing::LoadedPlugin> plugin_;
};

std::string line_of(const mail::MailGate::Status& status) {
    std::ostringstream line;
    line << "listening " << status.listening << " mails " << status.mails << " recipients_refused " << status.recipients_refused << " mails_refused "
         << status.mails_refused << " mails_changed " << status.mails_changed << " held " << status.held;
    return line.str();
}

} // namespace

int main(int count, char** arguments) {
    std::string file;
    mail::MailGate::Options options;
    std::vector<std::string> settings, recipients;
    bool enforces = true;
    for (int i = 1; i < count; ++i) {
        const std::string name = arguments[i];
        if (name == "--monitor") {
            enforces = false;
            continue;
        }
        const std::string value = ++i < count ? arguments[i] : "";
        if (name == "--listen")
            options.listen = value;
        else if (name == "--group")
            options.group = value;
        else if (name == "--plugin")
            file = value;
        else if (name == "--setting")
            settings.push_back(value);
        else if (name == "--recipient")
            recipients.push_back(value);
        else
            return std::cerr << "mail_gate_driver: unknown option " << name << "\n", 2;
    }
    SystemClock clock;
    Names names;
    Module module(file, settings, recipients, enforces);
    std::unique_ptr<mail::MailGate> gate;
    const auto open = [&] {
        auto started = mail::MailGate::start(options, {[&](const EventRef& event) { return module.ask(event, names); },
                                                       [&](const EventRef& event) { return module.ask(event, names).map(Dispatcher::Ahead::of); },
                                                       clock, names,
                                                       [](int, std::string_view line) { std::cerr << "gate: " << line << "\n"; }});
        if (started)
            gate = std::move(*started);
        std::cout << (started ? "ready" : "failed: " + started.error().message) << std::endl;
    };
    open();
    std::string command;
    while (gate && std::getline(std::cin, command)) {
        if (command == "close") {
            std::cout << line_of(gate->status()) << std::endl;
            gate.reset();
            std::getline(std::cin, command); // "open"
            open();
        } else {
            std::cout << line_of(gate->status()) << std::endl;
        }
    }
    return gate ? 0 : 1;
}
