#include "gates/push/forwarder.hpp"
#include "signing/p256.hpp"

#include <catch2/catch.hpp>

namespace ombud::push {
namespace {

ForwarderOptions of(ForwarderKind kind) {
    ForwarderOptions options;
    options.id = "phones";
    options.kind = kind;
    options.provider = "us";
    options.country = "DE";
    options.url = kind == ForwarderKind::mqtt ? "mqtts://broker.example:8883" : "https://push.example/";
    options.topic = "ombud/push";
    options.contact = "mailto:it@example.org";
    if (kind == ForwarderKind::web_push)
        options.secret = signing::P256Key::generate()->pem();
    return options;
}

} // namespace

TEST_CASE("a forwarder of each kind can be made of what the site says", "[forwarder]") {
    for (const auto kind :
         {ForwarderKind::web_push, ForwarderKind::webhook, ForwarderKind::ntfy, ForwarderKind::mqtt})
        CHECK(make_forwarder(of(kind)).has_value());
}

TEST_CASE("a forwarder that lacks something is refused with its id and what", "[forwarder]") {
    ForwarderOptions options = of(ForwarderKind::webhook);
    std::string says;
    SECTION("no provider (PUSH-6)") {
        options.provider.clear();
        says = "provider";
    }
    SECTION("no country (PUSH-6)") {
        options.country.clear();
        says = "country";
    }
    SECTION("http to somewhere") {
        options.url = "http://push.example/";
        says = "url: the URL is not https";
    }
    SECTION("a token that would add a field") {
        options.secret = "a\r\nX: y";
        says = "line break";
    }
    SECTION("Web Push by a provider whose hosts nobody knows") {
        options = of(ForwarderKind::web_push);
        options.url.clear();
        says = "'us' is none of Mozilla";
    }
    SECTION("Web Push without a contact") {
        options = of(ForwarderKind::web_push);
        options.contact.clear();
        says = "contact";
    }
    SECTION("Web Push without its key") {
        options = of(ForwarderKind::web_push);
        options.secret = "token";
        says = "secret: not an unencrypted private key";
    }
    SECTION("MQTT without TLS to somewhere") {
        options = of(ForwarderKind::mqtt);
        options.url = "mqtt://broker.example";
        says = "only this machine's broker";
    }
    SECTION("MQTT to no broker") {
        options = of(ForwarderKind::mqtt);
        options.url = "https://broker.example";
        says = "is not mqtts";
    }
    SECTION("MQTT to every topic") {
        options = of(ForwarderKind::mqtt);
        options.topic = "ombud/#";
        says = "topic: 'ombud/#'";
    }
    const auto made = make_forwarder(options);
    REQUIRE_FALSE(made);
    CHECK_THAT(made.error().message, Catch::StartsWith("forwarder phones: ") && Catch::Contains(says));
}

} // namespace ombud::push
