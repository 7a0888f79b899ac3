#include <catch2/catch.hpp>

#include "gates/stream/digest_access.hpp"
#include "gates/stream/transport.hpp"
#include "gates/stream/url.hpp"

using namespace ombud;
using namespace ombud::stream;

TEST_CASE("a transport by channels and one by ports are told apart, in order") {
    const auto ways = parse_transport("RTP/AVP/TCP;unicast;interleaved=2-3;mode=\"PLAY\", RTP/AVP;unicast;client_port=5000-5001");

    REQUIRE(ways);
    REQUIRE(ways->size() == 2);
    CHECK((*ways)[0].carrier == Transport::Carrier::interleaved);
    CHECK((*ways)[0].channels == Pair{2, 3});
    CHECK((*ways)[1].client_ports == Pair{5000, 5001});
    CHECK((*ways)[0].text() == "RTP/AVP/TCP;unicast;interleaved=2-3;mode=\"PLAY\"");
}

TEST_CASE("multicast and what is not RTP are not carried, and a destination elsewhere is not followed") {
    CHECK(parse_transport("RTP/AVP;multicast;port=5000-5001, RAW/RAW/UDP;unicast;client_port=1-2")->empty());
    CHECK((*parse_transport("RTP/AVP;unicast;destination=203.0.113.9;client_port=6-7"))[0].text() == "RTP/AVP;unicast;client_port=6-7");
}

TEST_CASE("numbers out of range in a transport are refused") {
    for (const char* header : {"RTP/AVP/TCP;interleaved=254-256", "RTP/AVP;client_port=0-1", "RTP/AVP;client_port=65535",
                               "RTP/AVP;client_port=x-y", "RTP/AVP/TCP;interleaved=3-3", "RTP/AVP/TCP;interleaved="}) {
        INFO(header);
        CHECK_FALSE(parse_transport(header));
    }
}

TEST_CASE("URLs of cameras are taken apart, and wrong ones refused with why") {
    const auto url = parse_url("rtsp://[2001:db8::1]:8554/live?profile=1");
    REQUIRE(url);
    CHECK(url->host == "2001:db8::1");
    CHECK(url->port == 8554);
    CHECK(url->path == "/live?profile=1");
    CHECK(url->origin == "rtsp://[2001:db8::1]:8554");
    CHECK(parse_url("rtsps://cam/x")->port == 322);
    CHECK(parse_url("rtsps://cam/x")->is_tls);
    for (const char* wrong : {"http://cam/", "rtsp://", "rtsp://user:secret@cam/", "rtsp://cam:0/", "rtsp://cam:70000/", "rtsp://[::1/", "cam"}) {
        INFO(wrong);
        CHECK_FALSE(parse_url(wrong));
    }
}

TEST_CASE("control names are resolved as cameras mean them") {
    CHECK(resolve_control("rtsp://c/s?p=1", "trackID=1") == "rtsp://c/s?p=1/trackID=1");
    CHECK(resolve_control("rtsp://c/s/", "trackID=1") == "rtsp://c/s/trackID=1");
    CHECK(resolve_control("rtsp://c/s", "*") == "rtsp://c/s");
    CHECK(resolve_control("rtsp://c/s", "rtsp://d/t") == "rtsp://d/t");
}

