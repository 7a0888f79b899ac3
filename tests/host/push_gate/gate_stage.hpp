#pragma once
// A gate with everything around it: a register, a module's answer, a ledger of lines, and a receiver of webhooks.

#include "certificate.hpp"
#include "gates/push/device_token.hpp"
#include "gates/push/push_gate.hpp"
#include "temp_folder.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <condition_variable>
#include <mutex>
#include <ombud/vocabulary.h>
#include <stdexcept>

namespace ombud::push {

/// Lines that threads add and a test waits for.
class Lines {
  public:
    void add(std::string line) {
        const std::scoped_lock lock(mutex_);
        list_.push_back(std::move(line));
        changed_.notify_all();
    }
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return list_.size() >= count; });
        return list_;
    }
    std::size_t size() {
        const std::scoped_lock lock(mutex_);
        return list_.size();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> list_;
};

struct GateStage {
    static constexpr const char* sender_token = "a-token-of-32-bytes-for-tests-ok";

    TempFolder folder;
    FakeClock clock;
    Names names;
    Lines received; ///< bodies of webhooks
    Lines questions, notes;
    unsigned receiver_status = 200;
    std::unique_ptr<api::HttpsServer> receiver = start_receiver();
    PushGate::Options options = gate_options();
    std::mutex mutex;
    Decision decision; ///< the modules' answer
    bool can_ask = true, can_note = true;
    DeviceToken token = new_device_token().value();
    std::vector<Device> devices{device_of("phone-1", "guard01", token.sha256)};
    std::vector<std::string> seen;
    std::unique_ptr<PushGate> gate;

    static Device device_of(const std::string& id, const std::string& person, const std::string& token_sha256) {
        Device made;
        made.id = id;
        made.person = person;
        made.forwarder = "hook";
        made.token_sha256 = token_sha256;
        return made;
    }
    static api::HttpsOptions https() {
        api::HttpsOptions options;
        options.listen = "127.0.0.1:0";
        options.certificate = Certificate::shared().pem();
        options.key = Certificate::shared().key();
        return options;
    }
    std::unique_ptr<api::HttpsServer> start_receiver() {
        auto server = api::HttpsServer::start(https(), [this](const api::HttpsCall& call) {
            received.add(std::string(call.body));
            return api::HttpsReply{{receiver_status, "{}", {}}, {}};
        });
        return std::move(*server);
    }
    PushGate::Options gate_options() {
        PushGate::Options made;
        made.https = https();
        made.senders = {{"zoneminder", sender_token}};
        ForwarderOptions hook;
        hook.id = "hook";
        hook.kind = ForwarderKind::webhook;
        hook.url = "https://127.0.0.1:" + std::to_string(receiver->port()) + "/in";
        hook.provider = "the site";
        hook.country = "DE";
        hook.ca_file = Certificate::shared().pem();
        made.forwarders = {hook};
        made.state_file = folder / "push.db";
        return made;
    }
    void answer(VerdictAction action, std::string rule = {}, std::string reason = {}, std::string advice = {}) {
        const std::scoped_lock lock(mutex);
        decision = {};
        decision.action = action;
        decision.rule = std::move(rule);
        decision.reason = std::move(reason);
        decision.advice = std::move(advice);
        if (action == VerdictAction::transform)
            decision.fields = {{names.intern(OMBUD_KEY_TITLE), "Video system"}};
    }
    void start() {
        auto started = PushGate::start(
            options,
            {[this](const EventRef& event) -> Result<Judgement> {
                 const std::scoped_lock lock(mutex);
                 questions.add(boost::json::serialize(to_json(*event, names, true)));
                 if (!can_ask)
                     return fail(ErrorCode::unavailable, "the ledger is full");
                 return Judgement{decision, decision, {}, 0};
             },
             [this](const std::string& person) {
                 const std::scoped_lock lock(mutex);
                 std::vector<Device> theirs;
                 for (const Device& one : devices)
                     if (one.person == person)
                         theirs.push_back(one);
                 return theirs;
             },
             [this](const std::string& id) -> std::optional<Device> {
                 const std::scoped_lock lock(mutex);
                 for (const Device& one : devices)
                     if (one.id == id)
                         return one;
                 return std::nullopt;
             },
             [this](const std::string& id, std::int64_t) { seen.push_back(id); },
             [](const std::string&, const std::string&) {},
             [this](const ledger::Entry& entry) -> Result<void> {
                 if (!can_note)
                     return fail(ErrorCode::unavailable, "the ledger is full");
                 notes.add(entry.render(0, 0).value());
                 return {};
             },
             clock, names});
        if (!started)
            throw std::runtime_error(started.error().message);
        gate = std::move(*started);
    }
    [[nodiscard]] std::uint16_t port() const { return gate->status().port; }
    HttpsAnswer push(const std::string& body, const std::string& with = sender_token) const {
        return https_call(port(), "POST", "/v1/push", body, {"Authorization: Bearer " + with});
    }
    HttpsAnswer resolve(const std::string& reference, const std::string& with) const {
        return https_call(port(), "GET", "/v1/push/" + reference, {}, {"Authorization: Bearer " + with});
    }
    /// Pushes, and gives the reference that left.
    std::string reference_of_push() {
        const auto before = received.size();
        if (push(R"({"person":"guard01","title":"Anna Meier","data":{"plate":"B-AB 12"}})").status != 202)
            throw std::runtime_error("the push was not taken");
        const auto body = boost::json::parse(received.wait_for(before + 1).back());
        return std::string(body.at("reference").as_string());
    }
};

inline boost::json::value json_of(const HttpsAnswer& answer) {
    return boost::json::parse(answer.body);
}

} // namespace ombud::push
