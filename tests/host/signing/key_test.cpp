#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "signing/key.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sys/stat.h>

using namespace ombud;
using namespace ombud::signing;

TEST_CASE("a public key verifies test 2 of RFC 8032, and nothing beside it", "[key]") {
    const auto key =
        PublicKey::from_raw(parse_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").value());
    REQUIRE(key);
    auto signature = parse_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
                         .value();

    CHECK(key->verifies(bytes_of("r"), signature));
    CHECK_FALSE(key->verifies(bytes_of("s"), signature));
    signature[5] ^= 1;
    CHECK_FALSE(key->verifies(bytes_of("r"), signature));
    CHECK_FALSE(key->verifies(bytes_of("r"), {}));
}

TEST_CASE("a saved key signs as before when it is loaded again", "[key]") {
    const TempFolder folder;
    const auto key = SigningKey::generate();
    REQUIRE(key);
    REQUIRE(key->save(folder / "key.pem"));

    const auto loaded = SigningKey::load(folder / "key.pem");

    REQUIRE(loaded);
    CHECK(loaded->public_key() == key->public_key());
    CHECK(key->public_key().verifies(bytes_of("text"), loaded->sign(bytes_of("text")).value()));
}

TEST_CASE("a key under a passphrase opens with it, and with nothing else", "[key]") {
    const TempFolder folder;
    const auto key = SigningKey::generate();
    REQUIRE(key);
    REQUIRE(key->save(folder / "key.pem", "open sesame"));
    std::ifstream in(folder / "key.pem");
    std::string head;
    std::getline(in, head);
    CHECK(head == "-----BEGIN ENCRYPTED PRIVATE KEY-----");

    const auto loaded = SigningKey::load(folder / "key.pem", "open sesame");
    const auto wrong = SigningKey::load(folder / "key.pem", "open barley");
    const auto none = SigningKey::load(folder / "key.pem");

    REQUIRE(loaded);
    CHECK(loaded->public_key() == key->public_key());
    REQUIRE_FALSE(wrong);
    CHECK_THAT(wrong.error().message, Catch::Contains("does not open"));
    REQUIRE_FALSE(none);
    CHECK_THAT(none.error().message, Catch::Contains("under a passphrase"));
}

TEST_CASE("a key file is made for its owner alone, whatever the umask", "[key]") {
    const TempFolder folder;
    const auto before = ::umask(0);
    REQUIRE(SigningKey::generate()->save(folder / "key.pem"));
    ::umask(before);

    struct stat found {};
    REQUIRE(::stat((folder / "key.pem").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("a key file that others may read or write is refused, with what to do", "[key]") {
    const TempFolder folder;
    REQUIRE(SigningKey::generate()->save(folder / "key.pem"));
    for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0666u}) {
        DYNAMIC_SECTION("mode " << mode) {
            REQUIRE(::chmod((folder / "key.pem").c_str(), mode) == 0);

            const auto loaded = SigningKey::load(folder / "key.pem");

            REQUIRE_FALSE(loaded);
            CHECK(loaded.error().code == ErrorCode::refused);
            CHECK_THAT(loaded.error().message, Catch::Contains("chmod 600"));
        }
    }
}

TEST_CASE("a key file that is a link is refused", "[key]") {
    const TempFolder folder;
    REQUIRE(SigningKey::generate()->save(folder / "key.pem"));
    std::filesystem::create_symlink(folder / "key.pem", folder / "link.pem");

    CHECK(SigningKey::load(folder / "link.pem").error().code == ErrorCode::refused);
}

TEST_CASE("a key is never overwritten", "[key]") {
    const TempFolder folder;
    REQUIRE(SigningKey::generate()->save(folder / "key.pem"));

    const auto saved = SigningKey::generate()->save(folder / "key.pem");

    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == ErrorCode::refused);
}

TEST_CASE("what is not a key is said to be none", "[key]") {
    const TempFolder folder;
    CHECK(SigningKey::load(folder / "missing.pem").error().code == ErrorCode::not_found);

    for (const char* content : {"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
        DYNAMIC_SECTION("'" << content << "'") {
            std::ofstream(folder / "key.pem") << content;
            REQUIRE(::chmod((folder / "key.pem").c_str(), 0600) == 0);

            CHECK(SigningKey::load(folder / "key.pem").error().code == ErrorCode::invalid_input);
            CHECK(PublicKey::parse_pem(content).error().code == ErrorCode::invalid_input);
        }
    }
}

TEST_CASE("a public key comes back from its PEM", "[key]") {
    const auto key = SigningKey::generate();

    const auto parsed = PublicKey::parse_pem(key->public_key().pem());

    REQUIRE(parsed);
    CHECK(*parsed == key->public_key());
}
