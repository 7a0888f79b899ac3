#include "ledger/pruning.hpp"

#include "ledger/export.hpp"
#include "ledger/proof.hpp"
#include "scratch_ledger.hpp"
#include "store/database.hpp"

#include <fstream>
#include <sstream>

using namespace ombud;
using namespace ombud::ledger;
using Catch::Contains;

namespace {

constexpr std::int64_t day_ns = 86'400'000'000'000;

/// 600 entries of the first day, one with a personal value; 100 of the second.
class Stage {
  public:
    Stage() {
        ledger.append(Entry("test.person").set("who", Personal{"Ada Lovelace"}));
        ledger.append_many(599);
        ledger.clock.advance_ns(day_ns);
        boundary = ledger.clock.utc_ns();
        ledger.append_many(100);
        note = ledger->checkpoint().value();
    }
    std::uint64_t prune_first_day() {
        const auto gone = prune(*ledger, boundary, "keep 1d");
        if (!gone)
            FAIL(gone.error().message);
        return *gone;
    }
    void sql(const std::string& statement) {
        ledger.close();
        auto db = store::Database::open(ledger.path() / "ledger.db");
        REQUIRE(db);
        REQUIRE(db->execute(statement));
    }
    [[nodiscard]] bool holds(const std::string& bytes) const {
        for (const auto& file : std::filesystem::directory_iterator(ledger.path())) {
            std::ostringstream text;
            text << std::ifstream(file.path(), std::ios::binary).rdbuf();
            if (text.str().find(bytes) != std::string::npos)
                return true;
        }
        return false;
    }

    ScratchLedger ledger;
    std::int64_t boundary = 0;
    std::string note; // of 700 entries, before anything was pruned
};

} // namespace

TEST_CASE("bodies go up to a whole tile, and the chain verifies as before", "[pruning]") {
    Stage stage;
    const auto root = stage.ledger.reader().inclusion_proof(0).value();

    CHECK(stage.prune_first_day() == 512);

    const auto report = verify(stage.ledger.path(), {.kept = {{stage.note, "the kept checkpoint"}}}).value();
    for (const Problem& problem : report.problems)
        FAIL_CHECK(problem.message);
    CHECK(report.pruned == 512);
    CHECK(report.bodies_from == 512);
    CHECK(report.kept == 1);
    CHECK(report.openings == 0);
    auto reader = stage.ledger.reader();
    CHECK_THAT(reader.entry(511).error().message, Contains("was pruned") && Contains("ledger.pruned"));
    CHECK(reader.entry(512));
    CHECK(reader.bodies_from().value() == 512);
    CHECK(reader.inclusion_proof(0).has_value());
    const auto told = reader.entry(701).value();
    CHECK(told.kind == "ledger.pruned");
    CHECK_THAT(told.line, Contains("\"below\":512") && Contains("\"policy\":\"keep 1d\""));
    CHECK(stage.prune_first_day() == 0);
    stage.ledger.reopen();
    stage.ledger.append_many(1);
}

TEST_CASE("what was pruned is nowhere in the folder any more", "[pruning]") {
    Stage stage;
    stage.ledger.append(Entry("test.entry").set("text", "needle-young"));
    {
        ScratchLedger other;
        other.append(Entry("test.entry").set("text", "needle-old"));
        other.append_many(300);
        other.clock.advance_ns(day_ns);
        other.append_many(10);
        REQUIRE(prune(*other, other.clock.utc_ns(), "keep 1d").value() == 256);
        other.reopen();
        other.close();
        for (const auto& file : std::filesystem::directory_iterator(other.path())) {
            std::ostringstream text;
            text << std::ifstream(file.path(), std::ios::binary).rdbuf();
            INFO(file.path());
            CHECK(text.str().find("needle-old") == std::string::npos);
        }
    }
    CHECK(stage.holds("Ada Lovelace"));
    stage.prune_first_day();
    stage.ledger.reopen();
    stage.ledger.close();
    CHECK_FALSE(stage.holds("Ada Lovelace"));
    CHECK(stage.holds("needle-young"));
}

