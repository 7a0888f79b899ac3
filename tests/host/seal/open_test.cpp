#include "seal/open.hpp"

#include "seal_stage.hpp"
#include "signing/cms/signed_message.hpp"
#include "signing/encoding.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace ombud;
using namespace ombud::seal;
using Catch::Contains;

namespace {

/// Changes a seal, opens it, and tells what was said; nothing may be left of it.
Error refusal(const SealStage& stage, const std::string& sealed = "sealed") {
    const auto verified = stage.verify(sealed);
    const auto opened = stage.open(sealed);
    REQUIRE_FALSE(verified);
    REQUIRE_FALSE(opened);
    CHECK(verified.error().message == opened.error().message);
    CHECK_FALSE(std::filesystem::exists(stage.folder / "opened"));
    CHECK(stage.left_nothing());
    return opened.error();
}

/// A seal whose manifest was changed by the site itself, or by whoever has its key.
void reseal_manifest(const SealStage& stage, const std::function<void(std::string&)>& change, const SealingKey& key) {
    const auto file = stage.folder / "sealed/manifest.cms";
    const std::string sealed = read_bytes(file);
    const auto bytes = signing::bytes_of(sealed);
    auto anna = stage.key_of(stage.anna);
    auto reader = signing::EnvelopeReader::open(bytes, bytes.last(18), bytes.size(), anna).value();
    std::vector<std::uint8_t> content(reader.layout().content_bytes);
    REQUIRE(reader.decrypt(bytes.subspan(reader.layout().content_begin, content.size()), content.data()));
    auto message = signing::verify_message(content).value();
    std::string text(message.message.begin(), message.message.end());
    change(text);

    const auto recipients = signing::EnvelopeRecipients::create({stage.anna.certificate}, {}).value();
    auto writer = signing::EnvelopeWriter::begin(recipients).value();
    const std::string wrapping_before = signing::hex(reader.layout().wrapping_sha256);
    if (const auto at = text.find(wrapping_before); at != std::string::npos)
        text.replace(at, wrapping_before.size(), signing::hex(writer.wrapping_sha256()));
    auto signed_again =
        signing::sign_message(signing::bytes_of(text), key.key, key.certificate, stage.clock.utc_ns()).value();
    std::vector<std::uint8_t> out = writer.head(signed_again.size());
    REQUIRE(writer.encrypt(signed_again, signed_again.data()));
    const auto tail = writer.finish().value();
    out.insert(out.end(), signed_again.begin(), signed_again.end());
    out.insert(out.end(), tail.begin(), tail.end());
    write_bytes(file, {reinterpret_cast<const char*>(out.data()), out.size()});
}

std::function<void(std::string&)> replacing(std::string from, std::string to) {
    return [=](std::string& text) {
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
    };
}

} // namespace

TEST_CASE("a seal that is not whole, or not itself, is refused by name", "[open]") {
    const SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    SealRequest other = stage.request();
    other.folder = stage.folder / "other";
    REQUIRE(stage.seal(other));
    struct Row {
        const char* behaviour;
        const char* change; // in the sealed folder
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"the manifest is missing", "rm manifest.cms", ErrorCode::not_found, "is no seal: it has no manifest.cms"},
        {"a part is missing", "rm file-0001.part-00002.cms", ErrorCode::corrupt,
         "file-0001.part-00002.cms: is missing"},
        {"the instructions are missing", "rm README.txt", ErrorCode::corrupt, "README.txt: is missing"},
        {"the instructions are others", "echo run this >> README.txt", ErrorCode::corrupt, "README.txt: was altered"},
        {"a part is cut off", "truncate -s -1 file-0002.part-00001.cms", ErrorCode::corrupt, "it is cut off"},
        {"a part is longer", "echo >> file-0002.part-00001.cms", ErrorCode::corrupt, "bytes instead of"},
        {"the manifest is cut off", "truncate -s -1 manifest.cms", ErrorCode::corrupt, "manifest.cms: "},
        {"the manifest is empty", ": > manifest.cms", ErrorCode::corrupt, "manifest.cms: "},
        {"two parts are exchanged",
         "mv file-0001.part-00001.cms x; mv file-0001.part-00002.cms file-0001.part-00001.cms; "
         "mv x file-0001.part-00002.cms",
         ErrorCode::corrupt, "file-0001.part-00001.cms: is not the part that the manifest names"},
        {"a part is of another export", "cp ../other/file-0001.part-00003.cms .", ErrorCode::corrupt,
         "file-0001.part-00003.cms: is not the part that the manifest names"},
        {"the manifest is of another export", "cp ../other/manifest.cms .", ErrorCode::corrupt,
         "file-0001.part-00001.cms: is not the part that the manifest names"},
        {"a part is a link", "mv file-0001.part-00001.cms x; ln -s x file-0001.part-00001.cms", ErrorCode::refused,
         "file-0001.part-00001.cms: is a symbolic link"},
        {"a part is a folder", "rm file-0001.part-00001.cms; mkdir file-0001.part-00001.cms", ErrorCode::refused,
         "file-0001.part-00001.cms: is not a plain file"},
        {"a stamp is slipped in", "cp manifest.cms manifest.tsr.cms", ErrorCode::corrupt, "knows of no time stamp"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            REQUIRE(runs(stage.folder / "sealed", row.change));

            const Error error = refusal(stage);

            CHECK(error.code == row.code);
            CHECK_THAT(error.message, Contains(row.says));
        }
    }
}

