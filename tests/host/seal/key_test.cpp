#include "seal/sealing_key.hpp"

#include "seal_stage.hpp"
#include "signing/encoding.hpp"

#include <cstdlib>
#include <sys/stat.h>

using namespace ombud;
using namespace ombud::seal;
using Catch::Contains;

namespace {

int mode_of(const std::filesystem::path& file) {
    struct stat found {};
    REQUIRE(::lstat(file.c_str(), &found) == 0);
    return static_cast<int>(found.st_mode & 0777);
}

} // namespace

TEST_CASE("a site's first key is made once, for its owner alone", "[key]") {
    const TempFolder folder;
    const FakeClock clock(SystemClock().utc_ns());

    const auto first = SealingKeys::open(folder / "keys", "depot", {}, clock);
    const auto second = SealingKeys::open(folder / "keys", "depot", {}, clock);

    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->current().certificate == second->current().certificate);
    CHECK(first->current().certificate.subject() == "CN=depot");
    CHECK(mode_of(folder / "keys") == 0700);
    CHECK(mode_of(folder / "keys/0001.key.pem") == 0600);
    REQUIRE(runs(folder / "keys",
                 "openssl x509 -in 0001.cert.pem -noout -text && openssl x509 -in 0001.cert.pem -noout "
                 "-fingerprint -sha256 | tr -d : | tr A-F a-f"));
    CHECK_THAT(read_bytes(folder / "keys/said"), Contains("ASN1 OID: prime256v1") && Contains("Digital Signature") &&
                                                     Contains("CA:FALSE") &&
                                                     Contains(signing::hex(first->current().certificate.sha256())));
}

TEST_CASE("a key under a passphrase is not readable without it", "[key]") {
    const TempFolder folder;
    const FakeClock clock(SystemClock().utc_ns());
    const KeySource source{passphrase, {}, {}};
    REQUIRE(SealingKeys::open(folder / "keys", "depot", source, clock));
    CHECK_THAT(read_bytes(folder / "keys/0001.key.pem"), Contains("BEGIN ENCRYPTED PRIVATE KEY"));

    CHECK(SealingKeys::open(folder / "keys", "depot", source, clock));
    const auto without = SealingKeys::open(folder / "keys", "depot", {}, clock);
    const auto wrong = SealingKeys::open(folder / "keys", "depot", {"another one", {}, {}}, clock);

    REQUIRE_FALSE(without);
    CHECK_THAT(without.error().message, Contains("0001.key.pem: this private key is under a passphrase"));
    REQUIRE_FALSE(wrong);
    CHECK_THAT(wrong.error().message, Contains("the passphrase does not open this private key"));
}

TEST_CASE("a passphrase for a key that is under none is refused, so that nobody believes it protected", "[key]") {
    const TempFolder folder;
    const FakeClock clock(SystemClock().utc_ns());
    REQUIRE(SealingKeys::open(folder / "keys", "depot", {}, clock));

    const auto opened = SealingKeys::open(folder / "keys", "depot", {passphrase, {}, {}}, clock);

    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::invalid_input);
    CHECK_THAT(opened.error().message, Contains("0001.key.pem: a passphrase is given, and this private key is not under any"));
    CHECK(SealingKeys::open(folder / "keys", "depot", {}, clock));
}

TEST_CASE("a secret that its kind of key has not is refused", "[key]") {
    const TempFolder folder;
    const FakeClock clock(SystemClock().utc_ns());
    REQUIRE(SealingKeys::open(folder / "keys", "depot", {}, clock));

    const auto pin_of_a_file = SealingKeys::open(folder / "keys", "depot", {{}, {}, "1234"}, clock);
    const auto passphrase_of_a_token = SealingKeys::open(folder / "keys", "depot", {passphrase, "pkcs11:token=none", {}}, clock);

    REQUIRE_FALSE(pin_of_a_file);
    CHECK_THAT(pin_of_a_file.error().message, Contains("a PIN is given and no token"));
    REQUIRE_FALSE(passphrase_of_a_token);
    CHECK_THAT(passphrase_of_a_token.error().message, Contains("for a key on a token, which has a PIN"));
}

TEST_CASE("after a rotation new seals have the new certificate, and old ones verify", "[key]") {
    SealStage stage;
    const auto old = stage.keys.current().certificate;
    REQUIRE(stage.seal(stage.request()));

    const auto rotated = stage.keys.rotate("yearly", {}, stage.clock);

    REQUIRE(rotated);
    CHECK(rotated->number == 2);
    SealRequest second = stage.request();
    second.folder = stage.folder / "second";
    REQUIRE(stage.seal(second));
    const auto list = SealingKeys::list(stage.folder / "keys").value();
    REQUIRE(list.size() == 2);
    CHECK(list[0].certificate == old);
    CHECK_FALSE(list[0].is_current);
    CHECK(list[1].is_current);
    CHECK(list[1].reason == "yearly");
    CHECK(stage.verify("sealed")->signer == old);
    CHECK(stage.verify("second")->signer == list[1].certificate);
    CHECK(SealingKeys::open(stage.folder / "keys", "depot", {}, stage.clock)->current().certificate ==
          list[1].certificate);
    CHECK(runs(stage.folder / "keys", "openssl cms -verify -inform DER -in 0002.rotation.cms -CAfile 0001.cert.pem"));
    CHECK_THAT(read_bytes(stage.folder / "keys/said"), Contains(signing::hex(list[1].certificate.sha256())));
}

