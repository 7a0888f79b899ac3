#include "scratch_ledger.hpp"
#include "workshop.hpp"

namespace ombud::trust {
namespace {

struct Stage {
    ledger::ScratchLedger ledger;
    Workshop shop;
    std::unique_ptr<Trust> trust;
    bool is_dev = false;

    void open() {
        ledger.clock.set_utc_ns(now_ns);
        auto opened = Trust::open({{shop.trust_folder}, is_dev}, *ledger, ledger.clock);
        if (!opened)
            FAIL(opened.error().message);
        trust = std::move(*opened);
    }
    std::vector<std::string> entries(const std::string& kind) {
        std::vector<std::string> lines;
        ledger::Query query;
        query.kind = kind;
        auto reader = ledger.reader();
        REQUIRE(reader.each(query, [&](const ledger::StoredEntry& entry) {
            lines.push_back(entry.line);
            return true;
        }));
        return lines;
    }
    void ran(const std::string& version) {
        REQUIRE(ledger->commit([&](ledger::Ledger::Transaction& transaction) { return trust->remember(transaction, "probe", version); }));
    }
    static config::PluginIndex withdrawing(std::int64_t serial, const std::string& why) {
        return {serial, "2026-11-18", {{"probe", "1.0.0", library_hash, std::string(64, 'b'), why}}};
    }
};

TEST_CASE("keys that are found at start are recorded once", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: community\nreason: contract 2026/4\n");

    stage.open();
    stage.open();

    const auto entries = stage.entries("trust.key");
    REQUIRE(entries.size() == 1);
    CHECK_THAT(entries[0], Catch::Contains("\"signer\":\"acme\"") && Catch::Contains("\"level\":\"community\"") &&
                               Catch::Contains("\"was\":\"none\"") && Catch::Contains("contract 2026/4"));
}

TEST_CASE("each change of a key is recorded with its reason, a removed file too", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: community\n");
    stage.open();

    stage.shop.trust("acme", "level: withdrawn\n");
    const auto withdrawn = stage.trust->reload("stolen", "Ada");
    std::filesystem::remove(stage.shop.trust_folder / "acme.pem");
    const auto gone = stage.trust->reload("tidied", "Ada");

    REQUIRE(withdrawn);
    REQUIRE(gone);
    REQUIRE(withdrawn->size() == 1);
    REQUIRE(gone->size() == 1);
    CHECK((*withdrawn)[0].what == "key acme: withdrawn, was community");
    CHECK((*gone)[0].what == "key acme: none, was withdrawn");
    CHECK_THAT(stage.ledger.line((*withdrawn)[0].ledger_index), Catch::Contains("stolen") && !Catch::Contains("Ada"));
}

TEST_CASE("a file that cannot be read as a key changes nothing", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: community\n");
    stage.open();

    std::ofstream(stage.shop.trust_folder / "broken.pem") << "level: ours\n";
    const auto reloaded = stage.trust->reload("x", {});

    CHECK_FALSE(reloaded);
    CHECK(stage.trust->signers().find("acme") != nullptr);
}

TEST_CASE("what an index withdraws is refused with its reason, by library and by manifest", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: ours\n");
    stage.shop.index("acme", Stage::withdrawing(3, "leaks names"), "acme");
    stage.open();
    const auto manifest = stage.shop.manifest(Workshop::manifest_xml("probe"), "acme");

    const auto refused = stage.trust->check_release(manifest, library_hash, {});

    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::refused);
    CHECK_THAT(refused.error().message, Catch::Contains("withdrawn by 'acme' (index 3): leaks names"));
    CHECK(stage.trust->check_release(manifest, std::string(64, 'e'), {}));
    CHECK_FALSE(stage.trust->withdrawn(std::string(64, 'e'), std::string(64, 'b')).empty());
    CHECK(stage.entries("trust.index").size() == 1);
}

TEST_CASE("an index is never set back, whatever lies in the folder", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: ours\n");
    stage.shop.index("acme", Stage::withdrawing(3, "leaks names"), "acme");
    stage.open();

    SECTION("by an older one") { stage.shop.index("acme", {2, "2026-11-17", {}}, "acme"); }
    SECTION("by another of the same number") { stage.shop.index("acme", {3, "2026-11-17", {}}, "acme"); }
    REQUIRE(stage.trust->reload("x", {}));

    REQUIRE(stage.trust->problems().size() == 1);
    CHECK_THAT(stage.trust->problems()[0], Catch::Contains("never set back"));
    CHECK_FALSE(stage.trust->withdrawn(library_hash, {}).empty());
    stage.open(); // as after a restart
    CHECK_FALSE(stage.trust->withdrawn(library_hash, {}).empty());
    CHECK(stage.entries("trust.index").size() == 1);
}

TEST_CASE("an index that was removed from the folder holds on, and one of a withdrawn key does not", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: ours\n");
    const auto file = stage.shop.index("acme", Stage::withdrawing(3, "leaks names"), "acme");
    stage.open();
    std::filesystem::remove(file);
    std::filesystem::remove(signature_file(file));

    stage.open();
    CHECK_FALSE(stage.trust->withdrawn(library_hash, {}).empty());

    stage.shop.trust("acme", "level: withdrawn\n");
    REQUIRE(stage.trust->reload("stolen", {}));
    CHECK(stage.trust->withdrawn(library_hash, {}).empty());
}

TEST_CASE("a newer index lets run again what an older one withdrew", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: ours\n");
    stage.shop.index("acme", Stage::withdrawing(3, "leaks names"), "acme");
    stage.open();

    stage.shop.index("acme", Stage::withdrawing(4, ""), "acme");
    REQUIRE(stage.trust->reload("a false alarm", {}));

    CHECK(stage.trust->withdrawn(library_hash, {}).empty());
}

TEST_CASE("a version older than one that ran here is refused, unless the site says why", "[trust]") {
    Stage stage;
    stage.open();
    const auto older = stage.shop.manifest(Workshop::manifest_xml("probe", "1.9.0"), "");
    CHECK(stage.trust->check_release(older, library_hash, {}));
    stage.ran("1.10.0");

    const auto refused = stage.trust->check_release(older, library_hash, {});

    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Contains("is version 1.9.0, and 1.10.0 ran here"));
    CHECK(stage.trust->check_release(older, library_hash, {{}, "1.10 does not find our cameras"}));
    stage.ran("1.9.0");
    CHECK(stage.trust->check_release(older, library_hash, {}));
}

TEST_CASE("a key that ends within a month is a warning, and so is --dev", "[trust]") {
    Stage stage;
    stage.shop.trust("acme", "level: ours\nuntil: 2026-12-01\n");
    stage.shop.trust("other", "level: ours\nuntil: 2027-12-01\n");
    stage.is_dev = true;
    stage.open();

    const auto warnings = stage.trust->warnings();

    REQUIRE(warnings.size() == 2);
    CHECK_THAT(warnings[0], Catch::Contains("--dev"));
    CHECK_THAT(warnings[1], Catch::Contains("'acme' is trusted until 2026-12-01"));
}

} // namespace
} // namespace ombud::trust
