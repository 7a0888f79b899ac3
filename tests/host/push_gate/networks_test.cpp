#include "outgoing/http_post.hpp"
#include "outgoing/networks.hpp"
#include "gates/push/push_services.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace ombud::push {

using namespace outgoing;

TEST_CASE("a network contains what its bits say", "[networks]") {
    struct Row {
        const char* network;
        const char* address;
        bool contains;
    };
    const Row rows[] = {
        {"10.0.0.0/8", "10.255.255.255", true},   {"10.0.0.0/8", "11.0.0.0", false},
        {"172.16.0.0/12", "172.31.1.1", true},    {"172.16.0.0/12", "172.32.0.0", false},
        {"192.0.2.7", "192.0.2.7", true},         {"192.0.2.7", "192.0.2.6", false},
        {"0.0.0.0/0", "8.8.8.8", true},           {"0.0.0.0/0", "2001:db8::1", false},
        {"fc00::/7", "fd12::1", true},            {"fc00::/7", "fe80::1", false},
        {"::1", "::1", true},                     {"10.0.0.0/8", "::ffff:10.1.2.3", true},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.address << " in " << row.network) {
            CHECK(parse_network(row.network)->contains(parse_address(row.address).value()) == row.contains);
        }
}

TEST_CASE("what is no network is refused with its text", "[networks]") {
    for (const char* text : {"", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "example.org"}) {
        const auto network = parse_network(text);
        REQUIRE_FALSE(network);
        CHECK_THAT(network.error().message, Catch::Contains(std::string("'") + std::string(text).substr(0, std::string(text).find('/'))));
    }
}

TEST_CASE("only addresses of the public internet are public", "[networks]") {
    for (const char* text : {"8.8.8.8", "1.1.1.1", "2606:4700::1111", "172.32.0.1"})
        CHECK(is_public(parse_address(text).value()));
    for (const char* text : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
                             "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
                             "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1"})
        CHECK_FALSE(is_public(parse_address(text).value()));
}

TEST_CASE("a URL to post to is https, or http to this machine", "[networks]") {
    struct Row {
        const char* url;
        const char* origin; ///< empty: refused
    };
    const Row rows[] = {
        {"https://push.example/a/b?c", "https://push.example"},
        {"https://Push.Example:443/", "https://push.example"},
        {"https://push.example:8443/x", "https://push.example:8443"},
        {"https://[fd00::1]:8443/x", "https://[fd00::1]:8443"},
        {"http://127.0.0.1:8080/x", "http://127.0.0.1:8080"},
        {"http://localhost/x", "http://localhost"},
        {"http://push.example/x", ""},
        {"http://127.0.0.1.example.org/", ""},
        {"https://user:pass@push.example/", ""},
        {"https://push.example/#x", ""},
        {"ftp://push.example/", ""},
        {"file:///etc/passwd", ""},
        {"", ""},
        {"https://", ""},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION("'" << row.url << "'") {
            const auto url = parse_post_url(row.url);
            CHECK((url ? url->origin : "") == row.origin);
        }
}

TEST_CASE("a host belongs to its provider's push service or not", "[push_services]") {
    CHECK(is_host_of("Mozilla", "updates.push.services.mozilla.com"));
    CHECK(is_host_of("google", "fcm.googleapis.com"));
    CHECK(is_host_of("Apple", "web.push.apple.com"));
    CHECK_FALSE(is_host_of("Mozilla", "fcm.googleapis.com"));
    CHECK_FALSE(is_host_of("Google", "evil-fcm.googleapis.com"));
    CHECK_FALSE(is_host_of("Apple", "push.apple.com.evil.example"));
    CHECK_FALSE(is_host_of("Mozilla", ".push.services.mozilla.com"));
    CHECK_FALSE(is_known_provider("Somebody"));
}

} // namespace ombud::push
