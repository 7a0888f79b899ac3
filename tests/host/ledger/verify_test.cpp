#include "ledger/file.hpp"
#include "scratch_ledger.hpp"
#include "signing/encoding.hpp"

#include <algorithm>
#include <fstream>
#include <functional>

using namespace ombud;
using namespace ombud::ledger;

namespace {

// 31 entries, checkpoints of 1, 11, 21 and 31 of them, entries 3, 13 and 23 with a personal value; closed.
class TamperedLedger {
  public:
    TamperedLedger() : scratch_({.checkpoint_entries = 10, .checkpoint_interval_ns = INT64_MAX}) {
        for (int i = 0; i < 31; ++i) {
            Entry entry("test.entry");
            entry.set("n", i);
            if (i % 10 == 3)
                entry.set("user", Personal{"Ada"});
            scratch_.append(entry);
        }
        scratch_.close();
    }

    void run(const std::string& sql, const char* file = "ledger.db") {
        auto db = store::Database::open(scratch_.folder() / file);
        REQUIRE(db);
        auto done = db->execute(sql);
        if (!done)
            FAIL(done.error().message);
    }
    // What somebody does who knows the format: the line, and the leaf hash that fits it.
    void forge_line(std::uint64_t index, const std::string& from, const std::string& to) {
        auto line = scratch_.line(index);
        const auto at = line.find(from);
        REQUIRE(at != std::string::npos);
        line.replace(at, from.size(), to);
        auto db = store::Database::open(scratch_.folder() / "ledger.db");
        auto update = db->prepare("UPDATE entry SET line = ?2, leaf = ?3 WHERE idx = ?1");
        REQUIRE(update->bind(1, static_cast<std::int64_t>(index)).bind(2, line).bind(3, leaf_hash(line)).run());
    }
    // The right edge over the leaf hashes as they now stand.
    void forge_edge() {
        auto db = store::Database::open(scratch_.folder() / "ledger.db");
        auto leaves = db->prepare("SELECT leaf FROM entry ORDER BY idx");
        Tree tree;
        while (leaves->step().value()) {
            Digest leaf{};
            std::copy_n(leaves->blob(0).begin(), leaf.size(), leaf.begin());
            tree.append(leaf);
        }
        auto update = db->prepare("UPDATE tree SET size = ?1, edge = ?2");
        REQUIRE(update->bind(1, static_cast<std::int64_t>(tree.size())).bind(2, tree.edge()).run());
    }
    // The last place in the index by kind, changed in the file itself: SQL would keep index and table in step.
    void forge_index(const std::string& from, const std::string& to) {
        const auto file = scratch_.folder() / "ledger.db";
        std::string content = read_file(file).value();
        constexpr std::size_t page_bytes = 4'096;
        constexpr char leaf_of_index = 0x0a;
        for (std::size_t page = page_bytes; page < content.size(); page += page_bytes) {
            const auto at = content.substr(page, page_bytes).find(from);
            if (content[page] != leaf_of_index || at == std::string::npos)
                continue;
            content.replace(page + at, from.size(), to); // cells are filled from the end: the first found is the last
            std::ofstream(file, std::ios::binary) << content;
            return;
        }
        FAIL("no index page holds " << from);
    }
    VerifyReport verify(const VerifyOptions& options = {}) {
        auto report = ledger::verify(scratch_.path(), options);
        if (!report)
            FAIL(report.error().message);
        return std::move(*report);
    }
    ScratchLedger& scratch() { return scratch_; }

  private:
    ScratchLedger scratch_;
};

void check_finds(const VerifyReport& report, ProblemKind kind, std::uint64_t index, const std::string& says) {
    const auto found = std::find_if(report.problems.begin(), report.problems.end(), [&](const Problem& problem) {
        return problem.kind == kind && problem.index == index;
    });
    for (const Problem& problem : report.problems)
        UNSCOPED_INFO(name_of(problem.kind) << " " << problem.index << ": " << problem.message);
    REQUIRE(found != report.problems.end());
    CHECK_THAT(found->message, Catch::Contains(says));
}

} // namespace

TEST_CASE("an untouched ledger verifies, with all of it signed", "[verify]") {
    TamperedLedger ledger;

    const auto report = ledger.verify();

    CHECK(report.problems.empty());
    CHECK(report.size == 31);
    CHECK(report.signed_size == 31);
    CHECK(report.checkpoints == 4);
    CHECK(report.openings == 3);
    CHECK(report.kept == 0);
    CHECK_FALSE(report.key_was_pinned);
}