TEST_CASE("a body that is gone without an entry that says so is a change", "[pruning]") {
    Stage stage;
    const auto finds = [&](ProblemKind kind, std::uint64_t index, const char* says) {
        const auto report = verify(stage.ledger.path()).value();
        REQUIRE_FALSE(report.problems.empty());
        CHECK(report.problems[0].kind == kind);
        CHECK(report.problems[0].index == index);
        CHECK_THAT(report.problems[0].message, Contains(says));
    };
    SECTION("nothing was pruned") {
        stage.sql("UPDATE entry SET kind = '', at_ns = 0, line = '' WHERE idx = 7");
        finds(ProblemKind::changed, 7, "no entry says that it was pruned");
    }
    SECTION("above what was pruned") {
        stage.prune_first_day();
        stage.sql("UPDATE entry SET kind = '', at_ns = 0, line = '' WHERE idx = 512");
        finds(ProblemKind::changed, 512, "no entry says that it was pruned");
    }
    SECTION("another hash in its place") {
        stage.prune_first_day();
        stage.sql("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 7");
        finds(ProblemKind::root_mismatch, 600, "states another history");
    }
    SECTION("an entry that no checkpoint covers says so") {
        const Tree tree = [&] {
            Tree grown;
            REQUIRE(stage.ledger.reader().each_leaf(0, 700, [&](const Digest& leaf) { return grown.append(leaf), true; }));
            return grown;
        }();
        const auto line = Entry("ledger.pruned").set("below", 512).render(700, 0).value();
        stage.ledger.close();
        auto db = store::Database::open(stage.ledger.path() / "ledger.db").value();
        Tree grown = tree;
        grown.append(leaf_hash(line));
        auto insert = db.prepare("INSERT INTO entry(idx, kind, at_ns, line, leaf) VALUES(700, 'ledger.pruned', 0, ?1, ?2)").value();
        REQUIRE(insert.bind(1, line).bind(2, leaf_hash(line)).run());
        auto update = db.prepare("UPDATE tree SET size = 701, edge = ?1").value();
        REQUIRE(update.bind(1, grown.edge()).run());
        REQUIRE(db.execute("UPDATE entry SET kind = '', at_ns = 0, line = '' WHERE idx < 512"));
        finds(ProblemKind::changed, 700, "no checkpoint covers it");
    }
}

TEST_CASE("what an end of the process left undone is pruned by the next call", "[pruning]") {
    Stage stage;
    REQUIRE(stage.ledger->erase(OlderThan{stage.boundary}, "bodies are pruned"));
    stage.ledger.append(Entry("ledger.pruned").set("below", 256).set("policy", "keep 1d"));
    REQUIRE(stage.ledger->checkpoint());
    require_verifies(stage.ledger.path());
    CHECK(prune(*stage.ledger, 0, "keep 1d").value() == 256);
    CHECK(verify(stage.ledger.path())->pruned == 256);
    require_verifies(stage.ledger.path());
}

TEST_CASE("the ledger's account of itself keeps its bodies", "[pruning]") {
    ScratchLedger ledger;
    ledger.append(Entry("test.person").set("who", Personal{"Ada Lovelace"}));
    REQUIRE(ledger->erase(EntryIndex{0}, "asked for").value() == 1);
    ledger.append_many(300);
    ledger.clock.advance_ns(day_ns);
    ledger.append_many(1);
    REQUIRE(prune(*ledger, ledger.clock.utc_ns(), "keep 1d").value() == 255);
    CHECK(ledger.reader().entry(1)->kind == "ledger.erasure");
    require_verifies(ledger.path());
}

TEST_CASE("an export of a pruned ledger has all hash tiles, and entries from the minimum index", "[pruning]") {
    Stage stage;
    stage.prune_first_day();
    REQUIRE(stage.ledger->checkpoint());
    TempFolder out;
    const auto report = export_to(stage.ledger.path(), out / "export");
    REQUIRE(report);
    CHECK(report->size == 702);
    CHECK(std::filesystem::exists(out / "export/tile/0/000"));
    CHECK_FALSE(std::filesystem::exists(out / "export/tile/entries/001"));
    CHECK(std::filesystem::exists(out / "export/tile/entries/002.p/190"));
    std::ifstream lines(out / "export/entries.jsonl");
    std::string first;
    std::getline(lines, first);
    CHECK(first == stage.ledger.line(512));
}
