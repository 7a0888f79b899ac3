#include "seal/seal.hpp"

#include "ledger/ledger.hpp"
#include "seal_stage.hpp"
#include "signing/encoding.hpp"

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace ombud;
using namespace ombud::seal;
using Catch::Contains;

TEST_CASE("a seal is a folder of parts, a manifest and instructions, and opens to the same files", "[seal]") {
    const SealStage stage;

    const auto sealed = stage.seal(stage.request());

    REQUIRE(sealed);
    CHECK(stage.names("sealed") == std::vector<std::string>{"README.txt", "file-0001.part-00001.cms",
                                                            "file-0001.part-00002.cms", "file-0001.part-00003.cms",
                                                            "file-0002.part-00001.cms", "file-0002.part-00002.cms",
                                                            "manifest.cms"});
    CHECK(sealed->plain_bytes == 3'501);
    for (const SealedFile& file : sealed->files) {
        const std::string bytes = read_bytes(sealed->folder / file.name);
        CHECK(bytes.size() == file.size_bytes);
        CHECK(signing::sha256(bytes) == file.sha256);
    }
    const auto opened = stage.open();
    REQUIRE(opened);
    CHECK(stage.names("opened") == std::vector<std::string>{"Hof 1 – Nacht.mkv", "gate.mp4"});
    CHECK(read_bytes(stage.folder / "opened/gate.mp4") == content_of(2'500));
    CHECK(read_bytes(stage.folder / "opened/Hof 1 – Nacht.mkv") == content_of(1'001, 2));
    CHECK(opened->manifest_sha256 == sealed->manifest_sha256);
    CHECK(opened->manifest.facts.reason == stage.facts().reason);
    CHECK(opened->manifest.facts.end_utc_ns == stage.facts().end_utc_ns);
    CHECK(opened->signer->sha256() == sealed->certificate_sha256);
    CHECK(opened->strangers.empty());
    CHECK(stage.left_nothing());
}

TEST_CASE("files of every awkward size are sealed and opened", "[seal]") {
    const SealStage stage;
    const std::size_t mib = 1'048'576;
    const std::size_t sizes[] = {0, 1, 999, 1'000, mib - 1, mib, mib + 1, 5 * mib + 3};
    for (const std::uint64_t part_bytes : {std::uint64_t(mib), std::uint64_t(3 * mib + 7)}) {
        SealRequest request = stage.request();
        request.part_bytes = part_bytes;
        request.folder = stage.folder / ("sealed-" + std::to_string(part_bytes));
        request.files.clear();
        for (const std::size_t size : sizes)
            request.files.push_back(stage.input(std::to_string(size), content_of(size, static_cast<int>(size % 97))));

        REQUIRE(stage.seal(request));
        REQUIRE(stage.open(request.folder.filename(), "opened-" + std::to_string(part_bytes)));

        for (const std::size_t size : sizes) {
            INFO(size);
            const auto opened = stage.folder / ("opened-" + std::to_string(part_bytes)) / std::to_string(size);
            CHECK(read_bytes(opened) == content_of(size, static_cast<int>(size % 97)));
            struct stat found {};
            REQUIRE(::stat(opened.c_str(), &found) == 0);
            CHECK((found.st_mode & 0777) == 0600);
        }
    }
}

TEST_CASE("a passphrase opens a seal, alone or beside certificates", "[seal]") {
    const SealStage stage;
    for (const bool is_alone : {true, false}) {
        SealRequest request = stage.request();
        request.recipients.passphrase = passphrase;
        if (is_alone)
            request.recipients.certificates.clear();
        request.folder = stage.folder / (is_alone ? "alone" : "beside");
        REQUIRE(stage.seal(request));

        auto right = signing::EnvelopeKey::of_passphrase(passphrase);
        auto wrong = signing::EnvelopeKey::of_passphrase(passphrase + "!");

        CHECK(verify_seal({request.folder, stage.trust(), {}}, right, stage.clock));
        const auto refused = verify_seal({request.folder, stage.trust(), {}}, wrong, stage.clock);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::refused);
        CHECK(refused.error().message == "manifest.cms: the passphrase does not open it");
    }
}

TEST_CASE("what cannot be sealed is refused with its reason, and leaves nothing", "[seal]") {
    const SealStage stage;
    REQUIRE(runs(stage.folder.path(), "mkdir taken; ln -s anna.pem link; mkfifo pipe"));
    struct Row {
        const char* behaviour;
        std::function<void(SealRequest&)> change;
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"no file", [](auto& r) { r.files.clear(); }, ErrorCode::invalid_input, "0 files, not 1 to 1000"},
        {"too many files", [](auto& r) { r.files.resize(1'001, r.files[0]); }, ErrorCode::invalid_input, "1001 files"},
        {"a file that is not there", [](auto& r) { r.files[1].file += "x"; }, ErrorCode::not_found, "no such file"},
        {"a symbolic link", [&](auto& r) { r.files[0].file = stage.folder / "link"; }, ErrorCode::refused,
         "symbolic link"},
        {"a pipe", [&](auto& r) { r.files[0].file = stage.folder / "pipe"; }, ErrorCode::refused,
         "is not a plain file"},
        {"a folder", [&](auto& r) { r.files[0].file = stage.folder.path(); }, ErrorCode::refused,
         "is not a plain file"},
        {"a name that leads elsewhere", [](auto& r) { r.files[0].name = "../x"; }, ErrorCode::invalid_input,
         "leads to another folder"},
        {"a name with a line feed", [](auto& r) { r.files[0].name = "a\nb"; }, ErrorCode::invalid_input,
         "control character"},
        {"a name that is not UTF-8", [](auto& r) { r.files[0].name = "a\xff"; }, ErrorCode::invalid_input, "not UTF-8"},
        {"two files of one name", [](auto& r) { r.files[0].name = r.files[1].name; }, ErrorCode::invalid_input,
         "two files"},
        {"no recipient", [](auto& r) { r.recipients.certificates.clear(); }, ErrorCode::invalid_input, "no recipient"},
        {"a recipient named twice", [](auto& r) { r.recipients.certificates[1] = r.recipients.certificates[0]; },
         ErrorCode::invalid_input, "CN=anna is named twice"},
        {"too many recipients", [](auto& r) { r.recipients.certificates.resize(65); }, ErrorCode::invalid_input,
         "65 recipients, 64 are the most"},
        {"no certificate", [](auto& r) { r.recipients.certificates[1] = "hello"; }, ErrorCode::invalid_input,
         "certificate 2: no X.509 certificate"},
        {"a short passphrase", [](auto& r) { r.recipients.passphrase = "12345678901"; }, ErrorCode::invalid_input,
         "not 12 to 1024 bytes"},
        {"no reason", [](auto& r) { r.facts.reason.clear(); }, ErrorCode::invalid_input, "the reason is missing"},
        {"no camera", [](auto& r) { r.facts.cameras.clear(); }, ErrorCode::invalid_input, "0 cameras"},
        {"a fact with an escape", [](auto& r) { r.facts.requester = "a\x1b[2J"; }, ErrorCode::invalid_input,
         "the requester holds a control character"},
        {"a fact that is too long", [](auto& r) { r.facts.reason.assign(4'097, 'x'); }, ErrorCode::invalid_input,
         "4097 bytes"},
        {"an id that is a path", [](auto& r) { r.facts.export_id = "../E"; }, ErrorCode::invalid_input,
         "the export's id"},
        {"an end before the beginning", [](auto& r) { r.facts.end_utc_ns = 0; }, ErrorCode::invalid_input,
         "end before"},
        {"a target that is there", [&](auto& r) { r.folder = stage.folder / "taken"; }, ErrorCode::refused,
         "is there already"},
        {"a target without a parent", [&](auto& r) { r.folder = stage.folder / "no/where"; }, ErrorCode::not_found,
         "/no: cannot make a folder in it"},
        {"too large a part", [](auto& r) { r.part_bytes = 256'000'001; }, ErrorCode::invalid_input, "256000001"},
        {"too many parts", [&](auto& r) { r.part_bytes = 1, r.files = {stage.input("long", content_of(20'001))}; },
         ErrorCode::invalid_input, "20001 parts"},
        {"an entry nobody proves", [](auto& r) { r.facts.ledger_index = 3; }, ErrorCode::invalid_input,
         "nothing that proves"},
        {"a proof that is none",
         [](auto& r) {
             r.facts.ledger_index = 3;
             r.proof = [](auto) { return LedgerProof{"{}", "hello"}; };
         },
         ErrorCode::invalid_input, "ledger: not a proof"},
        {"a file that is not what was inspected", [](auto& r) { r.files[0].sha256 = std::string(64, '0'); }, ErrorCode::refused,
         "was to be 0000"},
        {"a stamp that is none", [](auto& r) { r.time_stamp = [](auto&) { return "hello"s; }; }, ErrorCode::corrupt,
         "time stamp: the answer is no time stamp"},
        {"a stop", [](auto& r) { r.progress = [](auto done, auto) { return done < 2'000; }; }, ErrorCode::cancelled,
         "was stopped"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            SealRequest request = stage.request();
            row.change(request);

            const auto sealed = stage.seal(request);

            REQUIRE_FALSE(sealed);
            CHECK(sealed.error().code == row.code);
            CHECK_THAT(sealed.error().message, Contains(row.says));
            CHECK_FALSE(std::filesystem::exists(stage.folder / "sealed"));
            CHECK(stage.left_nothing());
        }
    }
}

TEST_CASE("a file that changes while it is sealed is refused", "[seal]") {
    const SealStage stage;
    struct Row {
        const char* behaviour;
        std::function<void(const std::filesystem::path&)> change;
    };
    const Row rows[] = {
        {"it grows", [](const auto& file) { std::ofstream(file, std::ios::app) << "more"; }},
        {"it shrinks", [](const auto& file) { std::filesystem::resize_file(file, 1'500); }},
        {"a byte is exchanged", [](const auto& file) { std::fstream(file, std::ios::in | std::ios::out) << 'x'; }},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            SealRequest request = stage.request();
            request.progress = [&, done = false](auto, auto) mutable {
                if (!done)
                    row.change(request.files[0].file);
                done = true;
                return true;
            };

            const auto sealed = stage.seal(request);

            REQUIRE_FALSE(sealed);
            CHECK(sealed.error().code == ErrorCode::refused);
            CHECK_THAT(sealed.error().message, Contains("while it was sealed; nothing was sealed"));
            CHECK_FALSE(std::filesystem::exists(stage.folder / "sealed"));
            CHECK(stage.left_nothing());
        }
    }
}

TEST_CASE("certificates that are not valid when it is sealed are refused", "[seal]") {
    SealStage stage;
    const std::int64_t year_ns = 365LL * 86'400 * 1'000'000'000;
    struct Row {
        const char* behaviour;
        std::int64_t later_ns;
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"the recipient's has expired", year_ns, ErrorCode::invalid_input,
         "the recipient's certificate of CN=anna is not valid"},
        {"the site's has expired", 11 * year_ns, ErrorCode::unavailable,
         "the site's sealing certificate CN=depot is not valid"},
        {"the recipient's begins later", -year_ns, ErrorCode::unavailable, "not valid now"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            stage.clock.set_utc_ns(stage.clock.utc_ns() + row.later_ns);

            const auto sealed = stage.seal(stage.request());

            REQUIRE_FALSE(sealed);
            CHECK(sealed.error().code == row.code);
            CHECK_THAT(sealed.error().message, Contains(row.says));
        }
    }
}

TEST_CASE("a disk that is full leaves nothing, and is named", "[seal]") {
    const SealStage stage;
    SealRequest request = stage.request();
    request.files = {stage.input("big", content_of(3'000'000))};
    request.part_bytes = part_plain_bytes_max;
    // A limit on file sizes stands in for the disk: writing fails in the same place.
    struct rlimit before {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const struct rlimit small { 2'000'000, before.rlim_max };
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);

    const auto sealed = stage.seal(request);

    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, handler);
    REQUIRE_FALSE(sealed);
    CHECK(sealed.error().code == ErrorCode::unavailable);
    CHECK_THAT(sealed.error().message, Contains("file-0001.part-00001.cms: cannot write: File too large"));
    CHECK(stage.left_nothing());
}

TEST_CASE("what a kill left is removed, and nothing else", "[seal]") {
    const TempFolder folder;
    REQUIRE(runs(folder.path(), "mkdir .ombud-seal-aaaaaa .ombud-seal-bbbbbb other && touch .ombud-seal-aaaaaa/x "
                                ".ombud-seal-file && ln -s other .ombud-seal-link"));

    CHECK(remove_unfinished(folder.path()).value() == 2);

    CHECK(std::filesystem::exists(folder / "other"));
    CHECK(std::filesystem::exists(folder / ".ombud-seal-link"));
    CHECK(std::filesystem::exists(folder / ".ombud-seal-file"));
    CHECK_FALSE(remove_unfinished(folder / "nowhere"));
}

TEST_CASE("a seal holds the ledger's entry of its decision with its proof", "[seal]") {
    const SealStage stage;
    auto signer = ledger::KeySigner::open(stage.folder / "ledger-key.pem", "depot.example/ledger").value();
    auto ledger = ledger::Ledger::open(stage.folder / "ledger", signer, stage.clock).value();
    for (int i = 0; i < 5; ++i)
        REQUIRE(ledger->append(ledger::Entry("export.release").set("export", "E-17").set("n", i)));
    REQUIRE(ledger->checkpoint());
    SealRequest request = stage.request();
    request.facts.ledger_index = 3;
    request.proof = [&](std::uint64_t index) -> Result<LedgerProof> {
        auto reader = ledger->reader().value();
        return LedgerProof{reader.entry(index).value().line, reader.inclusion_proof(index).value()};
    };

    REQUIRE(stage.seal(request));

    auto key = stage.key_of(stage.anna);
    Trust trust = stage.trust();
    const auto unsigned_one = verify_seal({request.folder, trust, {}}, key, stage.clock);
    REQUIRE(unsigned_one);
    CHECK(unsigned_one->manifest.facts.ledger_index == 3);
    CHECK(unsigned_one->ledger_origin == "depot.example/ledger");
    CHECK_FALSE(unsigned_one->is_ledger_signature_verified);
    trust.ledger = signer.verifier();
    CHECK(verify_seal({request.folder, trust, {}}, key, stage.clock)->is_ledger_signature_verified);
    const auto stranger = ledger::KeySigner::open(stage.folder / "other.pem", "depot.example/ledger").value();
    trust.ledger = stranger.verifier();
    const auto refused = verify_seal({request.folder, trust, {}}, key, stage.clock);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains("ledger: the proof's checkpoint"));

    request.facts.ledger_index = 4;
    request.folder = stage.folder / "second";
    request.proof = [&](std::uint64_t) -> Result<LedgerProof> {
        auto reader = ledger->reader().value();
        return LedgerProof{reader.entry(3).value().line, reader.inclusion_proof(4).value()};
    };
    const auto wrong_entry = stage.seal(request);
    REQUIRE_FALSE(wrong_entry);
    CHECK_THAT(wrong_entry.error().message, Contains("the entry is not number 4"));
}
