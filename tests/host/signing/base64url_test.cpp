#include "signing/base64url.hpp"

#include <catch2/catch.hpp>
#include <numeric>

using namespace ombud::signing;

TEST_CASE("base64url uses '-' and '_' and no padding", "[base64url]") {
    const std::uint8_t bytes[] = {0xfb, 0xff, 0xbf, 0x01};
    CHECK(base64url(bytes) == "-_-_AQ");
    CHECK(base64url({}).empty());
}

TEST_CASE("what base64url writes reads back, whatever the length", "[base64url]") {
    std::vector<std::uint8_t> bytes(70);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{200});
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const std::span<const std::uint8_t> part(bytes.data(), size);
        const auto text = base64url(part);
        CHECK(parse_base64url(text).value() == std::vector<std::uint8_t>(part.begin(), part.end()));
        CHECK(parse_base64url(text + std::string((4 - text.size() % 4) % 4, '=')).has_value());
    }
}

TEST_CASE("what is no base64url is refused", "[base64url]") {
    for (const char* text : {"A", "AB+/", "AAAA AAAA", "AB", "\xff\xff\xff\xff"})
        CHECK_FALSE(parse_base64url(text));
}