TEST_CASE("verify finds each kind of tampering and names the entry", "[verify]") {
    struct Row {
        const char* behaviour;
        std::function<void(TamperedLedger&)> tamper;
        ProblemKind kind;
        std::uint64_t index;
        const char* says;
    };
    const Row rows[] = {
        {"a line that was changed",
         [](TamperedLedger& l) { l.run("UPDATE entry SET line = replace(line, '\"n\":5', '\"n\":6') WHERE idx = 5"); },
         ProblemKind::changed, 5, "entry 5: changed"},
        {"a line that was changed so that it is no entry any more",
         [](TamperedLedger& l) { l.run("UPDATE entry SET line = '{}' WHERE idx = 5"); }, ProblemKind::changed, 5,
         "not in the form of an entry"},
        {"a kind that was changed beside its line",
         [](TamperedLedger& l) { l.run("UPDATE entry SET kind = 'harmless' WHERE idx = 5"); }, ProblemKind::changed, 5,
         "kind 'harmless'"},
        {"a time that was changed beside its line",
         [](TamperedLedger& l) { l.run("UPDATE entry SET at_ns = at_ns + 1 WHERE idx = 5"); }, ProblemKind::changed, 5,
         "under the time"},
        {"a leaf hash that was changed",
         [](TamperedLedger& l) { l.run("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 5"); }, ProblemKind::changed,
         5, "entry 5: changed"},
        {"a leaf hash of another length",
         [](TamperedLedger& l) { l.run("UPDATE entry SET leaf = x'00' WHERE idx = 5"); }, ProblemKind::changed, 5,
         "entry 5: changed"},
        {"a line that was changed together with its hash",
         [](TamperedLedger& l) { l.forge_line(5, "\"n\":5", "\"n\":6"); }, ProblemKind::root_mismatch, 11,
         "entries 1 to 10"},
        {"a line that was changed together with its hash and the edge",
         [](TamperedLedger& l) {
             l.forge_line(15, "\"n\":15", "\"n\":16");
             l.forge_edge();
         },
         ProblemKind::root_mismatch, 21, "entries 11 to 20"},
        {"an entry that was removed", [](TamperedLedger& l) { l.run("DELETE FROM entry WHERE idx = 5"); },
         ProblemKind::removed, 5, "entry 5: removed"},
        {"the first entry removed", [](TamperedLedger& l) { l.run("DELETE FROM entry WHERE idx = 0"); },
         ProblemKind::removed, 0, "entry 0: removed"},
        {"a stretch that was removed", [](TamperedLedger& l) { l.run("DELETE FROM entry WHERE idx BETWEEN 5 AND 8"); },
         ProblemKind::removed, 5, "entries 5 to 8: removed"},
        {"an entry that was removed and the rest moved up",
         [](TamperedLedger& l) {
             l.run("DELETE FROM entry WHERE idx = 5; UPDATE entry SET idx = -idx WHERE idx > 5;"
                   "UPDATE entry SET idx = -idx - 1 WHERE idx < 0");
         },
         ProblemKind::reordered, 5, "recorded as entry 6"},
        {"an entry that was inserted at the end",
         [](TamperedLedger& l) {
             l.run("INSERT INTO entry SELECT 31, kind, at_ns, line, leaf FROM entry WHERE idx = 5");
         },
         ProblemKind::inserted, 31, "entry 31: inserted"},
        {"an entry that was inserted before the first",
         [](TamperedLedger& l) {
             l.run("INSERT INTO entry SELECT -1, kind, at_ns, line, leaf FROM entry WHERE idx = 5");
         },
         ProblemKind::inserted, UINT64_MAX, "entry -1: inserted"},
        {"an entry that was inserted with an edge to fit",
         [](TamperedLedger& l) {
             l.run("INSERT INTO entry SELECT 31, kind, at_ns, line, leaf FROM entry WHERE idx = 30");
             l.forge_edge();
         },
         ProblemKind::reordered, 31, "recorded as entry 30"},
        {"two entries that changed places",
         [](TamperedLedger& l) {
             l.run("UPDATE entry SET idx = 99 WHERE idx = 5; UPDATE entry SET idx = 5 WHERE idx = 6;"
                   "UPDATE entry SET idx = 6 WHERE idx = 99");
         },
         ProblemKind::reordered, 5, "recorded as entry 6"},
        {"an end that was cut off", [](TamperedLedger& l) { l.run("DELETE FROM entry WHERE idx >= 25"); },
         ProblemKind::truncated, 25, "entries 25 to 30: truncated"},
        {"an end that was cut off with an edge to fit",
         [](TamperedLedger& l) {
             l.run("DELETE FROM entry WHERE idx >= 25");
             l.forge_edge();
         },
         ProblemKind::truncated, 25, "the checkpoint of 31 entries: truncated"},
        {"an end that was cut off with edge and checkpoints to fit",
         [](TamperedLedger& l) {
             l.run("DELETE FROM entry WHERE idx >= 22; DELETE FROM checkpoint WHERE size > 21");
             l.forge_edge();
         },
         ProblemKind::rolled_back, 22, "it states 31 entries, the ledger has 22"},
        {"an edge that was changed", [](TamperedLedger& l) { l.run("UPDATE tree SET edge = zeroblob(length(edge))"); },
         ProblemKind::edge_mismatch, 30, "right edge"},
        {"an edge that is missing", [](TamperedLedger& l) { l.run("DELETE FROM tree"); }, ProblemKind::edge_mismatch, 0,
         "right edge is missing"},
        {"a checkpoint whose signature was changed",
         [](TamperedLedger& l) {
             l.run("UPDATE checkpoint SET note = substr(note, 1, length(note) - 20) || 'AAAA' || substr(note, "
                   "length(note) - 15)"
                   " WHERE size = 11");
         },
         ProblemKind::bad_signature, 11, "checkpoint of 11 entries"},
        {"a checkpoint whose text was changed",
         [](TamperedLedger& l) {
             l.run("UPDATE checkpoint SET note = replace(note, char(10) || '11' || char(10), char(10) || '12' || "
                   "char(10)) "
                   "WHERE size = 11");
         },
         ProblemKind::bad_signature, 11, "signature"},
        {"a checkpoint that stands for another size",
         [](TamperedLedger& l) {
             l.run("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 21) WHERE size = 11");
         },
         ProblemKind::bad_checkpoint, 11, "of 21 entries"},
        {"a checkpoint that is none",
         [](TamperedLedger& l) { l.run("UPDATE checkpoint SET note = 'x' WHERE size = 11"); },
         ProblemKind::bad_checkpoint, 11, "not a signed note"},
        {"an index that lists an entry under another kind",
         [](TamperedLedger& l) { l.forge_index("test.entry", "test.entrz"); }, ProblemKind::index_mismatch, 0,
         "kind 'test.entry'"},
        {"a personal value that was changed",
         [](TamperedLedger& l) { l.run("UPDATE opening SET value = 'Eve' WHERE idx = 13", "openings.db"); },
         ProblemKind::broken_opening, 13, "entry 13: broken opening"},
        {"a salt that was changed",
         [](TamperedLedger& l) { l.run("UPDATE opening SET salt = zeroblob(32) WHERE idx = 13", "openings.db"); },
         ProblemKind::broken_opening, 13, "'user'"},
        {"a personal value that was never recorded",
         [](TamperedLedger& l) {
             l.run("INSERT INTO opening VALUES(4, 'user', 0, zeroblob(32), 'Eve')", "openings.db");
         },
         ProblemKind::broken_opening, 4, "entry 4: broken opening"},
        {"a published checkpoint that is not signed",
         [](TamperedLedger& l) { std::ofstream(l.scratch().folder() / "checkpoint") << "x\n1\nAAAA\n"; },
         ProblemKind::bad_checkpoint, 0, "not a signed note"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            TamperedLedger ledger;

            row.tamper(ledger);

            check_finds(ledger.verify(), row.kind, row.index, row.says);
        }
    }
}

