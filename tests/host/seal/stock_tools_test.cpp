// What README.txt in a seal tells to do, done by a shell: nothing of ours opens or verifies here.
#include "seal/seal.hpp"

#include "seal_stage.hpp"

using namespace ombud;
using namespace ombud::seal;
using Catch::Contains;

namespace {

/// The indented lines of README.txt that stand for one way of opening.
std::vector<std::string> commands(const std::filesystem::path& sealed, bool by_certificate) {
    std::vector<std::string> all;
    std::ifstream in(sealed / "README.txt");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("    ") && line.find("ombud seal open") == std::string::npos &&
            line.find(by_certificate ? "-pwri_password" : "-recip") == std::string::npos)
            all.push_back(line.substr(4));
    return all;
}

/// Carries them out in a copy of the seal; @return what they said
std::string follow(const SealStage& stage, bool by_certificate, const std::string& sealed = "sealed") {
    const auto copy = stage.folder / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(stage.folder / sealed, copy);
    REQUIRE(runs(copy, "cp ../anna.pem CERT.pem; cp ../anna.key KEY.pem; cp ../keys/0001.cert.pem SITE.pem"));
    std::string script = "set -e\n";
    for (std::string line : commands(stage.folder / sealed, by_certificate)) {
        if (const auto at = line.find("PASSPHRASE"); at != std::string::npos)
            line.replace(at, 10, passphrase);
        script += line + "\n";
    }
    write_bytes(stage.folder / "script", script);
    (void)runs(copy, "sh ../script");
    return read_bytes(copy / "said");
}

} // namespace