TEST_CASE("any one changed bit of any file of a seal is found", "[open]") {
    const SealStage stage;
    SealRequest request = stage.request();
    request.files = {stage.input("a", "some bytes"), stage.input("b", "")};
    REQUIRE(stage.seal(request));
    auto key = stage.key_of(stage.anna);
    for (const std::string& name : stage.names("sealed")) {
        const auto file = stage.folder / "sealed" / name;
        const std::string whole = read_bytes(file);
        // One bit of every fifth byte, another one each time: the whole walk is forty times as long, and finds the
        // same.
        for (std::size_t at = 0; at < whole.size(); at += 5) {
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
            write_bytes(file, changed);
            if (verify_seal({stage.folder / "sealed", stage.trust(), {}}, key, stage.clock))
                FAIL_CHECK(name << ": byte " << at << " of " << whole.size());
        }
        write_bytes(file, whole);
    }
    CHECK(verify_seal({stage.folder / "sealed", stage.trust(), {}}, key, stage.clock));
}

TEST_CASE("a seal opens with its recipients' keys alone", "[open]") {
    const SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    const auto carl = Person::make(stage.folder.path(), "carl", "rsa:2048");
    for (const Person* person : {&stage.anna, &stage.ben}) {
        auto key = stage.key_of(*person);
        CHECK(verify_seal({stage.folder / "sealed", stage.trust(), {}}, key, stage.clock));
    }
    auto key = stage.key_of(carl);
    const auto refused = verify_seal({stage.folder / "sealed", stage.trust(), {}}, key, stage.clock);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::refused);
    CHECK(refused.error().message == "manifest.cms: it is not sealed for the certificate of CN=carl");
}

TEST_CASE("a signer whom nobody vouches for is refused, with the fingerprint to compare", "[open]") {
    const SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    auto key = stage.key_of(stage.anna);
    for (const Trust& trust : {Trust{}, Trust{{stage.ben.certificate}, {}, {}}}) {
        const auto refused = verify_seal({stage.folder / "sealed", trust, {}}, key, stage.clock);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::refused);
        CHECK_THAT(refused.error().message, Contains("CN=depot") &&
                                                Contains(signing::hex(stage.keys.current().certificate.sha256())) &&
                                                Contains("whom nobody vouches for"));
    }
}

TEST_CASE("a signer is vouched for by who issued the certificate", "[open]") {
    SealStage stage;
    REQUIRE(runs(stage.folder.path(),
                 "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 30 && "
                 "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout site.key -out site.csr -subj "
                 "/CN=site && "
                 "openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -out site.pem && "
                 "chmod 600 site.key"));
    stage.clock.set_utc_ns(SystemClock().utc_ns());
    const SealingKey key{signing::PrivateKey::load(stage.folder / "site.key", {}).value(),
                         signing::Certificate::read_all(stage.folder / "site.pem", 1).value().front()};
    REQUIRE(seal_files(stage.request(), key, stage.clock));
    auto anna = stage.key_of(stage.anna);
    const Trust trust{signing::Certificate::read_all(stage.folder / "ca.pem", 1).value(), {}, {}};

    const auto opened = verify_seal({stage.folder / "sealed", trust, {}}, anna, stage.clock);

    REQUIRE(opened);
    CHECK(opened->signer->subject() == "CN=site");
}