TEST_CASE("kinds of problems have names for programs", "[verify]") {
    CHECK(name_of(ProblemKind::changed) == "changed");
    CHECK(name_of(ProblemKind::rolled_back) == "rolled-back");
    CHECK(name_of(ProblemKind::index_mismatch) == "index-mismatch");
    CHECK(name_of(ProblemKind::broken_opening) == "broken-opening");
}

TEST_CASE("one changed line is one problem: the checkpoints confirm the rest", "[verify]") {
    TamperedLedger ledger;
    ledger.run("UPDATE entry SET line = replace(line, '\"n\":5', '\"n\":6') WHERE idx = 5");

    CHECK(ledger.verify().problem_count == 1);
}

TEST_CASE("a folder put back to an older state is caught by a checkpoint that was kept outside", "[verify]") {
    TamperedLedger ledger;
    const TempFolder backup;
    std::filesystem::copy(ledger.scratch().path(), backup.path(), std::filesystem::copy_options::recursive);
    ledger.scratch().reopen();
    ledger.scratch().append_many(5);
    const std::string kept = ledger.scratch()->checkpoint().value();
    ledger.scratch().close();

    const auto unanchored = verify(backup.path());
    const auto anchored = verify(backup.path(), {.kept = {{kept, "the kept checkpoint"}}});

    REQUIRE(unanchored);
    CHECK(unanchored->problems.empty()); // all of it is genuine, only old: this is why anchoring matters
    REQUIRE(anchored);
    CHECK(anchored->kept == 1);
    check_finds(*anchored, ProblemKind::rolled_back, 31, "the kept checkpoint: rolled back; it states 36 entries");
}

