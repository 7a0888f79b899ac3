#include "seal/manifest.hpp"

#include "seal_stage.hpp"

using namespace ombud;
using namespace ombud::seal;

namespace {

Manifest example() {
    Manifest manifest;
    manifest.facts = SealStage::facts();
    manifest.facts.ledger_index = 12;
    manifest.ledger = LedgerProof{"{\"kind\":\"export.release\"}", "c2sp.org/tlog-proof@v1\nindex 12\n\n"};
    manifest.sealed_at_utc_ns = 1'763'812'800'000'000'001;
    manifest.time_stamp_wrapping_sha256 = signing::sha256("t");
    ManifestFile file{"a \"b\" \\ c – d.mp4", 5, signing::sha256("plain"), {}};
    file.parts = {{3, 203, signing::sha256("1"), signing::sha256("w1")},
                  {2, 202, signing::sha256("2"), signing::sha256("w2")}};
    manifest.files = {file, {"empty", 0, signing::sha256(""), {{0, 200, {}, {}}}}};
    return manifest;
}

} // namespace

TEST_CASE("a manifest reads back as it was written", "[manifest]") {
    const std::string text = write_manifest(example());

    const auto read = parse_manifest(text);

    REQUIRE(read);
    CHECK(write_manifest(*read) == text);
    CHECK(read->files[0].name == example().files[0].name);
    CHECK(read->facts.reason == example().facts.reason);
    CHECK(read->sealed_at_utc_ns == example().sealed_at_utc_ns);
    CHECK(read->ledger->proof == example().ledger->proof);
}

TEST_CASE("the sums of a manifest are cut out by sed, and nothing that looks like one", "[manifest]") {
    const TempFolder folder;
    Manifest manifest = example();
    manifest.facts.reason = "x\n  \"sum\": \"0000  file-0001\"";
    write_bytes(folder / "manifest.json", write_manifest(manifest));

    REQUIRE(runs(folder.path(), R"SH(sed -n 's/^ *"sum": "\([^"]*\)".*/\1/p' manifest.json | cut -c67-)SH"));

    CHECK(read_bytes(folder / "said") == "README.txt\nfile-0001\nfile-0001.part-00001.cms\nfile-0001.part-00002.cms\n"
                                         "file-0002\nfile-0002.part-00001.cms\n");
}

TEST_CASE("whatever a manifest holds, reading it ends with a manifest or a message", "[manifest][fuzz]") {
    const std::string seed = write_manifest(example());
    std::uint32_t state = 4'711;
    const auto next = [&](std::size_t below) {
        state = state * 1'664'525 + 1'013'904'223;
        return static_cast<std::size_t>(state >> 8) % below;
    };
    const char* const pieces[] = {
        "[", "]", "{", "}", "null", "-1", "1e9", "\"", "\\", "\"../x\"", ",", "99999999999999999999", "\xff"};
    int read = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = seed;
        for (std::size_t changes = 1 + next(3); changes > 0; --changes) {
            const std::size_t at = next(text.size());
            text.replace(at, next(20), next(3) == 0 ? "" : pieces[next(std::size(pieces))]);
        }
        const auto parsed = parse_manifest(text);
        if (!parsed) {
            if (parsed.error().message.empty())
                FAIL(text);
            continue;
        }
        ++read;
        for (const ManifestFile& file : parsed->files)
            if (!check_name(file.name))
                FAIL(text);
    }
    CHECK(read > 0);
}
