// push_gate_driver SITE.json: a gate by itself, for peers that are not ours. SITE.json has the gate's options, the devices,
// and the one answer that every push gets. Prints "ready PORT", "note {…}" for each entry and "gone DEVICE". Reads
// "drop DEVICE" and "status" from its input, and ends with it.
#include "gates/push/device_token.hpp"
#include "gates/push/push_gate.hpp"
#include "ledger/ledger.hpp"

#include <boost/json/parse.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <optional>
#include <ombud/vocabulary.h>
#include <stdexcept>

using namespace ombud;
namespace json = boost::json;

namespace {

std::string text_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value ? std::string(value->as_string()) : std::string();
}

template <class T>
T value_of(Result<T> result) {
    if (!result)
        throw std::runtime_error(result.error().message);
    return std::move(*result);
}

push::ForwarderKind kind_of(const std::string& name) {
    if (name == "web-push")
        return push::ForwarderKind::web_push;
    if (name == "webhook")
        return push::ForwarderKind::webhook;
    return name == "ntfy" ? push::ForwarderKind::ntfy : push::ForwarderKind::mqtt;
}

push::PushGate::Options read_options(const json::object& site) {
    push::PushGate::Options options;
    options.https.listen = text_in(site, "listen");
    options.https.certificate = text_in(site, "certificate");
    options.https.key = text_in(site, "key");
    options.https.connections_max = 1024;
    options.state_file = text_in(site, "state");
    options.first_delay_ns = 50'000'000; // so that a test need not wait long
    options.longest_delay_ns = 200'000'000;
    for (const auto& one : site.at("senders").as_array())
        options.senders.push_back({text_in(one.as_object(), "name"), text_in(one.as_object(), "token")});
    for (const auto& value : site.at("forwarders").as_array()) {
        const auto& one = value.as_object();
        push::ForwarderOptions made;
        made.id = text_in(one, "id");
        made.kind = kind_of(text_in(one, "kind"));
        made.url = text_in(one, "url");
        made.topic = text_in(one, "topic");
        made.provider = text_in(one, "provider");
        made.country = text_in(one, "country");
        made.contact = text_in(one, "contact");
        made.user = text_in(one, "user");
        made.secret = text_in(one, "secret");
        made.ca_file = text_in(one, "ca_file");
        made.time_limit = std::chrono::milliseconds(3000);
        made.allows_private_endpoints = one.if_contains("allows_private") != nullptr;
        options.forwarders.push_back(std::move(made));
    }
    return options;
}

std::vector<push::Device> read_devices(const json::object& site) {
    std::vector<push::Device> devices;
    for (const auto& value : site.at("devices").as_array()) {
        const auto& one = value.as_object();
        push::Device made;
        made.id = text_in(one, "id");
        made.person = text_in(one, "person");
        made.forwarder = text_in(one, "forwarder");
        made.endpoint = text_in(one, "endpoint");
        made.p256dh = text_in(one, "p256dh");
        made.auth = text_in(one, "auth");
        if (const std::string token = text_in(one, "token"); !token.empty())
            made.token_sha256 = push::sha256_hex(token);
        devices.push_back(std::move(made));
    }
    return devices;
}

Decision read_answer(const json::object& site, Names& names) {
    Decision decision;
    const std::string answer = text_in(site, "answer");
    decision.action = answer == "deny"        ? VerdictAction::deny
                      : answer == "transform" ? VerdictAction::transform
                                              : VerdictAction::abstain;
    decision.rule = "PUSH-2";
    decision.reason = "as the driver was told";
    if (decision.action == VerdictAction::transform)
        decision.fields = {{names.intern(OMBUD_KEY_TITLE), "Video system"}, {names.intern(OMBUD_KEY_TEXT), "New message"}};
    return decision;
}

class Output {
  public:
    void line(const std::string& text) {
        const std::scoped_lock lock(mutex_);
        std::cout << text << '\n' << std::flush;
    }

  private:
    std::mutex mutex_;
};

void run(const char* file) {
    std::ifstream in(file);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const json::value parsed = json::parse(text);
    const json::object& site = parsed.as_object();
    SystemClock clock;
    Names names;
    Output output;
    const auto devices = read_devices(site);
    const Decision decision = read_answer(site, names);

    // With a ledger each question is an entry, durable before it is answered, as in the whole program.
    std::optional<ledger::KeySigner> signer;
    std::unique_ptr<ledger::Ledger> kept;
    if (const std::string folder = text_in(site, "ledger"); !folder.empty()) {
        signer.emplace(value_of(ledger::KeySigner::open(folder + ".key", "driver")));
        kept = value_of(ledger::Ledger::open(folder, *signer, clock));
    }
    const auto record = [&](const ledger::Entry& entry) -> Result<void> {
        if (!kept)
            return {};
        auto recorded = kept->append(entry);
        return recorded ? Result<void>() : fail(recorded.error());
    };

    const auto gate = value_of(push::PushGate::start(
        read_options(site),
        {[&](const EventRef&) -> Result<Judgement> {
             if (auto recorded = record(ledger::Entry("hook.judged").set("type", "push.send")); !recorded)
                 return fail(recorded.error());
             return Judgement{decision, decision, {}, 0};
         },
         [&](const std::string& person) {
             std::vector<push::Device> theirs;
             for (const auto& one : devices)
                 if (one.person == person)
                     theirs.push_back(one);
             return theirs;
         },
         [&](const std::string& id) -> std::optional<push::Device> {
             for (const auto& one : devices)
                 if (one.id == id)
                     return one;
             return std::nullopt;
         },
         [](const std::string&, std::int64_t) {},
         [&](const std::string& id, const std::string&) { output.line("gone " + id); },
         [&](const ledger::Entry& entry) -> Result<void> {
             if (!kept)
                 output.line("note " + entry.render(0, 0).value());
             return record(entry);
         },
         clock, names}));
    output.line("ready " + std::to_string(gate->status().port));
    for (std::string command; std::getline(std::cin, command);) {
        if (command == "status")
            output.line("retried " + std::to_string(gate->status().deliveries.retried));
        if (command.rfind("drop ", 0) == 0) {
            const auto dropped = value_of(gate->drop_device(command.substr(5)));
            output.line("dropped " + std::to_string(dropped.deliveries) + " " + std::to_string(dropped.originals));
        }
    }
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::cerr << "usage: push_gate_driver SITE.json\n";
        return 2;
    }
    run(argv[1]);
    return 0;
} catch (const std::exception& exception) {
    std::cerr << "push_gate_driver: " << exception.what() << '\n';
    return 1;
}
