#pragma once
// A way out: hands one message to whoever carries it to the device.

#include "events/result.hpp"
#include "gates/push/state.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace ombud::push {

/// A registered device, as the site's register has it.
struct Device {
    std::string id;
    std::string person;    ///< account name
    std::string forwarder; ///< id of one of the gate's
    std::string endpoint;  ///< web-push: URL of the subscription; ntfy, mqtt: topic; webhook: not used
    std::string p256dh, auth; ///< web-push: base64url
    std::string token_sha256; ///< hex, see device_token.hpp; empty: it may resolve nothing
    std::int64_t seen_utc_ns = 0;
    bool is_active = true; ///< neither lost nor left
};

enum class ForwarderKind { web_push, webhook, ntfy, mqtt };

struct ForwarderOptions {
    std::string id;
    ForwarderKind kind = ForwarderKind::webhook;
    std::string url;      ///< webhook, ntfy: where to POST; mqtt: mqtts://HOST:PORT; web-push: the only origin allowed,
                          ///< may be empty for the providers that push_services.hpp knows
    std::string topic;    ///< mqtt: before the device's own
    std::string provider; ///< who runs it (PUSH-6)
    std::string country;  ///< ISO 3166
    std::string contact;  ///< web-push: mailto: or https: of who answers for the sender
    std::string user;     ///< mqtt
    std::string secret;   ///< web-push: PEM of the VAPID key; ntfy, webhook: bearer token, may be empty; mqtt: password
    std::string ca_file;  ///< empty: the machine's own
    std::chrono::milliseconds time_limit{15'000};
    bool allows_private_endpoints = false; ///< web-push: for tests alone
};

/// How one attempt ended.
struct Attempt {
    enum class Result {
        delivered, ///< the carrier has taken it
        retry,     ///< may work later
        failed,    ///< will never work
        gone,      ///< the device is registered no more
    };
    Result result = Result::failed;
    std::string detail;              ///< for people: "201", "timeout"; nothing personal
    std::int64_t retry_after_ns = 0; ///< as the carrier asked; 0: it did not
};

/// Thread  one at a time, but for cancel
class Forwarder {
  public:
    virtual ~Forwarder() = default;
    /// Blocks for at most the time limit.
    /// @param now_utc_ns  for the lifetime that is left, and for what is signed
    virtual Attempt send(const Device& device, const Delivery& delivery, std::int64_t now_utc_ns) = 0;
    /// Makes what runs, and whatever comes later, end within about a second as Attempt::Result::retry. Thread any.
    virtual void cancel() = 0;
};

/// Errors  invalid_input  an option that its kind needs is missing or wrong; says which
Result<std::unique_ptr<Forwarder>> make_forwarder(const ForwarderOptions& options);

// One for each kind.
Result<std::unique_ptr<Forwarder>> make_web_push(const ForwarderOptions& options);
Result<std::unique_ptr<Forwarder>> make_webhook(const ForwarderOptions& options);
Result<std::unique_ptr<Forwarder>> make_ntfy(const ForwarderOptions& options);
Result<std::unique_ptr<Forwarder>> make_mqtt(const ForwarderOptions& options);

} // namespace ombud::push
