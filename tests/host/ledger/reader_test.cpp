#include "ledger/checkpoint.hpp"
#include "ledger/export.hpp"
#include "ledger/file.hpp"
#include "scratch_ledger.hpp"
#include "signing/encoding.hpp"

#include <vector>

using namespace ombud;
using namespace ombud::ledger;

namespace {

std::vector<std::uint64_t> found(ScratchLedger& ledger, const Query& query) {
    std::vector<std::uint64_t> indexes;
    auto reader = ledger.reader();
    auto read = reader.each(query, [&](const StoredEntry& entry) {
        indexes.push_back(entry.index);
        return true;
    });
    if (!read)
        FAIL(read.error().message);
    return indexes;
}

// Entries 0 to 5 of kinds a, b, a, b, a, b, one second apart.
void fill(ScratchLedger& ledger) {
    for (int i = 0; i < 6; ++i) {
        ledger.append(Entry(i % 2 == 0 ? "a" : "b").set("n", i));
        ledger.clock.advance_ns(1'000'000'000);
    }
}

using Indexes = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("a query finds entries by index, kind, time and number", "[reader]") {
    ScratchLedger ledger;
    const auto start = ledger.clock.utc_ns();
    fill(ledger);
    struct Row {
        const char* behaviour;
        Query query;
        Indexes finds;
    };
    const Row rows[] = {
        {"all of them", {}, {0, 1, 2, 3, 4, 5}},
        {"a range, its end not included", {.begin = 2, .end = 4}, {2, 3}},
        {"a range behind the end", {.begin = 6}, {}},
        {"a kind", {.kind = "b"}, {1, 3, 5}},
        {"a kind that is not there", {.kind = "c"}, {}},
        {"from a time on", {.from_ns = start + 4'000'000'000}, {4, 5}},
        {"before a time", {.to_ns = start + 2'000'000'000}, {0, 1}},
        {"the newest two", {.limit = 2, .newest_first = true}, {5, 4}},
        {"the newest of a kind before an index", {.end = 5, .kind = "b", .limit = 1, .newest_first = true}, {3}},
        {"the first three", {.limit = 3}, {0, 1, 2}},
        {"an end beyond 63 bits", {.begin = 5, .end = UINT64_MAX, .limit = UINT64_MAX}, {5}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(found(ledger, row.query) == row.finds);
        }
    }
}

TEST_CASE("a visit that returns false ends the query", "[reader]") {
    ScratchLedger ledger;
    fill(ledger);
    int visits = 0;

    auto reader = ledger.reader();
    REQUIRE(reader.each({}, [&](const StoredEntry&) { return ++visits < 2; }));

    CHECK(visits == 2);
}

TEST_CASE("a reader sees what is committed after it was opened", "[reader]") {
    ScratchLedger ledger;
    auto reader = ledger.reader();
    ledger.append(Entry("a"));

    CHECK(reader.size().value() == 1);
    CHECK(reader.entry(0).value().kind == "a");
    CHECK(reader.entry(1).error().code == ErrorCode::not_found);
}

TEST_CASE("a proof of inclusion has the form of c2sp.org/tlog-proof", "[proof]") {
    ScratchLedger ledger;
    fill(ledger);
    const std::string note = ledger->checkpoint().value();

    const auto proof = ledger.reader().inclusion_proof(4);

    // In a tree of six, entry 4 is paired with entry 5, then with the first four.
    REQUIRE(proof);
    Tree four;
    for (std::uint64_t i = 0; i < 4; ++i)
        four.append(leaf_hash(ledger.line(i)));
    CHECK(*proof == "c2sp.org/tlog-proof@v1\nindex 4\n" + signing::base64(leaf_hash(ledger.line(5))) + "\n" +
                        signing::base64(four.root()) + "\n\n" + note);
}

TEST_CASE("an entry that no checkpoint covers yet has no proof yet", "[proof]") {
    ScratchLedger ledger;
    CHECK(ledger.reader().newest_checkpoint().error().code == ErrorCode::not_found);
    ledger.append(Entry("a"));
    ledger.append(Entry("b"));

    CHECK(ledger.reader().inclusion_proof(0));
    CHECK(ledger.reader().inclusion_proof(1).error().code == ErrorCode::unavailable);
    CHECK(ledger.reader().inclusion_proof(2).error().code == ErrorCode::not_found);
}

TEST_CASE("a proof of consistency is from a size that the ledger had", "[proof]") {
    ScratchLedger ledger;
    fill(ledger);
    REQUIRE(ledger->checkpoint());

    CHECK(ledger.reader().consistency_proof(4));
    CHECK(ledger.reader().consistency_proof(0).error().code == ErrorCode::invalid_input);
    CHECK(ledger.reader().consistency_proof(7).error().code == ErrorCode::invalid_input);
}

TEST_CASE("an export holds what the newest checkpoint covers", "[export]") {
    ScratchLedger ledger;
    ledger.append_many(300);
    REQUIRE(ledger->checkpoint());
    ledger.append_many(5); // not covered
    const auto target = ledger.folder() / "export";

    const auto report = export_to(ledger.path(), target);

    REQUIRE(report);
    CHECK(report->size == 300);
    CHECK(read_file(target / "checkpoint").value() == ledger.reader().newest_checkpoint().value());
    for (const char* file : {"tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000",
                             "tile/entries/001.p/44", "entries.jsonl", "public.pem", "verifier"}) {
        INFO(file);
        CHECK(std::filesystem::exists(target / file));
    }
    CHECK(std::filesystem::file_size(target / "tile/0/000") == 256 * 32);
    CHECK(std::filesystem::file_size(target / "tile/0/001.p/44") == 44 * 32);
}

TEST_CASE("an export never writes over what is there", "[export]") {
    ScratchLedger ledger;
    ledger.append(Entry("a"));
    REQUIRE(ledger->checkpoint());
    const auto target = ledger.folder() / "export";
    REQUIRE(export_to(ledger.path(), target));

    const auto again = export_to(ledger.path(), target);

    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::refused);
}

TEST_CASE("an export of a ledger with a gap is refused", "[export]") {
    ScratchLedger ledger;
    ledger.append_many(10);
    ledger.close();
    auto db = store::Database::open(ledger.folder() / "ledger.db");
    REQUIRE(db->execute("DELETE FROM entry WHERE idx = 5"));

    const auto exported = export_to(ledger.path(), ledger.folder() / "export");

    REQUIRE_FALSE(exported);
    CHECK(exported.error().code == ErrorCode::corrupt);
}