TEST_CASE("a certificate that the key before did not vouch for is refused", "[key]") {
    SealStage stage;
    REQUIRE(stage.keys.rotate("yearly", {}, stage.clock));
    struct Row {
        const char* behaviour;
        const char* change;
        const char* says;
    };
    const Row rows[] = {
        {"another certificate", "cp ../anna.pem 0002.cert.pem", "does not name the certificate that follows"},
        {"no statement", "rm 0002.rotation.cms", "0002.rotation.cms: is missing"},
        {"an altered statement", "printf x | dd of=0002.rotation.cms bs=1 seek=120 conv=notrunc",
         "0002.rotation.cms: "},
        {"another first certificate", "cp ../anna.pem 0001.cert.pem", "is not signed by the key before"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            REQUIRE(runs(stage.folder / "keys", row.change));

            const auto opened = SealingKeys::open(stage.folder / "keys", "depot", {}, stage.clock);

            REQUIRE_FALSE(opened);
            CHECK(opened.error().code == ErrorCode::corrupt);
            CHECK_THAT(opened.error().message, Contains(row.says));
            CHECK_FALSE(SealingKeys::list(stage.folder / "keys"));
        }
    }
}

TEST_CASE("keys that others could use, or that are another's, are refused", "[key]") {
    const SealStage stage;
    struct Row {
        const char* behaviour;
        const char* change;
        const char* says;
    };
    const Row rows[] = {
        {"others may enter the folder", "chmod 750 keys", "others may use the folder"},
        {"others may read the key", "chmod 640 keys/0001.key.pem", "others than its owner may use this private key"},
        {"the key is a link", "mv keys/0001.key.pem k; ln -s ../k keys/0001.key.pem", "is a symbolic link"},
        {"the key is another", "cp anna.key keys/0001.key.pem", "is not the certificate of the sealing key"},
        {"the key is gone", "rm keys/0001.key.pem", "0001.key.pem: no such key file"},
        {"the folder is a file", "rm -r keys; touch keys", "is no folder"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            REQUIRE(runs(stage.folder.path(), row.change));

            const auto opened = SealingKeys::open(stage.folder / "keys", "depot", {}, stage.clock);

            REQUIRE_FALSE(opened);
            CHECK_THAT(opened.error().message, Contains(row.says));
        }
    }
}

TEST_CASE("a key that a crash left without its certificate is taken up, never overwritten", "[key]") {
    SealStage stage;
    REQUIRE(signing::PrivateKey::generate_p256()->save(stage.folder / "keys/0002.key.pem", {}));
    const std::string key = read_bytes(stage.folder / "keys/0002.key.pem");

    REQUIRE(stage.keys.rotate("yearly", {}, stage.clock));

    CHECK(read_bytes(stage.folder / "keys/0002.key.pem") == key);
    CHECK(SealingKeys::open(stage.folder / "keys", "depot", {}, stage.clock));
    CHECK_FALSE(signing::PrivateKey::generate_p256()->save(stage.folder / "keys/0002.key.pem", {}));
}

TEST_CASE("a key on a token signs seals, and never leaves the token", "[key]") {
    SealStage stage;
    write_bytes(stage.folder / "softhsm.conf", "directories.tokendir = " + (stage.folder / "tokens").string() + "\n");
    ::setenv("SOFTHSM2_CONF", (stage.folder / "softhsm.conf").c_str(), 1);
    ::setenv("PKCS11_MODULE_PATH", "/usr/lib/softhsm/libsofthsm2.so", 1);
    const bool is_ready =
        runs(stage.folder.path(),
             "mkdir tokens && softhsm2-util --init-token --free --label seal --so-pin 1234 --pin 567890 && "
             "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out on-token.pem && "
             "softhsm2-util --import on-token.pem --token seal --label site --id 01 --pin 567890");
    INFO(read_bytes(stage.folder / "said"));
    REQUIRE(is_ready);
    const std::string uri = "pkcs11:token=seal;object=site;type=private";
    const auto site = SealingKeys::open(stage.folder / "token-keys", "depot", {{}, uri, "567890"}, stage.clock);
    REQUIRE(site);

    REQUIRE(seal_files(stage.request(), site->current(), stage.clock));

    auto anna = stage.key_of(stage.anna);
    CHECK(verify_seal({stage.folder / "sealed", Trust{{site->current().certificate}, {}, {}}, {}}, anna, stage.clock));
    CHECK(site->current().key.belongs_to(site->current().certificate));
    CHECK(stage.names("token-keys") == std::vector<std::string>{"0001.cert.pem", "lock"});
    const auto saved = site->current().key.save(stage.folder / "stolen.pem", {});
    REQUIRE_FALSE(saved);
    CHECK_FALSE(std::filesystem::exists(stage.folder / "stolen.pem"));

    struct Row {
        const char* behaviour;
        const char* uri;
        const char* pin;
        const char* says;
    };
    const Row rows[] = {
        {"no such key", "pkcs11:token=seal;object=other;type=private", "567890",
         "there is no such key, or the PIN is wrong"},
        {"a PIN in the address", "pkcs11:token=seal;object=site;pin-value=567890", "567890", "must not hold its PIN"},
        {"no address of a token", "file:/key.pem", "567890", "begins with pkcs11:"},
    };
    for (const Row& row : rows) {
        INFO(row.behaviour);
        const auto refused =
            SealingKeys::open(stage.folder / "token-keys", "depot", {{}, row.uri, row.pin}, stage.clock);
        REQUIRE_FALSE(refused);
        CHECK_THAT(refused.error().message, Contains(row.says) && !Contains("567890"));
    }
    const auto rotated = stage.keys.rotate("to a token", {{}, uri, "567890"}, stage.clock);
    REQUIRE(rotated);
    CHECK(rotated->certificate.sha256() != site->current().certificate.sha256());
}
