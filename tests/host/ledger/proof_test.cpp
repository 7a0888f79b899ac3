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

TEST_CASE("growth between ledgers of all small sizes is proven, and every altered proof is refused", "[proof]") {
    ScratchLedger ledger;
    std::vector<Checkpoint> stated(1);
    for (std::uint64_t size = 1; size <= 17; ++size) {
        ledger.append_many(1);
        stated.push_back(open_checkpoint(ledger->checkpoint().value(), ledger.signer().verifier()).value());
        auto reader = ledger.reader();
        for (std::uint64_t old = 1; old <= size; ++old) {
            INFO(old << " of " << size);
            auto request = parse_growth_request(reader.consistency_proof(old).value()).value();
            CHECK(request.old_size == old);
            CHECK(request.checkpoint.size == size);
            CHECK(verify_consistency(stated[old], request.checkpoint, request.path));

            Checkpoint other = stated[old];
            other.root[3] ^= 1;
            CHECK(verify_consistency(other, request.checkpoint, request.path).error().code == ErrorCode::corrupt);
            other = request.checkpoint;
            other.root[3] ^= 1;
            CHECK_FALSE(verify_consistency(stated[old], other, request.path));
            for (Digest& hash : request.path) {
                hash[31] ^= 1;
                CHECK_FALSE(verify_consistency(stated[old], request.checkpoint, request.path));
                hash[31] ^= 1;
            }
            request.path.push_back({});
            CHECK_FALSE(verify_consistency(stated[old], request.checkpoint, request.path));
            request.path.resize(request.path.size() - std::min<std::size_t>(2, request.path.size()));
            if (old != size)
                CHECK_FALSE(verify_consistency(stated[old], request.checkpoint, request.path));
        }
    }
    CHECK(verify_consistency({}, stated[5], {}));
    CHECK_FALSE(verify_consistency(stated[5], stated[4], {}));
}

TEST_CASE("what is no request to cosign is refused with its reason", "[proof]") {
    ScratchLedger ledger;
    ledger.append_many(3);
    REQUIRE(ledger->checkpoint());
    const std::string good = ledger.reader().consistency_proof(2).value();
    const std::string note = good.substr(good.find("\n\n") + 2);
    std::string many = "old 1\n";
    for (int i = 0; i < 64; ++i)
        many += "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    struct Row {
        const char* behaviour;
        std::string body;
        const char* says;
    };
    const Row rows[] = {
        {"nothing", "", "its first line"},
        {"no size", "old \n\n" + note, "its first line"},
        {"a leading zero", "old 02\n\n" + note, "its first line"},
        {"a sign", "old -2\n\n" + note, "its first line"},
        {"a line that is no hash", "old 2\nabc\n\n" + note, "is no hash"},
        {"too many hashes", many + "\n" + note, "more than 63"},
        {"no checkpoint", "old 2\n\n", "not a signed note"},
        {"an old size beyond the new one", "old 4\n\n" + note, "beyond the checkpoint's"},
        {"too much", good + std::string(300'000, 'x'), "too long"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            const auto request = parse_growth_request(row.body);
            REQUIRE_FALSE(request);
            CHECK_THAT(request.error().message, Contains(row.says));
        }
}
