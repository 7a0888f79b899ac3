#include "gates/push/push_gate.hpp"

#include "api/target.hpp"
#include "gates/push/answers.hpp"
#include "gates/push/device_token.hpp"
#include "gates/push/message.hpp"
#include "signing/base64url.hpp"
#include "signing/random.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <ombud/vocabulary.h>
#include <thread>

namespace ombud::push {
namespace json = boost::json;
namespace {

constexpr std::size_t token_bytes_min = 16;
constexpr std::size_t devices_of_one_push_max = 32;
constexpr std::int64_t day_ns = 24 * 3600 * 1'000'000'000LL;

Result<void> check(const PushGate::Options& options) {
    const auto wrong = [](std::string what) { return fail(ErrorCode::invalid_input, "push gate: " + what); };
    if (options.senders.empty())
        return wrong("has no sender");
    for (const Sender& one : options.senders)
        if (one.token.size() < token_bytes_min)
            return wrong("sender " + one.name + ": its token has fewer than " + std::to_string(token_bytes_min) +
                         " bytes\nhint: make one with openssl rand -hex 32");
    for (std::size_t i = 0; i < options.forwarders.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (options.forwarders[i].id == options.forwarders[j].id)
                return wrong("forwarder " + options.forwarders[i].id + ": there are two of that name");
    return {};
}

/// What leaves for one device, by the answer to the question about it.
struct Leaving {
    std::string content;   ///< JSON
    std::string reference; ///< empty: the message leaves as it came
};

} // namespace

class PushGate::Impl {
  public:
    Impl(Options options, Parts parts) : options_(std::move(options)), parts_(std::move(parts)) {}
    ~Impl() {
        server_.reset(); // first, so that nothing comes any more
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        if (housekeeper_.joinable())
            housekeeper_.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<void> start() {
        if (auto checked = check(options_); !checked)
            return checked;
        for (const Sender& one : options_.senders)
            senders_.push_back({one.name, sha256_hex(one.token)});
        auto state = PushState::open(options_.state_file, options_.limits);
        if (!state)
            return fail(std::move(state.error()));
        state_ = std::move(*state);
        auto lanes = Lanes::start(
            {options_.forwarders, options_.lane_threads, options_.first_delay_ns, options_.longest_delay_ns},
            {*state_, parts_.clock, parts_.device, parts_.device_gone, parts_.note, make_forwarder});
        if (!lanes)
            return fail(std::move(lanes.error()).within("push gate"));
        lanes_ = std::move(*lanes);
        auto server = api::HttpsServer::start(
            options_.https, [this](const api::HttpsCall& call) { return serve(call); },
            [this](const api::HttpsCall& call) { return refuse_stranger(call); });
        if (!server)
            return fail(std::move(server.error()).within("push gate"));
        server_ = std::move(*server);
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        housekeeper_ = std::thread([this] { keep_house(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return {};
    }

    Result<Dropped> drop_device(const std::string& id) {
        lanes_->drop_device(id);
        auto dropped = state_->drop_device(id);
        if (!dropped)
            return dropped;
        ledger::Entry entry("push.device_dropped");
        entry.set("device", id).set("deliveries", static_cast<std::int64_t>(dropped->deliveries));
        entry.set("originals", static_cast<std::int64_t>(dropped->originals));
        if (auto noted = parts_.note(entry); !noted)
            return fail(std::move(noted.error()));
        return dropped;
    }

    void poke() {
        lanes_->poke();
        const std::scoped_lock lock(mutex_);
        poked_ = true;
        changed_.notify_all();
    }

    Status status() const {
        return {server_->port(), state_->size(), lanes_->counts(), asked_, refused_, resolved_, unauthorised_};
    }

    [[nodiscard]] api::HttpsServer& server() const { return *server_; }

  private:
    struct KnownSender {
        std::string name, token_sha256;
    };

    api::HttpsReply serve(const api::HttpsCall& call) {
        const auto target = api::parse_target(call.target);
        if (!target)
            return reply_of(target.error());
        const auto& path = target->segments;
        const bool is_push = path.size() >= 2 && path.size() <= 3 && path[0] == "v1" && path[1] == "push";
        if (!is_push)
            return reply_of({ErrorCode::not_found, target->path + ": there is no such path"});
        const char* const method = path.size() == 2 ? "POST" : "GET";
        if (call.method != method || !target->query.empty()) {
            auto reply = reply_of({ErrorCode::invalid_input,
                                   target->path + ": takes " + method + " alone, without anything behind '?'"});
            if (call.method != method) {
                reply.answer.status = 405;
                reply.answer.allow = method;
            }
            return reply;
        }
        return path.size() == 2 ? push(call) : resolve(call, path[2]);
    }

    /// Whose token it is; every sender is compared, so that the time tells nothing.
    const KnownSender* sender_of(std::string_view token) const {
        const KnownSender* found = nullptr;
        for (const KnownSender& one : senders_)
            if (is_token_of(token, one.token_sha256))
                found = &one;
        return found;
    }

    /// Before a picture is taken in.
    std::optional<api::HttpsReply> refuse_stranger(const api::HttpsCall& call) {
        if (call.method != "POST" || sender_of(api::bearer_token(call.authorization)))
            return std::nullopt;
        ++unauthorised_;
        return unauthorised("this is no sender's token\nhint: send Authorization: Bearer TOKEN, as the site's "
                            "configuration names it");
    }

    api::HttpsReply push(const api::HttpsCall& call) {
        const KnownSender* const sender = sender_of(api::bearer_token(call.authorization));
        if (!sender)
            return reply_of({ErrorCode::internal, "a call passed that should not have"});
        const auto message = parse_message(call.body);
        if (!message)
            return reply_of(message.error());
        // Before anybody is asked: what cannot be sent in the end should not stand in the ledger as allowed.
        if (const auto size = state_->size(); size.deliveries >= options_.limits.deliveries_max)
            return reply_of({ErrorCode::unavailable,
                             std::to_string(size.deliveries) + " pushes wait already\nhint: try again later"});

        std::vector<Outcome> outcomes;
        std::vector<Original> originals;
        std::vector<Delivery> deliveries;
        for (const Device& device : devices_for(*message)) {
            auto outcome = judge(*sender, *message, device, originals, deliveries);
            if (!outcome)
                return reply_of(std::move(outcome.error()).within("nothing was sent"));
            outcomes.push_back(std::move(*outcome));
        }
        if (!deliveries.empty()) {
            if (auto kept = state_->keep(originals, deliveries); !kept)
                return reply_of(std::move(kept.error()).within("nothing was sent"));
            for (Delivery& delivery : deliveries)
                lanes_->send(std::move(delivery));
        }
        return reply_of(outcomes);
    }

    /// The person's devices, or the one that was named; never none, so that each push is asked about.
    std::vector<Device> devices_for(const Message& message) const {
        std::vector<Device> devices = parts_.devices_of(message.person);
        if (!message.device.empty())
            std::erase_if(devices, [&](const Device& one) { return one.id != message.device; });
        else if (std::any_of(devices.begin(), devices.end(), [](const Device& one) { return one.is_active; }))
            std::erase_if(devices, [](const Device& one) { return !one.is_active; });
        if (devices.size() > devices_of_one_push_max)
            devices.resize(devices_of_one_push_max);
        if (devices.empty()) {
            Device unknown;
            unknown.id = message.device;
            unknown.is_active = false;
            devices.push_back(std::move(unknown));
        }
        return devices;
    }

    Result<EventRef> question(const KnownSender& sender, const Message& message, const Device& device,
                              const ForwarderOptions* forwarder) const {
        EventBuilder event(parts_.names, OMBUD_EVENT_PUSH_SEND, parts_.clock.utc_ns());
        event.text(OMBUD_KEY_SENDER, sender.name).text(OMBUD_KEY_PERSON, message.person, true);
        if (!device.id.empty())
            event.text(OMBUD_KEY_DEVICE, device.id);
        if (forwarder)
            event.text(OMBUD_KEY_FORWARDER, forwarder->id)
                .text(OMBUD_KEY_PROVIDER, forwarder->provider)
                .text(OMBUD_KEY_COUNTRY, forwarder->country);
        if (!message.title.empty())
            event.text(OMBUD_KEY_TITLE, message.title, true);
        if (!message.text.empty())
            event.text(OMBUD_KEY_TEXT, message.text, true);
        if (!message.data.empty())
            event.text(OMBUD_KEY_DATA, message.data, true);
        if (!message.picture.empty())
            event.integer(OMBUD_KEY_PICTURE, 1);
        return event.build();
    }

    Result<Outcome> judge(const KnownSender& sender, const Message& message, const Device& device,
                          std::vector<Original>& originals, std::vector<Delivery>& deliveries) {
        const ForwarderOptions* const forwarder = lanes_->forwarder(device.forwarder);
        const auto event = question(sender, message, device, forwarder);
        if (!event)
            return fail(event.error());
        ++asked_;
        const auto judgement = parts_.ask(*event);
        if (!judgement)
            return fail(judgement.error());
        const Decision& decision = judgement->applied;
        Outcome outcome;
        outcome.device = device.id;
        outcome.forwarder = device.forwarder;
        outcome.rule = decision.rule;
        outcome.reason = decision.reason;
        outcome.advice = decision.advice;
        const bool is_allowed = decision.action == VerdictAction::allow || decision.action == VerdictAction::abstain ||
                                decision.action == VerdictAction::transform;
        if (!is_allowed) {
            ++refused_;
            outcome.kind = Outcome::Kind::refused;
            if (outcome.reason.empty())
                outcome.reason = "a module could not answer, and without its answer nothing leaves";
            return outcome;
        }
        if (!device.is_active || !forwarder) {
            outcome.kind = Outcome::Kind::failed;
            outcome.reason = device.is_active     ? "the site has no forwarder '" + device.forwarder + "'"
                             : device.id.empty() ? "the person has no registered device"
                                                 : "the device is not registered for this person";
            return outcome;
        }
        auto leaving = leaving_of(message, decision);
        if (!leaving)
            return fail(std::move(leaving.error()));
        add(message, device, *forwarder, std::move(*leaving), originals, deliveries);
        outcome.kind = Outcome::Kind::queued;
        return outcome;
    }

    Result<Leaving> leaving_of(const Message& message, const Decision& decision) const {
        if (decision.action != VerdictAction::transform)
            return Leaving{to_json(message), {}};
        std::array<std::uint8_t, 16> bytes{};
        if (auto filled = signing::random_bytes(bytes); !filled)
            return fail(std::move(filled.error()));
        Leaving leaving{{}, signing::base64url(bytes)};
        json::object content{{"reference", leaving.reference}};
        for (const FieldText& one : decision.fields)
            content[parts_.names.name(one.key)] = one.text;
        leaving.content = json::serialize(content);
        return leaving;
    }

    void add(const Message& message, const Device& device, const ForwarderOptions& forwarder, Leaving leaving,
             std::vector<Original>& originals, std::vector<Delivery>& deliveries) const {
        const std::int64_t now = parts_.clock.utc_ns();
        Delivery delivery;
        delivery.device = device.id;
        delivery.forwarder = forwarder.id;
        delivery.provider = forwarder.provider;
        delivery.country = forwarder.country;
        delivery.content = std::move(leaving.content);
        delivery.expires_utc_ns = now + options_.delivery_lifetime_ns;
        if (!leaving.reference.empty()) {
            delivery.reference_sha256 = sha256_hex(leaving.reference);
            originals.push_back({delivery.reference_sha256, message.person, device.id, to_json(message), now,
                                 now + options_.original_lifetime_ns});
        }
        deliveries.push_back(std::move(delivery));
    }

    api::HttpsReply resolve(const api::HttpsCall& call, const std::string& reference) {
        const auto client = outgoing::parse_address(call.client);
        const auto& networks = options_.resolving_networks;
        if (!client || std::none_of(networks.begin(), networks.end(),
                                    [&](const outgoing::Network& one) { return one.contains(*client); }))
            return reply_of({ErrorCode::refused, "references are resolved on the site's own network alone\n"
                                                 "hint: use the site's Wi-Fi or VPN"});
        const auto token = api::bearer_token(call.authorization);
        if (token.empty()) {
            ++unauthorised_;
            return unauthorised("a device's token is needed\nhint: send Authorization: Bearer TOKEN, as the device "
                                "got it when it was registered");
        }
        auto original = state_->find(sha256_hex(reference), parts_.clock.utc_ns());
        if (!original)
            return reply_of(original.error());
        // One answer for what is not there and for what is not theirs: it tells nobody which references exist.
        const auto device = *original ? device_with(token, (*original)->person) : std::nullopt;
        if (!device) {
            ++unauthorised_;
            return reply_of({ErrorCode::not_found, "there is no such reference for this device, or it has expired"});
        }
        const std::int64_t now = parts_.clock.utc_ns();
        ledger::Entry entry("push.resolved");
        entry.set("device", device->id).set("person", ledger::Personal{(*original)->person});
        entry.set("reference_sha256", (*original)->reference_sha256);
        if (auto noted = parts_.note(entry); !noted)
            return reply_of(std::move(noted.error()).within("not told, since it cannot be recorded"));
        if (now - device->seen_utc_ns >= day_ns)
            parts_.device_seen(device->id, now);
        ++resolved_;
        json::value content = json::parse((*original)->content);
        content.get_object()["made_utc_ns"] = (*original)->made_utc_ns;
        return {{200, json::serialize(content), {}}, {}};
    }

    /// Any device of the person it was for: who lost one phone reads on the other.
    std::optional<Device> device_with(std::string_view token, const std::string& person) const {
        std::optional<Device> found;
        for (Device& one : parts_.devices_of(person))
            if (is_token_of(token, one.token_sha256) && one.is_active)
                found = std::move(one);
        return found;
    }

    void keep_house() {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            poked_ = false;
            lock.unlock();
            (void)state_->expire(parts_.clock.utc_ns()); // tried again at the next turn
            lock.lock();
            changed_.wait_for(lock, options_.housekeeping_interval, [&] { return stopping_ || poked_; });
        }
    }

    const Options options_;
    const Parts parts_;
    std::vector<KnownSender> senders_;
    std::unique_ptr<PushState> state_;
    std::unique_ptr<Lanes> lanes_;
    std::unique_ptr<api::HttpsServer> server_;
    std::mutex mutex_; ///< of the housekeeper
    std::condition_variable changed_;
    bool stopping_ = false, poked_ = false;
    std::thread housekeeper_;
    std::atomic<std::uint64_t> asked_ = 0, refused_ = 0, resolved_ = 0, unauthorised_ = 0;
};

PushGate::PushGate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PushGate::~PushGate() = default;

Result<std::unique_ptr<PushGate>> PushGate::start(Options options, Parts parts) {
    auto impl = std::make_unique<Impl>(std::move(options), std::move(parts));
    if (auto started = impl->start(); !started)
        return fail(std::move(started.error()));
    return std::unique_ptr<PushGate>(new PushGate(std::move(impl)));
}

Result<Dropped> PushGate::drop_device(const std::string& id) {
    return impl_->drop_device(id);
}
void PushGate::poke() {
    impl_->poke();
}
PushGate::Status PushGate::status() const {
    return impl_->status();
}

Result<bool> PushGate::look_at_certificate(signing::Looking looking) {
    return impl_->server().look_at_certificate(looking);
}

const signing::Certificate& PushGate::certificate() const {
    return impl_->server().certificate();
}

} // namespace ombud::push
