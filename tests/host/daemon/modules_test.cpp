#include "daemon/modules.hpp"

#include "enforcement/actions.hpp"
#include "scratch_ledger.hpp"
#include "theatre.hpp"

namespace ombud::daemon {
namespace {

struct Stage {
    ledger::ScratchLedger ledger;
    Lent lent;
    TempFolder folder;
    std::unique_ptr<Modules> modules;

    Stage() { open(); }
    void open() {
        REQUIRE(actions::prepare(*ledger));
        modules = std::make_unique<Modules>(
            Modules::Parts{*ledger, lent.own_names, ledger.clock, lent.services, folder.path(), folder / "private"});
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

} // namespace
} // namespace ombud::daemon
