#include "workshop.hpp"

#include <unistd.h>

namespace ombud::trust {
namespace {

TEST_CASE("a signer's file is read back as it was written", "[signer]") {
    const auto key = signing::SigningKey::generate();
    REQUIRE(key);
    const Signer signer{"acme", TrustLevel::community, false, "2027-12-31", 0, "contract 2026/4", key->public_key(), "/x/acme.pem"};

    const auto read = parse_signer(to_text(signer), signer.file);

    REQUIRE(read);
    CHECK(read->name == "acme");
    CHECK(read->level == TrustLevel::community);
    CHECK_FALSE(read->is_withdrawn);
    CHECK(read->until == "2027-12-31");
    CHECK(read->ends_utc_ns == 1'830'297'600LL * 1'000'000'000); // 2028-01-01T00:00:00Z
    CHECK(read->reason == "contract 2026/4");
    CHECK(read->key == key->public_key());
}

TEST_CASE("a signer's file is refused with its line", "[signer]") {
    const std::string pem = signing::SigningKey::generate()->public_key().pem();
    struct Row {
        const char* behaviour;
        std::string text;
        const char* file;
        const char* says;
    };
    const Row rows[] = {
        {"an empty file", "", "/x/acme.pem", "has no public key"},
        {"no level", pem, "/x/acme.pem", "level '' is not"},
        {"an unknown level", "level: best\n" + pem, "/x/acme.pem", "level 'best' is not"},
        {"unsigned is no level of a key", "level: unsigned\n" + pem, "/x/acme.pem", "level 'unsigned' is not"},
        {"an unknown line", "# ours\nlevle: ours\n" + pem, "/x/acme.pem", "acme.pem:2: 'levle: ours'"},
        {"a level twice", "level: ours\nlevel: community\n" + pem, "/x/acme.pem", "acme.pem:2: level is given twice"},
        {"no day", "level: ours\nuntil: soon\n" + pem, "/x/acme.pem", "until 'soon' is not a day"},
        {"a key that is none", "level: ours\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "/x/acme.pem", "not a public Ed25519 key"},
        {"a name with a space", "level: ours\n" + pem, "/x/ac me.pem", "cannot name a signer"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto read = parse_signer(row.text, row.file);

            REQUIRE_FALSE(read);
            CHECK(read.error().code == ErrorCode::invalid_input);
            CHECK_THAT(read.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a file of the administrator replaces the installation's of the same name", "[signer]") {
    Workshop installed, own;
    installed.trust("ombud", "level: ours\n");
    std::ofstream(own.trust_folder / "ombud.pem") << "level: withdrawn\nreason: not here\n" << installed.key("ombud").public_key().pem();

    const auto both = Signers::read({installed.trust_folder, own.trust_folder});

    REQUIRE(both);
    REQUIRE(both->all().size() == 1);
    CHECK(both->find("ombud")->is_withdrawn);
}

TEST_CASE("one key under two names is refused, since one of them might be withdrawn", "[signer]") {
    Workshop shop;
    shop.trust("acme", "level: ours\n");
    std::filesystem::copy(shop.trust_folder / "acme.pem", shop.trust_folder / "other.pem");

    const auto read = Signers::read({shop.trust_folder});

    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, Catch::Contains("same key as"));
}

TEST_CASE("folders that are not there trust nobody", "[signer]") {
    const TempFolder folder;

    const auto read = Signers::read({folder / "none"});

    REQUIRE(read);
    CHECK(read->all().empty());
}

TEST_CASE("keys that others could have written are refused", "[signer]") {
    Workshop shop;
    shop.trust("acme", "level: ours\n");
    SECTION("the file") { std::filesystem::permissions(shop.trust_folder / "acme.pem", std::filesystem::perms(0664)); }
    SECTION("its folder") { std::filesystem::permissions(shop.trust_folder, std::filesystem::perms(0777)); }
    SECTION("a folder above that") { std::filesystem::permissions(shop.folder.path(), std::filesystem::perms(0777)); }

    const auto read = Signers::read({shop.trust_folder});

    std::filesystem::permissions(shop.folder.path(), std::filesystem::perms(0700));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::refused);
    CHECK_THAT(read.error().message, Catch::Contains("chmod go-w"));
}

} // namespace
} // namespace ombud::trust
