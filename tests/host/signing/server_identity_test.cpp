#include "signing/cms/server_identity.hpp"

#include "openssl_program.hpp"

#include <filesystem>

using namespace ombud;
using namespace ombud::signing;
using Catch::Contains;

namespace {

/// Two files, renewed as a test says, and what was shown of them.
struct Stage {
    TempFolder folder;
    std::filesystem::path certificate = folder / "live.pem", key = folder / "live.key";
    std::vector<std::string> shown; ///< chains
    IdentityFiles files{certificate, key};

    Stage() {
        for (const char* name : {"first", "second"})
            Person::make(folder.path(), name, "ec -pkeyopt ec_paramgen_curve:P-256");
        install("first", "first");
    }
    /// As a renewal does: another file under the name.
    void install(const std::string& certificate_of, const std::string& key_of) const {
        REQUIRE(runs(folder.path(), "cp -p " + certificate_of + ".pem fresh && mv fresh live.pem && cp -p " + key_of + ".key fresh && mv fresh live.key"));
    }
    Result<bool> look(Looking looking = Looking::settled) {
        return files.look(looking, [this](const ServerIdentity& identity) -> Result<void> {
            shown.push_back(identity.chain_pem);
            return {};
        });
    }
    std::string pem(const std::string& name) const { return read_bytes(folder / (name + ".pem")); }
};

} // namespace

TEST_CASE("a pair is shown once, and again when another lies in its files", "[identity]") {
    Stage stage;

    CHECK(stage.look().value());
    CHECK_FALSE(stage.look().value());
    stage.install("second", "second");
    CHECK(stage.look().value());
    CHECK_FALSE(stage.look().value());

    CHECK(stage.shown == std::vector{stage.pem("first"), stage.pem("second")});
    CHECK(stage.files.shown()->pem() == stage.pem("second"));
}

TEST_CASE("the same pair written anew is no other", "[identity]") {
    Stage stage;
    REQUIRE(stage.look());

    stage.install("first", "first");

    CHECK_FALSE(stage.look().value());
    CHECK(stage.shown.size() == 1);
}

TEST_CASE("a pair that is half renewed is told of when it stays so, and what was shown stays", "[identity]") {
    Stage stage;
    REQUIRE(stage.look());
    stage.install("second", "first");

    const auto at_first = stage.look();
    const auto later = stage.look();
    stage.install("second", "second");
    const auto then = stage.look();

    CHECK_FALSE(at_first.value());
    REQUIRE_FALSE(later);
    CHECK_THAT(later.error().message, Contains("live.key: not the private key") && Contains("over another key"));
    CHECK(then.value());
    CHECK(stage.shown == std::vector{stage.pem("first"), stage.pem("second")});
}

TEST_CASE("whoever asks at once is told at once", "[identity]") {
    Stage stage;
    REQUIRE(stage.look());
    stage.install("second", "first");

    CHECK_FALSE(stage.look(Looking::at_once));
}

TEST_CASE("a pair that cannot be shown is not taken for the one that is", "[identity]") {
    Stage stage;
    REQUIRE(stage.look());
    stage.install("second", "second");

    for (int again = 0; again < 2; ++again) {
        const auto looked = stage.files.look(Looking::at_once, [](const ServerIdentity&) -> Result<void> { return fail(ErrorCode::invalid_input, "too small"); });
        REQUIRE_FALSE(looked);
        CHECK(looked.error().message == "too small");
    }

    CHECK(stage.files.shown()->pem() == stage.pem("first"));
    CHECK(stage.look().value());
}

TEST_CASE("a pair that no server can show is refused with its file and what is wrong", "[identity]") {
    struct Row {
        const char* behaviour;
        const char* command; ///< what is done to live.pem and live.key
        const char* says;
    };
    const Row rows[] = {
        {"no certificate", "rm live.pem", "live.pem: no such certificate"},
        {"no key", "rm live.key", "live.key: no such private key"},
        {"a key that others may read", "chmod 640 live.key", "live.key: others than its owner may use this private key"},
        {"a key under a passphrase, without a prompt", "openssl pkey -aes256 -passout pass:secret -in first.key -out live.key", "it is under a passphrase"},
        {"no certificate in its file", "cp first.key live.pem", "live.pem: not a certificate in PEM"},
        {"no key in its file", "cp first.pem live.key; chmod 600 live.key", "no private key in PEM"},
        {"half a certificate", "head -c 300 first.pem > live.pem", "live.pem: not a certificate in PEM"},
        {"a folder", "rm live.pem; mkdir live.pem", "live.pem: is no plain file"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            Stage stage;
            REQUIRE(runs(stage.folder.path(), row.command));

            const auto looked = stage.look(Looking::at_once);

            REQUIRE_FALSE(looked);
            CHECK_THAT(looked.error().message, Contains(row.says));
            CHECK(stage.shown.empty());
        }
}

TEST_CASE("a key of any kind that TLS knows is taken", "[identity]") {
    for (const char* kind : {"rsa:2048", "ed25519", "ec -pkeyopt ec_paramgen_curve:P-384"})
        DYNAMIC_SECTION(kind) {
            Stage stage;
            REQUIRE(runs(stage.folder.path(), std::string("openssl req -x509 -newkey ") + kind + " -nodes -days 2 -subj /CN=a -keyout live.key -out live.pem; chmod 600 live.key"));

            CHECK(stage.look(Looking::at_once).value());
        }
}
