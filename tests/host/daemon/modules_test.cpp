#include "daemon/modules.hpp"

#include <ombud/finding.h>

#include "enforcement/actions.hpp"
#include "findings/findings.hpp"
#include "plugin_runtime/crash_notes.hpp"
#include "scratch_ledger.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "theatre.hpp"
#include "workshop.hpp"

namespace ombud::daemon {
namespace {

struct Stage {
    ledger::ScratchLedger ledger;
    Lent lent;
    TempFolder folder;
    std::unique_ptr<trust::Trust> trust;
    std::unique_ptr<Modules> modules;

    Stage() { open(); }
    void open() {
        REQUIRE(actions::prepare(*ledger));
        auto opened = trust::Trust::open({{folder / "trust.d"}, false}, *ledger, ledger.clock);
        REQUIRE(opened);
        trust = std::move(*opened);
        modules = std::make_unique<Modules>(
            Modules::Parts{*ledger, lent.own_names, ledger.clock, lent.services, *trust, folder.path(), folder / "private", folder / "crashes"});
        REQUIRE(modules->prepare());
    }
    static config::ModuleSettings configured(config::Mode mode) {
        config::ModuleSettings settings;
        settings.id = "retention";
        settings.mode = mode;
        return settings;
    }
    void switch_to(Mode mode, config::Mode configured_now) {
        REQUIRE(ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            auto stored = modules->store_mode(transaction, "retention", Mode::monitor, mode, "a look at last week", "Ada",
                                              config::mode_name(configured_now));
            return stored ? Result<void>{} : fail(stored.error());
        }));
    }
    Mode mode(config::Mode configured_now) {
        auto row = modules->mode_of(configured(configured_now));
        REQUIRE(row);
        return row->mode;
    }
};

TEST_CASE("a module that nobody switched has the site's mode", "[modules]") {
    Stage stage;

    CHECK(stage.mode(config::Mode::monitor) == Mode::monitor);
    CHECK(stage.mode(config::Mode::enforce) == Mode::enforce);
}

TEST_CASE("a switched mode outlives the host, with its reason and entry", "[modules]") {
    Stage stage;
    stage.switch_to(Mode::enforce, config::Mode::monitor);

    stage.ledger.reopen();
    stage.open();

    const auto row = stage.modules->mode_of(Stage::configured(config::Mode::monitor));
    REQUIRE(row);
    CHECK(row->mode == Mode::enforce);
    CHECK(row->reason == "a look at last week");
    CHECK(row->since_utc_ns == stage.ledger.clock.utc_ns());
    CHECK_THAT(stage.ledger.line(row->ledger_index), Catch::Contains("module.mode") && !Catch::Contains("Ada"));
}

TEST_CASE("the site's mode holds again once the site changes it", "[modules]") {
    Stage stage;
    stage.switch_to(Mode::enforce, config::Mode::monitor);

    CHECK(stage.mode(config::Mode::monitor) == Mode::enforce);
    CHECK(stage.mode(config::Mode::off) == Mode::off);
}

TEST_CASE("switching to enforce forgets what monitoring would have done, and another mode does not", "[modules]") {
    Stage stage;
    const auto would = [&] {
        auto db = stage.ledger->open_for_reading();
        return actions::count(*db)->would;
    };
    REQUIRE(stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto asked = actions::request(transaction, "retention", Mode::monitor, {"recording.delete", "cams", "d1", "r1", "RET-3", "old", {}}, 1);
        return asked ? Result<void>{} : fail(asked.error());
    }));

    stage.switch_to(Mode::off, config::Mode::monitor);
    CHECK(would() == 1);
    stage.switch_to(Mode::enforce, config::Mode::monitor);
    CHECK(would() == 0);
}

/// A plugin, signed by a key that is trusted as `organisation`.
struct SignedPlugin : Stage {
    trust::Workshop shop;
    config::Manifest manifest;

    SignedPlugin(const std::string& id, const std::filesystem::path& file) {
        const auto library = folder / (id + ".so");
        std::filesystem::copy_file(file, library);
        std::filesystem::permissions(library, std::filesystem::perms(0755));
        std::ifstream in(library, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        shop.trust("acme", "level: organisation\n");
        manifest = shop.manifest(trust::Workshop::manifest_xml(id, "1.0.0", "module", signing::hex(signing::sha256(bytes))), "acme");
        REQUIRE(findings::prepare(*ledger));
        auto opened = trust::Trust::open({{shop.trust_folder}, false}, *ledger, ledger.clock);
        REQUIRE(opened);
        modules.reset();
        trust = std::move(*opened);
        modules = std::make_unique<Modules>(
            Modules::Parts{*ledger, lent.own_names, ledger.clock, lent.services, *trust, folder.path(), folder / "private", folder / "crashes"});
    }
};

struct SignedPuppet : SignedPlugin {
    SignedPuppet() : SignedPlugin("puppet", PUPPET_FILE) {}
};

TEST_CASE("a plugin is loaded with who answers for it, and its entry tells all of that", "[modules]") {
    SignedPuppet stage;

    const auto loaded = stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor));
    CellStatus place;
    place.runner = "sandboxed";
    place.sandbox = "seccomp";
    REQUIRE(stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) {
        return stage.modules->record_loaded(transaction, stage.manifest, place, "cams", "c0ffee");
    }));

    REQUIRE(loaded);
    CHECK(loaded->provenance.signer == "acme");
    CHECK(loaded->provenance.may_run_inline);
    CHECK(loaded->place == config::Runner::in_process);
    const std::string line = stage.ledger.line(stage.ledger->status().size - 1);
    for (const std::string& part : {std::string("\"kind\":\"module.loaded\""), std::string("\"module\":\"puppet\""), std::string("\"attachment\":\"cams\""),
                                    std::string("\"config\":\"c0ffee\""), std::string("\"level\":\"organisation\""), std::string("\"signer\":\"acme\""),
                                    std::string("\"runner\":\"sandboxed\""), std::string("\"sandbox\":\"seccomp\""),
                                    "\"library\":\"" + stage.manifest.library_sha256 + "\"",
                                    "\"manifest\":\"" + signing::hex(signing::sha256(stage.manifest.document)) + "\""})
        CHECK_THAT(line, Catch::Contains(part));
}

