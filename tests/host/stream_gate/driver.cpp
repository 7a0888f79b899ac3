// stream_gate_driver CONFIG: the gate alone, for tests with real cameras and clients. Modules are played by whoever writes
// to its standard input, a line a command:
//   policy {"action": "transform", "tracks": [{"kind": 2}], "rule": "AMG-2", "reason": "…", "valid_s": 5}
//   for NAME policy {…}     the same for one stream
//   reconsider | status | apply CONFIG | quit
// Prints a line of JSON for each question, note and status, and first {"ready": PORT, "tls": PORT}.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <csignal>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <ombud/vocabulary.h>
#include <sstream>

#include "gates/stream/stream_gate.hpp"

namespace json = boost::json;
using namespace ombud;

namespace {

std::mutex output;
void tell(const json::object& line) {
    const std::lock_guard lock(output);
    std::cout << json::serialize(line) << std::endl;
}

std::string text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value ? std::string(value->as_string()) : "";
}

json::object read(const std::string& file) {
    std::ifstream in(file);
    std::stringstream all;
    all << in.rdbuf();
    return json::parse(all.str()).as_object();
}

stream::Options options_of(const json::object& config) {
    stream::Options options;
    options.listen = text(config, "listen");
    options.tls_listen = text(config, "tls_listen");
    options.certificate = text(config, "certificate");
    options.key = text(config, "key");
    for (const auto& viewer : config.at("viewers").as_array())
        options.viewers.push_back({text(viewer.as_object(), "name"), text(viewer.as_object(), "password")});
    for (const auto& value : config.at("sources").as_array()) {
        const auto& source = value.as_object();
        options.sources.push_back({text(source, "name"), text(source, "camera"), text(source, "attachment"), text(source, "device"),
                                   text(source, "url"), text(source, "user"), text(source, "password"), text(source, "ca_file")});
    }
    const auto seconds = [&config](const char* key, std::chrono::nanoseconds& into) {
        if (const auto* value = config.if_contains(key))
            into = std::chrono::nanoseconds(static_cast<std::int64_t>(value->to_number<double>() * 1e9));
    };
    seconds("login_s", options.limits.login);
    seconds("stalled_s", options.limits.stalled);
    seconds("answering_s", options.limits.answering);
    seconds("idle_s", options.limits.idle);
    if (const auto* ports = config.if_contains("udp_ports")) // [first, last]
        options.udp_ports = {ports->at(0).to_number<std::uint16_t>(), ports->at(1).to_number<std::uint16_t>()};
    return options;
}

/// The decision that the test asks for; rules without begin_utc_s remove.
class Policies {
  public:
    void set(const std::string& stream, const json::object& policy) {
        const std::lock_guard lock(mutex_);
        policies_[stream] = policy;
    }
    Result<Judgement> decide(const std::string& stream, const Clock& clock) {
        const std::lock_guard lock(mutex_);
        const auto found = policies_.contains(stream) ? policies_.find(stream) : policies_.find("");
        Judgement judgement;
        if (found == policies_.end())
            return judgement;
        const json::object& policy = found->second;
        Decision& decision = judgement.applied;
        const std::string action = text(policy, "action");
        if (action == "error")
            return fail(ErrorCode::unavailable, "the test wants it so");
        decision.action = action == "deny"        ? VerdictAction::deny
                          : action == "transform" ? VerdictAction::transform
                          : action == "allow"     ? VerdictAction::allow
                                                  : VerdictAction::abstain;
        decision.rule = text(policy, "rule");
        decision.reason = text(policy, "reason");
        if (const auto* tracks = policy.if_contains("tracks"))
            for (const auto& value : tracks->as_array()) {
                const auto& rule = value.as_object();
                const auto at = [&](const char* key) {
                    return rule.contains(key) ? static_cast<std::int64_t>(rule.at(key).to_number<double>() * 1e9) : 0;
                };
                const bool removes = !rule.contains("begin_utc_s");
                if (rule.contains("pseudonymise")) {
                    decision.tracks.push_back({rule.at("kind").to_number<std::uint32_t>(), OMBUD_TRACK_PSEUDONYMISE, 0, 0});
                    continue;
                }
                decision.tracks.push_back({rule.at("kind").to_number<std::uint32_t>(), removes ? OMBUD_TRACK_REMOVE : OMBUD_TRACK_KEEP_WITHIN,
                                           at("begin_utc_s"), at("end_utc_s")});
            }
        if (const auto* valid = policy.if_contains("valid_s"))
            decision.valid_until_mono_ns = clock.mono_ns() + static_cast<std::int64_t>(valid->to_number<double>() * 1e9);
        return judgement;
    }

  private:
    std::mutex mutex_;
    std::map<std::string, json::object> policies_;
};

json::object shown(const stream::StreamStatus& status) {
    json::object dropped;
    for (const auto kind : {stream::TrackKind::audio, stream::TrackKind::data, stream::TrackKind::other})
        dropped[to_string(kind)] = status.counts.dropped[static_cast<std::size_t>(kind)];
    return {{"name", status.name},         {"state", status.state}, {"why", status.why}, {"last_reason", status.last_reason},
            {"viewers", json::value_from(status.viewers)}, {"shut", json::value_from(status.shut)},
            {"packets", status.counts.packets}, {"bytes", status.counts.bytes}, {"unknown", status.counts.unknown}, {"dropped", dropped}};
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2)
        return std::cerr << "usage: stream_gate_driver CONFIG\n", 2;
    std::signal(SIGPIPE, SIG_IGN);
    SystemClock clock;
    Names names;
    Policies policies;
    const auto ask = [&](const EventRef& event) -> Result<Judgement> {
        json::object question{{"event", to_json(*event, names, true)["fields"]}};
        tell(question);
        return policies.decide(std::string(event->text(names.intern(OMBUD_KEY_STREAM)).value_or("")), clock);
    };
    const auto note = [&](std::string_view kind, const json::object& fields) { tell({{"note", kind}, {"fields", fields}}); };
    const json::object config = read(argv[1]);
    if (const auto* policy = config.if_contains("policy"))
        policies.set("", policy->as_object());
    auto gate = stream::StreamGate::start(options_of(config), {ask, clock, names, note});
    if (!gate)
        return std::cerr << gate.error().message << "\n", 1;
    tell({{"ready", (*gate)->port()}, {"tls", (*gate)->tls_port()}});
    for (std::string line; std::getline(std::cin, line) && line != "quit";) {
        std::string stream;
        if (line.starts_with("for ")) {
            stream = line.substr(4, line.find(' ', 4) - 4);
            line.erase(0, line.find(' ', 4) + 1);
        }
        if (line.starts_with("policy "))
            policies.set(stream, json::parse(line.substr(7)).as_object());
        else if (line == "reconsider")
            (*gate)->reconsider();
        else if (line.starts_with("apply ")) {
            const auto applied = (*gate)->apply(options_of(read(line.substr(6))));
            tell({{"applied", applied ? "" : applied.error().message}});
        } else if (line == "status") {
            json::array all;
            for (const auto& status : (*gate)->status())
                all.push_back(shown(status));
            const auto udp = (*gate)->udp_ports();
            tell({{"status", all}, {"udp", {{"ports", udp.ports}, {"pairs", udp.pairs}, {"open", udp.open}, {"refused", udp.refused}}}});
        }
    }
}