TEST_CASE("digests equal the examples of RFC 7616 and RFC 2069's form") {
    DigestInput in{Algorithm::md5,      "Mufasa", "http-auth@example.org", "Circle of Life", "GET", "/dir/index.html",
                   "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "auth", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "00000001"};
    CHECK(digest_response(in) == "8ca523f5e9506fed4657c9700eebdbec");
    in.algorithm = Algorithm::sha256;
    CHECK(digest_response(in) == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    // Checked with `printf` and md5sum.
    CHECK(digest_response({Algorithm::md5, "admin", "cam", "pw", "DESCRIBE", "rtsp://c/s", "abc", "", "", ""}) ==
          "44105bdd53dc48223d18d69f7fce83db");
}

TEST_CASE("of several challenges the strongest is answered") {
    auto challenge = Challenge::choose({"Basic realm=\"cam\"", "Digest realm=\"cam\", nonce=\"n\", algorithm=MD5",
                                        "Digest realm=\"cam\", qop=\"auth,auth-int\", nonce=\"n\", algorithm=SHA-256, opaque=\"o\""});
    REQUIRE(challenge);
    CHECK(challenge->name() == "Digest SHA-256");
    const std::string first = challenge->authorization("u", "p", "PLAY", "rtsp://c", "cn");
    CHECK_THAT(first, Catch::Contains("nc=00000001") && Catch::Contains("opaque=\"o\"") && Catch::Contains("qop=auth,"));
    CHECK_THAT(challenge->authorization("u", "p", "PLAY", "rtsp://c", "cn"), Catch::Contains("nc=00000002"));
    CHECK_FALSE(Challenge::choose({"Negotiate", "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256"}));
}

TEST_CASE("Basic is spoken where a camera offers nothing else") {
    auto challenge = Challenge::choose({"Basic realm=\"cam\""});
    REQUIRE(challenge);
    CHECK(challenge->authorization("Aladdin", "open sesame", "PLAY", "x", "") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_CASE("headers of authentication that are none are refused") {
    for (const char* header : {"", "Digest realm,", "Digest realm=\"x", "Digest =x", "Digest a=\"b\" c=\"d\""}) {
        INFO(header);
        CHECK_FALSE(parse_auth(header));
    }
}

namespace {

struct GuardStage {
    std::vector<Guard::Login> logins{{"vms", "secret"}};
    Guard guard{logins, 1'000};

    /// What a client of the gate sends.
    std::string authorization(const char* password, std::int64_t now, std::string_view method = "DESCRIBE", bool renewed = false) {
        if (!challenge || renewed) {
            challenges = *guard.challenges(renewed, now);
            std::vector<std::string_view> views(challenges.begin(), challenges.end());
            challenge = *Challenge::choose(views);
        }
        return challenge->authorization("vms", password, method, "rtsp://g/a", "cn");
    }
    std::vector<std::string> challenges;
    std::optional<Challenge> challenge;
};

} // namespace

TEST_CASE("a right answer to the gate's challenge logs in, once") {
    GuardStage stage;
    const std::string right = stage.authorization("secret", 0);

    const Guard::Seen seen = stage.guard.check(right, "DESCRIBE", 10);

    CHECK(seen.standing == Guard::Standing::right);
    CHECK(seen.name == "vms");
    CHECK(stage.guard.check(right, "DESCRIBE", 20).standing == Guard::Standing::stale); // replayed
}

TEST_CASE("a wrong password, another method and no challenge are wrong") {
    GuardStage stage;

    CHECK(stage.guard.check(stage.authorization("guess", 0), "DESCRIBE", 10).standing == Guard::Standing::wrong);
    CHECK(stage.guard.check(stage.authorization("secret", 0), "PLAY", 10).standing == Guard::Standing::wrong);
    CHECK(stage.guard.check("Basic dm1zOnNlY3JldA==", "DESCRIBE", 10).standing == Guard::Standing::wrong);
    CHECK(stage.guard.check("", "DESCRIBE", 10).standing == Guard::Standing::absent);
    GuardStage other;
    CHECK(other.guard.check(stage.authorization("secret", 0), "DESCRIBE", 10).standing == Guard::Standing::wrong);
}

TEST_CASE("a nonce grows too old, and a new one is told as stale") {
    GuardStage stage;

    CHECK(stage.guard.check(stage.authorization("secret", 0), "DESCRIBE", 2'000).standing == Guard::Standing::stale);
    CHECK(stage.guard.check(stage.authorization("secret", 2'000, "DESCRIBE", true), "DESCRIBE", 2'100).standing == Guard::Standing::right);
    CHECK_THAT(stage.challenges[0], Catch::Contains("stale=true"));
}
