#include "daemon/ledger_upkeep.hpp"

#include <catch2/catch.hpp>

#include "events/clock.hpp"
#include "ledger/epoch_signer.hpp"
#include "ledger/verify.hpp"
#include "temp_folder.hpp"

using namespace ombud;
using namespace ombud::daemon;

namespace {

constexpr std::int64_t day_s = 86'400, second_ns = 1'000'000'000;

struct Stage {
    Stage() {
        signer = ledger::EpochSigner::open(keys / "key.pem", "example.com/site").value();
        ledger = ledger::Ledger::open(folder.path(), *signer, clock).value();
    }
    void append(int count) {
        for (int i = 0; i < count; ++i)
            REQUIRE(ledger->append(ledger::Entry("test.entry").set("n", i)));
    }
    [[nodiscard]] ledger::VerifyReport verified() const {
        auto report = ledger::verify(folder.path()).value();
        CHECK(report.problems.empty());
        return report;
    }
    TempFolder folder, keys;
    FakeClock clock;
    std::unique_ptr<ledger::EpochSigner> signer;
    std::unique_ptr<ledger::Ledger> ledger;
};

} // namespace

TEST_CASE("an epoch begins once a day, whatever runs begin and end", "[upkeep]") {
    Stage stage;
    for (int day = 1; day <= 3; ++day) {
        for (int run = 0; run < 2; ++run) {
            LedgerUpkeep upkeep(*stage.ledger, stage.clock);
            REQUIRE(upkeep.begin_epoch_of_day());
            REQUIRE(upkeep.begin_epoch_of_day());
        }
        CHECK(stage.verified().epochs == static_cast<std::uint64_t>(day));
        stage.clock.advance_ns(day_s * second_ns);
    }
}

TEST_CASE("what is older than the site keeps is pruned once a day, and nothing where it keeps for ever", "[upkeep]") {
    Stage stage;
    LedgerUpkeep upkeep(*stage.ledger, stage.clock);
    stage.append(300);
    stage.clock.advance_ns(31 * day_s * second_ns);
    stage.append(300);
    CHECK(upkeep.prune_of_day(0).value() == 0);
    CHECK(upkeep.prune_of_day(40 * day_s).value() == 0);
    CHECK(upkeep.prune_of_day(30 * day_s).value() == 256);
    stage.clock.advance_ns(29 * day_s * second_ns);
    CHECK(upkeep.prune_of_day(30 * day_s).value() == 0);
    stage.clock.advance_ns(2 * day_s * second_ns);
    CHECK(upkeep.prune_of_day(30 * day_s).value() > 0);
    CHECK(stage.verified().bodies_from == 512);
}
