// libmosquitto's home: publishing with QoS 1, which the broker acknowledges.
#include "gates/push/forwarder.hpp"
#include "outgoing/http_post.hpp"

#include <charconv>
#include <condition_variable>
#include <mosquitto.h>
#include <mutex>
#include <set>

namespace ombud::push {
namespace {

struct Broker {
    std::string host;
    int port = 0;
    bool has_tls = false;
};

/// mqtts://HOST[:PORT], mqtt:// to this machine only.
Result<Broker> parse_broker(const std::string& text) {
    const auto wrong = [&](const char* what) { return fail(ErrorCode::invalid_input, "url: '" + text + "' " + what); };
    Broker broker;
    std::string rest;
    for (const bool has_tls : {true, false})
        if (const std::string scheme = has_tls ? "mqtts://" : "mqtt://"; text.rfind(scheme, 0) == 0) {
            broker.has_tls = has_tls;
            broker.port = has_tls ? 8883 : 1883;
            rest = text.substr(scheme.size());
        }
    // The rest is read as that of an https URL: the same rules for host, port, users.
    const auto url = outgoing::parse_post_url("https://" + rest);
    if (rest.empty() || !url)
        return wrong("is not mqtts://HOST:PORT");
    if (!broker.has_tls && !url->is_loopback)
        return wrong("is not mqtts; without TLS only this machine's broker will do");
    broker.host = url->host;
    if (const auto colon = url->origin.rfind(':'); colon > std::string("https").size() && url->origin.back() != ']')
        std::from_chars(url->origin.data() + colon + 1, url->origin.data() + url->origin.size(), broker.port);
    return broker;
}

/// One connection to a broker, with libmosquitto's own thread.
class Client {
  public:
    Client(const Broker& broker, const ForwarderOptions& options) : client_(mosquitto_new(nullptr, true, this)) {
        if (!client_) {
            problem_ = "libmosquitto has no memory";
            return;
        }
        mosquitto_connect_callback_set(client_, [](mosquitto*, void* self, int code) {
            static_cast<Client*>(self)->on_connect(code);
        });
        mosquitto_disconnect_callback_set(client_, [](mosquitto*, void* self, int code) {
            if (code != 0)
                static_cast<Client*>(self)->problem(std::string("connection lost: ") + mosquitto_strerror(code));
        });
        mosquitto_publish_callback_set(client_, [](mosquitto*, void* self, int message) {
            static_cast<Client*>(self)->on_acknowledged(message);
        });
        int code = MOSQ_ERR_SUCCESS;
        if (!options.user.empty())
            code = mosquitto_username_pw_set(client_, options.user.c_str(),
                                             options.secret.empty() ? nullptr : options.secret.c_str());
        if (code == MOSQ_ERR_SUCCESS && broker.has_tls)
            code = options.ca_file.empty()
                       ? mosquitto_int_option(client_, MOSQ_OPT_TLS_USE_OS_CERTS, 1)
                       : mosquitto_tls_set(client_, options.ca_file.c_str(), nullptr, nullptr, nullptr, nullptr);
        if (code == MOSQ_ERR_SUCCESS)
            code = mosquitto_connect_async(client_, broker.host.c_str(), broker.port, 30);
        if (code == MOSQ_ERR_SUCCESS)
            code = mosquitto_loop_start(client_);
        if (code != MOSQ_ERR_SUCCESS)
            problem(mosquitto_strerror(code));
    }
    ~Client() {
        if (!client_)
            return;
        mosquitto_disconnect(client_);
        mosquitto_loop_stop(client_, true);
        mosquitto_destroy(client_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Thread any.
    void cancel() { problem("stopped"); }

    /// Waits for the broker's acknowledgement. Errors  unavailable
    Result<void> publish(const std::string& topic, const std::string& payload, std::chrono::milliseconds time_limit) {
        const auto until = std::chrono::steady_clock::now() + time_limit;
        std::unique_lock lock(mutex_);
        if (!changed_.wait_until(lock, until, [&] { return is_connected_ || !problem_.empty(); }))
            return fail(ErrorCode::unavailable, "the broker does not answer");
        if (!problem_.empty())
            return fail(ErrorCode::unavailable, problem_);
        int message = 0;
        // Not under the lock: the callback takes it, and may come before publish() returns.
        lock.unlock();
        const int code = mosquitto_publish(client_, &message, topic.c_str(), static_cast<int>(payload.size()),
                                           payload.data(), 1, false);
        if (code != MOSQ_ERR_SUCCESS)
            return fail(ErrorCode::unavailable, mosquitto_strerror(code));
        lock.lock();
        if (!changed_.wait_until(lock, until, [&] { return acknowledged_.count(message) > 0 || !problem_.empty(); }))
            return fail(ErrorCode::unavailable, "the broker does not acknowledge");
        if (acknowledged_.erase(message) == 0)
            return fail(ErrorCode::unavailable, problem_);
        return {};
    }

  private:
    void on_connect(int code) {
        if (code != 0)
            return problem(std::string("the broker refuses: ") + mosquitto_connack_string(code));
        const std::scoped_lock lock(mutex_);
        is_connected_ = true;
        changed_.notify_all();
    }
    void on_acknowledged(int message) {
        const std::scoped_lock lock(mutex_);
        acknowledged_.insert(message);
        changed_.notify_all();
    }
    void problem(std::string what) {
        const std::scoped_lock lock(mutex_);
        problem_ = std::move(what);
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_connected_ = false;
    std::string problem_;
    std::set<int> acknowledged_;
    mosquitto* client_;
};

class Mqtt final : public Forwarder {
  public:
    Mqtt(const ForwarderOptions& options, Broker broker) : options_(options), broker_(std::move(broker)) {}

    Attempt send(const Device& device, const Delivery& delivery, std::int64_t) override {
        const std::string topic = options_.topic + "/" + (device.endpoint.empty() ? device.id : device.endpoint);
        if (mosquitto_pub_topic_check(topic.c_str()) != MOSQ_ERR_SUCCESS)
            return {Attempt::Result::failed, "the device's topic cannot be published to", 0};
        if (!client_) {
            auto made = std::make_unique<Client>(broker_, options_);
            const std::scoped_lock lock(mutex_);
            client_ = std::move(made);
            if (is_cancelled_)
                client_->cancel();
        }
        const auto published = client_->publish(topic, delivery.content, options_.time_limit);
        if (published)
            return {Attempt::Result::delivered, "acknowledged", 0};
        const std::scoped_lock lock(mutex_);
        client_.reset(); // with what it may still have queued: the gate's own queue repeats it
        return {Attempt::Result::retry, published.error().message, 0};
    }

    void cancel() override {
        const std::scoped_lock lock(mutex_);
        is_cancelled_ = true;
        if (client_)
            client_->cancel();
    }

  private:
    const ForwarderOptions options_;
    const Broker broker_;
    std::mutex mutex_; ///< of making and dropping the client, and of cancelling it meanwhile
    bool is_cancelled_ = false;
    std::unique_ptr<Client> client_;
};

} // namespace

Result<std::unique_ptr<Forwarder>> make_mqtt(const ForwarderOptions& options) {
    static const int initialised = mosquitto_lib_init();
    if (initialised != MOSQ_ERR_SUCCESS)
        return fail(ErrorCode::internal, "libmosquitto could not be set up");
    if (options.topic.empty() || mosquitto_pub_topic_check(options.topic.c_str()) != MOSQ_ERR_SUCCESS)
        return fail(ErrorCode::invalid_input, "topic: '" + options.topic + "' is no topic to publish to");
    auto broker = parse_broker(options.url);
    if (!broker)
        return fail(std::move(broker.error()));
    return std::unique_ptr<Forwarder>(std::make_unique<Mqtt>(options, std::move(*broker)));
}

} // namespace ombud::push
