// tests/host/push_gate/peer checks the same against decoders that are not ours.
#include "signing/base64url.hpp"
#include "signing/digest.hpp"
#include "signing/web_push.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

using namespace ombud;
using namespace ombud::signing;

namespace {

// RFC 8291, appendix A
constexpr auto ua_public = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr auto auth_secret = "BTBZMqHH6r4Tts7J_aSIgg";
constexpr auto as_public = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
constexpr auto as_private = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr auto salt_text = "DGv6ra1nlYgDCS1FRnbzlw";

template <std::size_t N>
std::array<std::uint8_t, N> fixed(const char* text) {
    std::array<std::uint8_t, N> bytes{};
    const auto parsed = parse_base64url(text).value();
    REQUIRE(parsed.size() == N);
    std::copy(parsed.begin(), parsed.end(), bytes.begin());
    return bytes;
}

} // namespace

TEST_CASE("the example of RFC 8291 comes out byte by byte", "[web_push]") {
    const auto keys = PushKeys::parse(ua_public, auth_secret).value();
    const auto sender = P256Key::from_raw(fixed<32>(as_private), fixed<65>(as_public)).value();

    const auto body =
        encrypt_push(keys, "When I grow up, I want to be a watermelon", sender, fixed<16>(salt_text)).value();

    CHECK(base64url(body) == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc"
                             "InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLV"
                             "WGNWQexSgSxsj_Qulcy4a-fN");
}

TEST_CASE("no two pushes share key or salt", "[web_push]") {
    const auto keys = PushKeys::parse(ua_public, auth_secret).value();

    const auto one = encrypt_push(keys, "alarm").value();
    const auto two = encrypt_push(keys, "alarm").value();

    CHECK_FALSE(std::equal(one.begin(), one.begin() + 16, two.begin()));           // salt
    CHECK_FALSE(std::equal(one.begin() + 21, one.begin() + 86, two.begin() + 21)); // key
}

TEST_CASE("the longest push is 4096 bytes, and one byte more is refused", "[web_push]") {
    const auto keys = PushKeys::parse(ua_public, auth_secret).value();

    CHECK(encrypt_push(keys, std::string(push_bytes_max, 'x'))->size() == 4096);
    const auto longer = encrypt_push(keys, std::string(push_bytes_max + 1, 'x'));
    REQUIRE_FALSE(longer);
    CHECK_THAT(longer.error().message, Catch::Contains("3994 bytes"));
}

TEST_CASE("a subscription's keys of another length are refused by name", "[web_push]") {
    CHECK_THAT(PushKeys::parse("AAAA", auth_secret).error().message, Catch::Contains("p256dh: not 65 bytes"));
    CHECK_THAT(PushKeys::parse(ua_public, "AAAA").error().message, Catch::Contains("auth: not 16 bytes"));
}

TEST_CASE("a p256dh that is not on the curve is refused at first use", "[web_push]") {
    auto keys = PushKeys::parse(ua_public, auth_secret).value();
    keys.p256dh[64] ^= 1;
    CHECK_THAT(encrypt_push(keys, "alarm").error().message, Catch::Contains("p256dh"));
}

TEST_CASE("a VAPID field holds the claims and the key", "[web_push]") {
    const auto key = P256Key::generate().value();

    const auto field =
        vapid_authorization(key, "https://push.example", "mailto:it@example.org", 1'800'000'000).value();

    const auto dot = field.find('.');
    const auto end = field.find('.', dot + 1);
    const auto claims = parse_base64url(field.substr(dot + 1, end - dot - 1)).value();
    CHECK(std::string(claims.begin(), claims.end()) ==
          R"({"aud":"https://push.example","exp":1800000000,"sub":"mailto:it@example.org"})");
    CHECK_THAT(field, Catch::StartsWith("vapid t=") && Catch::EndsWith(", k=" + base64url(key.point())));
}

TEST_CASE("a contact that would break out of its claim is refused", "[web_push]") {
    const auto key = P256Key::generate().value();
    CHECK_FALSE(vapid_authorization(key, "https://push.example", R"(mailto:a","exp":9,"x":")", 1'800'000'000));
}
