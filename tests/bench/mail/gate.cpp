// mail_bench_gate ADDRESS FOLDER: the mail gate as the daemon wires it, with the real module and a real ledger in FOLDER. Ends
// with its standard input and prints how many mails it judged.
#include <cstdlib>
#include <iostream>

#include <boost/json/object.hpp>
#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "bus/dispatcher.hpp"
#include "enforcement/actions.hpp"
#include "findings/findings.hpp"
#include "gates/mail/mail_gate.hpp"
#include "plugin_runtime/instance.hpp"

using namespace ombud;

namespace {

template <class T>
T value(Result<T> result) {
    if (!result) {
        std::cerr << "mail_bench_gate: error: " << result.error().message << "\n";
        std::exit(3);
    }
    return std::move(*result);
}

/// One listed domain.
class Recipients final : public RegisterReader {
  public:
    explicit Recipients(EventRef record) : record_(std::move(record)) {}
    void refresh() override {}
    Result<std::uint64_t> revision(std::string_view) override { return 1U; }
    Result<EventRef> find(std::string_view, std::string_view) override { return record_; }
    Result<EventRef> next(std::string_view, std::string_view key) override {
        if (!key.empty())
            return fail(ErrorCode::not_found, "the end");
        return record_;
    }

  private:
    EventRef record_;
};

} // namespace

int main(int count, char** arguments) {
    if (count != 3)
        return std::cerr << "usage: mail_bench_gate inet:ADDRESS:PORT FOLDER\n", 2;
    const std::filesystem::path folder = arguments[2];
    std::filesystem::create_directories(folder / "plugins");
    SystemClock clock;
    ledger::KeySigner signer = value(ledger::KeySigner::open(folder / "key.pem", "example.com/bench"));
    auto ledger = value(ledger::Ledger::open(folder / "ledger", signer, clock));
    for (auto prepare : {&findings::prepare, &actions::prepare})
        if (auto prepared = prepare(*ledger); !prepared)
            return std::cerr << "mail_bench_gate: error: " << prepared.error().message << "\n", 3;
    Names::Persist persist;
    std::vector<std::string> known;
    auto journal = value(Journal::open(*ledger, clock, persist, known));
    Names names(known, persist);
    Notices notices;
    HostServices services;
    services.clock = &clock;
    services.names = &names;
    services.log = [](const std::string& who, int, std::string_view message) { std::cerr << who << ": " << message << "\n"; };
    const EventRef record = value(EventBuilder(names, "recipients", 0).text(OMBUD_KEY_KEY, "@site.example", true).build());
    services.open_registers = [record](const std::string&) { return std::make_unique<Recipients>(record); };

    Instance::Options options;
    options.name = "email_whitelist";
    options.plugin = value(Plugin::load(value(admit_plugin(PLUGIN_FILE, folder / "plugins", "")), "email_whitelist"));
    options.document = boost::json::object{{"options", boost::json::object{{"quota", 0}, {"retention", 604'800}}}};
    auto members = std::make_shared<std::vector<Member>>(1);
    Member& member = members->front();
    member.id = options.name;
    member.mode = Mode::enforce;
    member.instance = value(Instance::create(std::move(options), services));
    member.hooks.push_back({OMBUD_HOOK_MAIL_SEND, names.intern(OMBUD_EVENT_MAIL_SEND), 10'000'000'000, FailMode::closed});
    {
        Dispatcher dispatcher(Dispatcher::Parts{*ledger, *journal, notices, names, clock, {}, [](const Error& error) {
                                                    std::cerr << "mail_bench_gate: error: " << error.message << "\n";
                                                    std::_Exit(3);
                                                }});
        dispatcher.start(members);
        auto gate = value(mail::MailGate::start({arguments[1], "", {}},
                                                {[&](const EventRef& event) { return dispatcher.ask(OMBUD_HOOK_MAIL_SEND, event, "", 0); },
                                                 [&](const EventRef& event) { return dispatcher.ask_ahead(OMBUD_HOOK_MAIL_SEND, event, ""); }, clock, names,
                                                 [](int, std::string_view line) { std::cerr << line << "\n"; }}));
        std::cout << "ready" << std::endl;
        std::string line;
        while (std::getline(std::cin, line)) {
        }
        std::cout << gate->status().mails << " " << gate->status().held << std::endl;
        gate.reset();
        journal->close();
        dispatcher.stop();
    }
    std::_Exit(0); // libmilter's threads know no end
}