TEST_CASE("a rewritten history is caught by a checkpoint that was kept outside, even when the key signed it",
          "[verify]") {
    TamperedLedger ledger;
    const std::string kept = read_file(ledger.scratch().folder() / "checkpoint").value();
    ledger.run("DELETE FROM checkpoint");
    std::filesystem::remove(ledger.scratch().folder() / "checkpoint");
    ledger.forge_line(5, "\"n\":5", "\"n\":6");
    ledger.forge_edge();
    ledger.scratch().reopen(); // the owner of the key signs the forged entries
    ledger.scratch().append_many(5);
    ledger.scratch().close();
    REQUIRE(ledger.verify().problems.empty());

    check_finds(ledger.verify({.kept = {{kept, "the kept checkpoint"}}}), ProblemKind::root_mismatch, 31, "the kept checkpoint");
}

TEST_CASE("an older kept checkpoint of the same history is confirmed", "[verify]") {
    TamperedLedger ledger;
    const std::string kept = read_file(ledger.scratch().folder() / "checkpoint").value();
    ledger.scratch().reopen();
    ledger.scratch().append_many(7);
    ledger.scratch().close();

    CHECK(ledger.verify({.kept = {{kept, "the kept checkpoint"}}}).problems.empty());
}

TEST_CASE("a kept checkpoint of another ledger is refused, not taken as a finding", "[verify]") {
    TamperedLedger ledger;
    TamperedLedger other;
    const std::string foreign = read_file(other.scratch().folder() / "checkpoint").value();

    const auto report = verify(ledger.scratch().path(), {.kept = {{foreign, "the kept checkpoint"}}});

    REQUIRE_FALSE(report);
    CHECK(report.error().code == ErrorCode::invalid_input);
}

TEST_CASE("a ledger that was replaced together with its key fails under the pinned key", "[verify]") {
    TamperedLedger genuine;
    TamperedLedger replaced;

    const auto report = replaced.verify({.verifier = genuine.scratch().signer().verifier()});

    CHECK(report.key_was_pinned);
    CHECK(report.signed_size == 0);
    check_finds(report, ProblemKind::bad_signature, 11, "no signature");
}

TEST_CASE("verifying can be watched and cancelled", "[verify]") {
    ScratchLedger ledger;
    ledger.append_many(40'000);
    ledger.close();
    std::uint64_t last = 0;

    REQUIRE(verify(ledger.path(), {.progress = [&](std::uint64_t done, std::uint64_t total) {
                       CHECK(done > last);
                       CHECK(total == 40'000);
                       last = done;
                       return true;
                   }}));
    const auto cancelled = verify(ledger.path(), {.progress = [](std::uint64_t, std::uint64_t) { return false; }});

    CHECK(last == 32'768);
    REQUIRE_FALSE(cancelled);
    CHECK(cancelled.error().code == ErrorCode::unavailable);
    CHECK_THAT(cancelled.error().message, Catch::Contains("entry 16384"));
}

TEST_CASE("a ledger with a hundred thousand problems is told in a hundred", "[verify]") {
    ScratchLedger ledger;
    ledger.append_many(2'000);
    ledger.close();
    auto db = store::Database::open(ledger.folder() / "ledger.db");
    REQUIRE(db->execute("UPDATE entry SET leaf = zeroblob(32)"));

    const auto report = verify(ledger.path());

    REQUIRE(report);
    CHECK(report->problems.size() == 100);
    CHECK(report->problem_count > 2'000);
}

TEST_CASE("a damaged page is noticed, or holds nothing of the record", "[verify]") {
    ScratchLedger ledger;
    ledger.append_many(300);
    ledger.close();
    const auto file = ledger.folder() / "ledger.db";
    const auto entries_of = [&ledger](const Query& query) {
        std::string lines;
        auto reader = Reader::open(ledger.path());
        if (reader)
            (void)reader->each(query, [&lines](const StoredEntry& entry) {
                lines += entry.line;
                return true;
            });
        return lines;
    };
    const std::string recorded = entries_of({});
    const std::string whole = read_file(file).value();
    int noticed = 0;
    for (std::size_t page = 0; page * 4'096 < whole.size(); ++page) {
        std::string damaged = whole;
        damaged.replace(page * 4'096, 512, 512, '\x5a');
        std::ofstream(file, std::ios::binary) << damaged;

        const auto report = verify(ledger.path());

        INFO("page " << page);
        if (!report || !report->problems.empty()) {
            ++noticed;
            continue;
        }
        CHECK(entries_of({}) == recorded);
        CHECK(entries_of({.kind = "test.entry"}) == recorded);
    }
    CHECK(noticed > 10);
}

TEST_CASE("a folder without a ledger is said to have none", "[verify]") {
    const TempFolder folder;

    CHECK(verify(folder.path()).error().code == ErrorCode::not_found);
}
