#include "ledger/proof.hpp"

#include "scratch_ledger.hpp"

using namespace ombud;
using namespace ombud::ledger;
using Catch::Contains;

TEST_CASE("the proof of every entry of ledgers of many sizes fits it, and no other", "[proof]") {
    ScratchLedger ledger;
    for (std::uint64_t size = 1; size <= 17; ++size) {
        ledger.append_many(1);
        REQUIRE(ledger->checkpoint());
        auto reader = ledger.reader();
        for (std::uint64_t index = 0; index < size; ++index) {
            INFO(index << " of " << size);
            const std::string proof = reader.inclusion_proof(index).value();

            const auto proven = verify_inclusion_proof(ledger.line(index), proof, nullptr);

            REQUIRE(proven);
            CHECK(proven->index == index);
            CHECK(proven->checkpoint.size == size);
            const auto wrong = verify_inclusion_proof(ledger.line(index) + " ", proof, nullptr);
            REQUIRE_FALSE(wrong);
            CHECK(wrong.error().code == ErrorCode::corrupt);
        }
    }
}

TEST_CASE("a proof that was altered is refused", "[proof]") {
    ScratchLedger ledger;
    ledger.append_many(7);
    REQUIRE(ledger->checkpoint());
    const std::string proof = ledger.reader().inclusion_proof(3).value();
    const auto first_hash = proof.find('\n', proof.find("index")) + 1;
    struct Row {
        const char* behaviour;
        std::string proof;
        const char* says;
    };
    const Row rows[] = {
        {"no text", "", "its first line is another"},
        {"another version", "c2sp.org/tlog-proof@v2" + proof.substr(22), "its first line is another"},
        {"another index", std::string(proof).replace(proof.find("index 3"), 7, "index 4"), "lead to another root"},
        {"an index behind the end", std::string(proof).replace(proof.find("index 3"), 7, "index 9"),
         "does not fit entry 9 of 7"},
        {"no index", std::string(proof).replace(proof.find("index 3"), 7, "index x"), "states no index"},
        {"a hash less", std::string(proof).erase(first_hash, 45), "does not fit entry 3 of 7"},
        {"a line that is no hash", std::string(proof).replace(first_hash, 44, "hello"), "is no hash"},
        {"no checkpoint", proof.substr(0, first_hash), "its checkpoint"},
        {"too long", proof + std::string(300'000, '\n'), "too long"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto proven = verify_inclusion_proof(ledger.line(3), row.proof, nullptr);

            REQUIRE_FALSE(proven);
            CHECK_THAT(proven.error().message, Contains(row.says));
        }
    }
}
