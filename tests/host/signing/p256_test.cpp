#include "signing/p256.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace ombud;
using namespace ombud::signing;

TEST_CASE("two keys agree on one secret, a third one on another", "[p256]") {
    const auto anna = P256Key::generate().value();
    const auto ben = P256Key::generate().value();
    const auto carl = P256Key::generate().value();

    CHECK(anna.agree(ben.point()).value() == ben.agree(anna.point()).value());
    CHECK(anna.agree(carl.point()).value() != anna.agree(ben.point()).value());
}

TEST_CASE("a point that is not on the curve is refused, not used", "[p256]") {
    const auto key = P256Key::generate().value();
    auto point = P256Key::generate()->point();
    SECTION("a bit of y") { point[64] ^= 1; }
    SECTION("all zeros") { point.fill(0); }
    SECTION("another form") { point[0] = 2; }

    const auto secret = key.agree(point);

    REQUIRE_FALSE(secret);
    CHECK(secret.error().code == ErrorCode::invalid_input);
}

TEST_CASE("a P-256 key is the same when its PEM is read again", "[p256]") {
    const auto key = P256Key::generate().value();
    CHECK(P256Key::parse_pem(key.pem())->point() == key.point());
}

TEST_CASE("a PEM that is no P-256 key is refused with how to make one", "[p256]") {
    const char* const ed25519 = "-----BEGIN PRIVATE KEY-----\n"
                                "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                "-----END PRIVATE KEY-----\n";
    for (const std::string& pem : {std::string(ed25519), std::string("nothing"), std::string()}) {
        const auto key = P256Key::parse_pem(pem);
        REQUIRE_FALSE(key);
        CHECK_THAT(key.error().message, Catch::Contains("openssl genpkey"));
    }
}

TEST_CASE("a scalar and a point that do not belong together are no key", "[p256]") {
    const std::array<std::uint8_t, 32> scalar{1};
    CHECK_FALSE(P256Key::from_raw(scalar, P256Key::generate()->point()));
}
