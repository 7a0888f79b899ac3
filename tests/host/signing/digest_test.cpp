#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace ombud::signing;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples", "[signing]") {
    struct Row {
        const char* behaviour;
        std::string message;
        const char* digest;
    };
    const Row rows[] = {
        {"nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"one block", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"a million letters", std::string(1'000'000, 'a'),
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(hex(sha256(row.message)) == row.digest);
        }
    }
}

TEST_CASE("SHA-256 in pieces is SHA-256 at once, and starts anew after finish", "[signing]") {
    Sha256 hasher;
    hasher.update("a");
    hasher.update("bc");

    CHECK(hasher.finish() == sha256("abc"));
    hasher.update("abc");
    CHECK(hasher.finish() == sha256("abc"));
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231", "[signing]") {
    const auto code = [](const std::vector<std::uint8_t>& key, std::string_view message) {
        return hex(hmac_sha256(key, bytes_of(message)));
    };

    CHECK(code(std::vector<std::uint8_t>(20, 0x0b), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(code({'J', 'e', 'f', 'e'}, "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(code(std::vector<std::uint8_t>(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("constant_time_equal compares content and length", "[signing]") {
    CHECK(constant_time_equal(bytes_of("abc"), bytes_of("abc")));
    CHECK_FALSE(constant_time_equal(bytes_of("abc"), bytes_of("abd")));
    CHECK_FALSE(constant_time_equal(bytes_of("abc"), bytes_of("abcd")));
}

TEST_CASE("a version 7 UUID carries its version, its variant and its time", "[signing]") {
    const auto uuid = uuid_v7(1'645'557'742'000'000'000); // RFC 9562, appendix A.6

    REQUIRE(uuid);
    const std::string text = to_string(*uuid);
    CHECK(text.size() == 36);
    CHECK(text.substr(0, 15) == "017f22e2-79b0-7");
    CHECK_THAT(text.substr(19, 1), Catch::Matches("[89ab]"));
}

TEST_CASE("two UUIDs of the same time differ", "[signing]") {
    CHECK(uuid_v7(0).value() != uuid_v7(0).value());
}