TEST_CASE("a seal verifies after the certificate of its site has expired, but not one that was made after", "[open]") {
    SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    const std::int64_t eleven_years_ns = 11LL * 365 * 86'400 * 1'000'000'000;
    stage.clock.advance_ns(eleven_years_ns);
    CHECK(stage.verify());

    reseal_manifest(
        stage, [](std::string&) {}, stage.keys.current());
    const Error error = refusal(stage);
    CHECK(error.code == ErrorCode::refused);
    CHECK_THAT(error.message, Contains("the certificate of CN=depot") && Contains("was not valid when it was signed"));
}

TEST_CASE("a manifest that lies is refused, even when the site itself signed it", "[open]") {
    const SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    struct Row {
        const char* behaviour;
        const char* from;
        const char* to;
        const char* says;
    };
    const Row rows[] = {
        {"a name leads out", "\"gate.mp4\"", "\"../gate.mp4\"", "leads to another folder"},
        {"a name is absolute", "\"gate.mp4\"", "\"/etc/passwd\"", "leads to another folder"},
        {"a name is a folder's", "\"gate.mp4\"", "\"..\"", "leads to another folder"},
        {"a name has an escape", "\"gate.mp4\"", "\"gate\\u001b.mp4\"", "control character"},
        {"two names are one", "\"gate.mp4\"", "\"Hof 1 – Nacht.mkv\"", "two files have the name"},
        {"sizes do not add up", "\"size\": 2500", "\"size\": 2501", "its parts do not make up its size"},
        {"a sum is of another file", "  file-0001\"", "  file-0002\"", "is no sum of file-0001"},
        {"a part leads out", "  file-0001.part-00001.cms\"", "  ../x\"", "is no sum of file-0001.part-00001.cms"},
        {"another version", "\"ombud_seal\": 1", "\"ombud_seal\": 2", "the manifest is of version 2"},
        {"a member is missing", "\"files\"", "\"filez\"", "'files' is no list"},
        {"no JSON", "\"reason\"", "reason", "the manifest is not JSON"},
        {"no such day", "\"begin\": \"2023-11-14", "\"begin\": \"2023-02-30", "'begin' is no time that there is"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            reseal_manifest(stage, replacing(row.from, row.to), stage.keys.current());

            CHECK_THAT(refusal(stage).message, Contains(row.says));
        }
    }
}

TEST_CASE("a plain file that is not what the manifest says gets no name", "[open]") {
    const SealStage stage;
    const auto sealed = stage.seal(stage.request());
    REQUIRE(sealed);
    const std::string right = signing::hex(signing::sha256(content_of(1'001, 2)));
    reseal_manifest(stage, replacing(right, std::string(64, 'a')), stage.keys.current());

    CHECK_THAT(refusal(stage).message, Contains("file-0002 (Hof 1 – Nacht.mkv): is not what was sealed"));
}

TEST_CASE("files that are not of the seal are told and not looked at", "[open]") {
    const SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    REQUIRE(runs(stage.folder / "sealed", "echo x > Thumbs.db; mkdir z"));

    const auto opened = stage.open();

    REQUIRE(opened);
    CHECK(opened->strangers == std::vector<std::string>{"Thumbs.db", "said", "z"});
}

TEST_CASE("an open folder that is there is left alone", "[open]") {
    const SealStage stage;
    REQUIRE(stage.seal(stage.request()));
    REQUIRE(runs(stage.folder.path(), "mkdir opened && echo mine > opened/gate.mp4"));

    const auto opened = stage.open();

    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::refused);
    CHECK(read_bytes(stage.folder / "opened/gate.mp4") == "mine\n");
}

TEST_CASE("a kill while a seal is opened leaves no byte that did not verify", "[open]") {
    const SealStage stage;
    SealRequest request = stage.request();
    request.files = {stage.input("first", "complete"), stage.input("second", content_of(6'000'000))};
    request.part_bytes = part_plain_bytes_max;
    REQUIRE(stage.seal(request));
    const pid_t child = ::fork();
    if (child == 0) {
        auto key = stage.key_of(stage.anna);
        // In the middle of the second file.
        (void)open_seal({stage.folder / "sealed", stage.trust(),
                         [](auto done, auto) { return done < 3'000'000 || ::raise(SIGKILL) != 0; }},
                        key, stage.folder / "opened", stage.clock);
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    CHECK_FALSE(std::filesystem::exists(stage.folder / "opened"));
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(stage.folder.path()))
        if (entry.is_regular_file() && entry.path().string().find(unfinished_prefix) != std::string::npos)
            left.push_back(entry.path().filename());
    CHECK(left == std::vector<std::string>{"first"});
    CHECK(remove_unfinished(stage.folder.path()).value() == 1);
}