TEST_CASE("a seal is opened and verified by the commands in its README.txt alone", "[stock]") {
    const SealStage stage;
    SealRequest request = stage.request();
    request.files.push_back(stage.input("empty", ""));
    request.recipients.passphrase = passphrase;
    REQUIRE(stage.seal(request));
    for (const bool by_certificate : {true, false}) {
        const std::string said = follow(stage, by_certificate);

        INFO(said);
        CHECK_THAT(said, Contains("CMS Verification successful") && Contains("README.txt: OK") &&
                             Contains("file-0001.part-00003.cms: OK") && Contains("file-0003: OK"));
        CHECK_THAT(said, !Contains("BAD") && !Contains("FAILED"));
        CHECK(read_bytes(stage.folder / "copy/file-0001") == content_of(2'500));
        CHECK(read_bytes(stage.folder / "copy/file-0002") == content_of(1'001, 2));
        CHECK(read_bytes(stage.folder / "copy/file-0003").empty());
        CHECK_THAT(read_bytes(stage.folder / "copy/manifest.json"), Contains("\"name\": \"Hof 1 – Nacht.mkv\""));
    }
}

TEST_CASE("stock tools find what was altered", "[stock]") {
    const SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    struct Row {
        const char* behaviour;
        const char* change;
        const char* says;
    };
    const Row rows[] = {
        {"a byte of a part", "printf x | dd of=file-0001.part-00002.cms bs=1 seek=1000 conv=notrunc 2>/dev/null",
         "BAD: file-0001.part-00002.cms"},
        {"exchanged parts",
         "mv file-0001.part-00001.cms x; mv file-0001.part-00002.cms file-0001.part-00001.cms; "
         "mv x file-0001.part-00002.cms",
         "file-0001: FAILED"},
        {"the instructions", "echo '# more' >> README.txt", "README.txt: FAILED"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            REQUIRE(runs(stage.folder / "sealed", row.change));

            const std::string said = follow(stage, true);

            CHECK_THAT(said, Contains(row.says));
        }
    }
}

TEST_CASE("stock tools refuse a manifest that another site signed", "[stock]") {
    const SealStage stage;
    const FakeClock clock(stage.clock.utc_ns());
    const auto other = SealingKeys::open(stage.folder / "other-keys", "depot", {}, clock).value();
    REQUIRE(seal_files(stage.request(), other.current(), clock));

    CHECK_THAT(follow(stage, true), Contains("Verification failure") && !Contains("CMS Verification successful"));
}

TEST_CASE("a time stamp of a real authority is kept in the seal and verified, by stock tools too", "[stock]") {
    SealStage stage;
    write_bytes(stage.folder / "tsa.cnf", "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_digest=sha256\n"
                                          "default_policy=1.2.3.4\ndigests=sha256\n");
    REQUIRE(runs(stage.folder.path(),
                 "openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -subj /CN=tsa "
                 "-days 30 -addext extendedKeyUsage=critical,timeStamping && echo 01 > serial"));
    stage.clock.set_utc_ns(SystemClock().utc_ns()); // the authority's certificate is valid from now
    const auto authority = signing::Certificate::read_all(stage.folder / "tsa.pem", 1).value();
    SealRequest request = stage.request();
    request.time_stamp = [&](const std::string& query) -> Result<std::string> {
        write_bytes(stage.folder / "query", query);
        REQUIRE(runs(stage.folder.path(),
                     "openssl ts -reply -config tsa.cnf -queryfile query -signer tsa.pem -inkey tsa.key -out "
                     "answer"));
        return read_bytes(stage.folder / "answer");
    };
    const auto sealed = stage.seal(request);
    REQUIRE(sealed);
    CHECK(sealed->time_stamped_at_utc_ns / 1'000'000'000 >= sealed->sealed_at_utc_ns / 1'000'000'000);
    auto key = stage.key_of(stage.anna);
    Trust trust = stage.trust();

    SECTION("by us") {
        CHECK(verify_seal({request.folder, trust, {}}, key, stage.clock)->time_stamped_at_utc_ns == 0);
        trust.time_stampers = authority;
        CHECK(verify_seal({request.folder, trust, {}}, key, stage.clock)->time_stamped_at_utc_ns ==
              sealed->time_stamped_at_utc_ns);
        trust.time_stampers = {stage.ben.certificate};
        const auto refused = verify_seal({request.folder, trust, {}}, key, stage.clock);
        REQUIRE_FALSE(refused);
        CHECK_THAT(refused.error().message,
                   Contains("manifest.tsr.cms: the time stamp is of an authority that is not trusted"));
    }
    SECTION("by stock tools") {
        std::filesystem::copy(stage.folder / "tsa.pem", stage.folder / "sealed/TSA.pem");
        CHECK_THAT(follow(stage, true), Contains("Verification: OK") && Contains("CMS Verification successful") &&
                                            Contains("file-0002: OK"));
    }
    SECTION("of an authority that is not trusted it is refused when it is made") {
        request.folder = stage.folder / "second";
        request.time_stampers = {stage.ben.certificate};
        const auto refused = stage.seal(request);
        REQUIRE_FALSE(refused);
        CHECK_THAT(refused.error().message, Contains("time stamp: the time stamp is of an authority that is not trusted"));
        CHECK_FALSE(std::filesystem::exists(request.folder));
        request.time_stampers = authority;
        CHECK(stage.seal(request));
    }
    SECTION("where it is not required, a seal without it is whole, and says why") {
        request.folder = stage.folder / "second";
        request.is_time_stamp_required = false;
        request.time_stamp = [](const std::string&) -> Result<std::string> { return fail(ErrorCode::unavailable, "nobody there"); };
        const auto without = stage.seal(request);
        REQUIRE(without);
        CHECK(without->time_stamp_missing == "nobody there");
        CHECK(without->time_stamped_at_utc_ns == 0);
        trust.time_stampers = authority;
        const auto opened = verify_seal({request.folder, trust, {}}, key, stage.clock);
        REQUIRE(opened);
        CHECK(opened->time_stamped_at_utc_ns == 0);
        CHECK_FALSE(std::filesystem::exists(request.folder / "manifest.tsr.cms"));
    }
    SECTION("one that is taken away is missed") {
        std::filesystem::remove(request.folder / "manifest.tsr.cms");
        CHECK_THAT(verify_seal({request.folder, trust, {}}, key, stage.clock).error().message,
                   Contains("manifest.tsr.cms: is missing"));
    }
    SECTION("one of another seal is refused") {
        request.folder = stage.folder / "second";
        REQUIRE(stage.seal(request));
        std::filesystem::copy_file(stage.folder / "second/manifest.tsr.cms", stage.folder / "sealed/manifest.tsr.cms",
                                   std::filesystem::copy_options::overwrite_existing);
        for (const bool is_trusted : {false, true}) {
            trust.time_stampers = is_trusted ? authority : std::vector<signing::Certificate>();
            const auto refused = verify_seal({stage.folder / "sealed", trust, {}}, key, stage.clock);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == ErrorCode::corrupt);
        }
    }
}

TEST_CASE("a time stamp over something else, or refused, ends the sealing", "[stock]") {
    const SealStage stage;
    write_bytes(stage.folder / "tsa.cnf", "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_digest=sha256\n"
                                          "default_policy=1.2.3.4\ndigests=sha256\n");
    REQUIRE(runs(stage.folder.path(),
                 "openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -subj /CN=tsa "
                 "-days 30 -addext extendedKeyUsage=critical,timeStamping && echo 01 > serial && "
                 "openssl ts -query -data tsa.cnf -sha256 -cert -out other-query && "
                 "openssl ts -query -data tsa.cnf -sha512 -cert -out bad-query"));
    struct Row {
        const char* behaviour;
        const char* query;
        const char* says;
    };
    const Row rows[] = {{"of other bytes", "other-query", "is not to what was asked"},
                        {"a refusal", "bad-query", "granted none"}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            SealRequest request = stage.request();
            request.time_stamp = [&](const std::string&) -> Result<std::string> {
                (void)runs(stage.folder.path(), std::string("openssl ts -reply -config tsa.cnf -queryfile ") +
                                                    row.query + " -signer tsa.pem -inkey tsa.key -out answer");
                return read_bytes(stage.folder / "answer");
            };

            const auto sealed = stage.seal(request);

            REQUIRE_FALSE(sealed);
            CHECK_THAT(sealed.error().message, Contains("time stamp: ") && Contains(row.says));
            CHECK(stage.left_nothing());
        }
    }
}
