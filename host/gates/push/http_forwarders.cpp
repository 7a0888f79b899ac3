// The forwarders that speak HTTP: Web Push, webhook, ntfy.
#include "gates/push/forwarder.hpp"
#include "outgoing/http_post.hpp"
#include "gates/push/push_services.hpp"
#include "signing/web_push.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace ombud::push {
namespace json = boost::json;
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

/// What a status says, for all but the statuses that mean something of their own to a kind.
Attempt attempt_of(const Result<outgoing::HttpAnswer>& answer) {
    if (!answer)
        return {answer.error().code == ErrorCode::refused ? Attempt::Result::failed : Attempt::Result::retry,
                answer.error().message, 0};
    const long status = answer->status;
    Attempt attempt{Attempt::Result::failed, "HTTP " + std::to_string(status), answer->retry_after_s * second_ns};
    if (status >= 200 && status < 300)
        attempt.result = Attempt::Result::delivered;
    else if (status == 408 || status == 425 || status == 429 || status >= 500)
        attempt.result = Attempt::Result::retry;
    else if (status >= 300 && status < 400)
        attempt.detail += ", a redirect, which is never followed";
    return attempt;
}

class WebPush final : public Forwarder {
  public:
    WebPush(const ForwarderOptions& options, signing::P256Key key)
        : options_(options), key_(std::move(key)),
          http_({options.ca_file, options.time_limit, !options.allows_private_endpoints}) {}

    Attempt send(const Device& device, const Delivery& delivery, std::int64_t now_utc_ns) override {
        const auto url = outgoing::parse_post_url(device.endpoint);
        if (!url)
            return {Attempt::Result::failed, "endpoint: " + url.error().message, 0};
        if (!is_allowed(*url))
            return {Attempt::Result::failed, "endpoint: its host is none of " + options_.provider, 0};
        const auto keys = signing::PushKeys::parse(device.p256dh, device.auth);
        if (!keys)
            return {Attempt::Result::failed, keys.error().message, 0};
        const auto body = signing::encrypt_push(*keys, delivery.content);
        if (!body)
            return {body.error().code == ErrorCode::unavailable ? Attempt::Result::retry : Attempt::Result::failed,
                    body.error().message, 0};
        const auto login = signing::vapid_authorization(key_, url->origin, options_.contact,
                                                        now_utc_ns / second_ns + 12 * 3600);
        if (!login)
            return {Attempt::Result::failed, login.error().message, 0};
        const std::int64_t left_s = std::max<std::int64_t>(0, (delivery.expires_utc_ns - now_utc_ns) / second_ns);
        const auto answer =
            http_.post(device.endpoint, {reinterpret_cast<const char*>(body->data()), body->size()},
                       {"Content-Type: application/octet-stream", "Content-Encoding: aes128gcm",
                        "TTL: " + std::to_string(left_s), "Urgency: high", "Authorization: " + *login});
        Attempt attempt = attempt_of(answer);
        if (answer && (answer->status == 404 || answer->status == 410))
            attempt.result = Attempt::Result::gone; // RFC 8030, 7.3: the subscription is no more
        return attempt;
    }
    void cancel() override { http_.cancel(); }

  private:
    [[nodiscard]] bool is_allowed(const outgoing::Url& url) const {
        return options_.url.empty() ? is_host_of(options_.provider, url.host) : url.origin == options_.url;
    }

    const ForwarderOptions options_;
    const signing::P256Key key_;
    outgoing::HttpPost http_;
};

/// POSTs JSON to one URL of the site's configuration.
class JsonPost : public Forwarder {
  public:
    explicit JsonPost(const ForwarderOptions& options)
        : url_(options.url), http_({options.ca_file, options.time_limit, false}),
          fields_{"Content-Type: application/json"} {
        if (!options.secret.empty())
            fields_.push_back("Authorization: Bearer " + options.secret);
    }

    Attempt send(const Device& device, const Delivery& delivery, std::int64_t) override {
        json::error_code error;
        const json::value content = json::parse(delivery.content, error);
        if (error || !content.is_object())
            return {Attempt::Result::failed, "what was kept of it cannot be read", 0};
        return attempt_of(http_.post(url_, json::serialize(body_of(device, content.get_object())), fields_));
    }
    void cancel() override { http_.cancel(); }

  private:
    [[nodiscard]] virtual json::object body_of(const Device& device, const json::object& content) const = 0;

    const std::string url_;
    outgoing::HttpPost http_;
    std::vector<std::string> fields_;
};

class Webhook final : public JsonPost {
    using JsonPost::JsonPost;
    [[nodiscard]] json::object body_of(const Device& device, const json::object& content) const override {
        json::object body = content;
        body["device"] = device.id;
        return body;
    }
};

/// Publishing as JSON to the server's root. ntfy knows title and text; a reference goes as a tag, data and picture do not go.
class Ntfy final : public JsonPost {
    using JsonPost::JsonPost;
    [[nodiscard]] json::object body_of(const Device& device, const json::object& content) const override {
        json::object body{{"topic", device.endpoint}};
        if (const auto* title = content.if_contains("title"))
            body["title"] = *title;
        if (const auto* text = content.if_contains("text"))
            body["message"] = *text;
        if (const auto* reference = content.if_contains("reference"))
            body["tags"] = json::array{*reference};
        return body;
    }
};

template <class Kind>
Result<std::unique_ptr<Forwarder>> make_json_post(const ForwarderOptions& options) {
    if (const auto url = outgoing::parse_post_url(options.url); !url)
        return fail(ErrorCode::invalid_input, "url: " + url.error().message);
    if (options.secret.find_first_of("\r\n") != std::string::npos)
        return fail(ErrorCode::invalid_input, "its token has a line break");
    return std::unique_ptr<Forwarder>(std::make_unique<Kind>(options));
}

} // namespace

Result<std::unique_ptr<Forwarder>> make_web_push(const ForwarderOptions& options) {
    if (options.contact.rfind("mailto:", 0) != 0 && options.contact.rfind("https:", 0) != 0)
        return fail(ErrorCode::invalid_input, "contact: '" + options.contact + "' is neither mailto: nor https:");
    ForwarderOptions checked = options;
    if (!options.url.empty()) {
        const auto url = outgoing::parse_post_url(options.url);
        if (!url)
            return fail(ErrorCode::invalid_input, "url: " + url.error().message);
        checked.url = url->origin;
    } else if (!is_known_provider(options.provider)) {
        return fail(ErrorCode::invalid_input, "provider: '" + options.provider +
                                                  "' is none of Mozilla, Google, Apple, Microsoft\n"
                                                  "hint: name the origin of its push service as url");
    }
    auto key = signing::P256Key::parse_pem(options.secret);
    if (!key)
        return fail(std::move(key.error()).within("secret"));
    return std::unique_ptr<Forwarder>(std::make_unique<WebPush>(checked, std::move(*key)));
}

Result<std::unique_ptr<Forwarder>> make_webhook(const ForwarderOptions& options) {
    return make_json_post<Webhook>(options);
}

Result<std::unique_ptr<Forwarder>> make_ntfy(const ForwarderOptions& options) {
    return make_json_post<Ntfy>(options);
}

} // namespace ombud::push