TEST_CASE("a module that took the host down twice runs in a process of its own until somebody has looked", "[modules]") {
    SignedPlugin stage("hello_cpp", MODULE_FILE);
    const config::Manifests manifests{{"hello_cpp", stage.manifest}};
    const auto start_after_crash = [&] {
        std::ofstream(stage.folder / "crashes", std::ios::app) << crash_notes::line_for("hello_cpp", stage.manifest.library_sha256) << "11\n";
        stage.modules = std::make_unique<Modules>(Modules::Parts{*stage.ledger, stage.lent.own_names, stage.ledger.clock, stage.lent.services, *stage.trust,
                                                                 stage.folder.path(), stage.folder / "private", stage.folder / "crashes"});
        REQUIRE(stage.modules->prepare());
        const auto loaded = stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor));
        REQUIRE(loaded);
        REQUIRE(stage.modules->judge_running(manifests));
        return loaded->place;
    };
    const auto findings = [&] {
        auto db = stage.ledger->open_for_reading();
        REQUIRE(db);
        return *findings::query(*db, {});
    };

    CHECK(start_after_crash() == config::Runner::in_process);
    REQUIRE(findings().size() == 1);
    CHECK_THAT(findings()[0].text, Catch::Contains("hello_cpp took the host down once"));
    CHECK(start_after_crash() == config::Runner::sandboxed);
    REQUIRE(findings().size() == 1);
    CHECK(findings()[0].severity == OMBUD_SEVERITY_VIOLATION);
    CHECK_THAT(findings()[0].text, Catch::Contains("2 times") && Catch::Contains("process of its own"));

    REQUIRE(stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) { return stage.modules->forgive(transaction, "hello_cpp"); }));
    CHECK(findings().empty());
    CHECK(stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor))->place == config::Runner::in_process);
}

TEST_CASE("another version of a module that took the host down begins anew", "[modules]") {
    SignedPuppet stage;
    for (int i = 0; i < 2; ++i)
        std::ofstream(stage.folder / "crashes", std::ios::app) << crash_notes::line_for("puppet", std::string(64, 'b')) << "11\n";
    REQUIRE(stage.modules->prepare());

    CHECK(stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor))->place == config::Runner::in_process);
}

TEST_CASE("files that were replaced while a plugin runs are for the next start", "[modules]") {
    SignedPuppet stage;
    REQUIRE(stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor)));

    std::filesystem::remove(trust::signature_file(stage.manifest.file));
    std::ofstream(stage.folder / "puppet.so") << "another version";

    CHECK(stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor)));
}

TEST_CASE("what is trusted no longer gets no new instance, though it is loaded", "[modules]") {
    SignedPuppet stage;
    REQUIRE(stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor)));

    stage.shop.trust("acme", "level: withdrawn\nreason: stolen\n");
    REQUIRE(stage.trust->reload("stolen", {}));
    const auto again = stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor));

    REQUIRE_FALSE(again);
    CHECK_THAT(again.error().message, Catch::Contains("withdrawn: stolen"));
    const auto status = stage.modules->plugin_status({{"puppet", stage.manifest}});
    REQUIRE(status.size() == 1);
    CHECK(status[0].state == "loaded");
    CHECK_THAT(status[0].problem, Catch::Contains("withdrawn: stolen"));
}

TEST_CASE("a withdrawn plugin that runs is a finding until another index lets it run", "[modules]") {
    SignedPuppet stage;
    const config::Manifests manifests{{"puppet", stage.manifest}};
    REQUIRE(stage.modules->plugin(stage.manifest, Stage::configured(config::Mode::monitor)));
    stage.shop.trust("vendor", "level: organisation\n");
    const auto open = [&] {
        REQUIRE(stage.trust->reload("notice 7", {}));
        REQUIRE(stage.modules->judge_running(manifests));
        auto db = stage.ledger->open_for_reading();
        REQUIRE(db);
        return *findings::query(*db, {});
    };
    const auto index = [&](std::int64_t serial, const std::string& why) {
        stage.shop.index("vendor", {serial, "2026-11-18", {{"puppet", "1.0.0", stage.manifest.library_sha256, std::string(64, 'b'), why}}}, "vendor");
    };

    index(1, "forgets hours");
    const auto found = open();
    index(2, "");
    const auto after = open();

    REQUIRE(found.size() == 1);
    CHECK(found[0].module == "ombud.trust");
    CHECK_THAT(found[0].text, Catch::Contains("puppet runs here") && Catch::Contains("forgets hours"));
    CHECK(after.empty());
}

} // namespace
} // namespace ombud::daemon
