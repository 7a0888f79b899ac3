#include "scratch_ledger.hpp"

#include <fstream>
#include <map>
#include <unistd.h>

using namespace ombud;
using namespace ombud::ledger;

namespace {

std::map<std::string, ShownField> shown(ScratchLedger& ledger, std::uint64_t index) {
    auto fields = ledger.reader().show(index);
    if (!fields)
        FAIL(fields.error().message);
    std::map<std::string, ShownField> by_key;
    for (ShownField& field : *fields)
        by_key[field.key] = field;
    return by_key;
}

/// Waits until nothing that was erased is in a write-ahead log.
void await_empty_logs(ScratchLedger& ledger) {
    for (int tries = 0; ledger->status().log_holds_removed; ++tries) {
        REQUIRE(tries < 60'000);
        ::usleep(1'000);
    }
}

bool any_file_holds(const std::filesystem::path& folder, const std::string& text) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string content(std::istreambuf_iterator<char>(in), {});
        if (content.find(text) != std::string::npos)
            return true;
    }
    return false;
}

} // namespace

TEST_CASE("a personal value is shown while its opening exists", "[erasure]") {
    ScratchLedger ledger;
    const auto index = ledger.append(Entry("a").set("camera", "gate").set("user", Personal{"Ada Lovelace"}));

    const auto fields = shown(ledger, index);

    CHECK(fields.at("user").opening == "Ada Lovelace");
    CHECK_THAT(fields.at("user").value, Catch::StartsWith("hmac-sha256:"));
    CHECK(fields.at("camera").value == "gate");
    CHECK_FALSE(fields.at("camera").opening);
}

TEST_CASE("the ledger's own file never holds a personal value", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada Lovelace"}));
    ledger.close();
    std::filesystem::remove(ledger.folder() / "openings.db");

    CHECK_FALSE(any_file_holds(ledger.path(), "Lovelace"));
}

TEST_CASE("an erased value is gone from every file, while the host runs", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada Lovelace"}));
    ledger.append(Entry("a").set("user", Personal{"Grace Hopper"}));
    REQUIRE(any_file_holds(ledger.path(), "Lovelace"));

    const auto erased = ledger->erase(EntryIndex{0}, "request 17");

    REQUIRE(erased);
    CHECK(*erased == 1);
    await_empty_logs(ledger);
    CHECK_FALSE(any_file_holds(ledger.path(), "Lovelace"));
    CHECK_FALSE(shown(ledger, 0).at("user").opening);
    CHECK(shown(ledger, 1).at("user").opening == "Grace Hopper");
}

TEST_CASE("an erasure while somebody reads the values is done, and its bytes go when they have read", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada Lovelace"}));
    auto reader = store::Database::open(ledger.folder() / "openings.db", {.access = store::Access::read_only});
    REQUIRE(reader);
    REQUIRE(reader->execute("BEGIN; SELECT count(*) FROM opening"));

    const auto erased = ledger->erase(EntryIndex{0}, "request 17");

    REQUIRE(erased);
    CHECK_FALSE(shown(ledger, 0).at("user").opening);
    for (int tries = 0; ledger->status().log_failure.empty(); ++tries) {
        REQUIRE(tries < 60'000);
        ::usleep(1'000);
    }
    CHECK(ledger->status().log_holds_removed);
    REQUIRE(reader->execute("COMMIT"));
    await_empty_logs(ledger);
    CHECK_FALSE(any_file_holds(ledger.path(), "Lovelace"));
}

TEST_CASE("an erasure is an entry that says what was erased and why, and the chain stays whole", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("guard", Personal{"Ada"}).set("user", Personal{"Bob"}));

    REQUIRE(ledger->erase(EntryIndex{0}, "request 17"));

    const auto fields = shown(ledger, 1);
    CHECK(fields.at("kind").value == "ledger.erasure");
    CHECK(fields.at("by").value == "index");
    CHECK(fields.at("count").value == "2");
    CHECK(fields.at("erased").value == "0:guard,0:user");
    CHECK(fields.at("reason").value == "request 17");
    ledger.reopen();
    require_verifies(ledger.path());
}

TEST_CASE("erasing by value finds it in every entry, and the entry does not repeat it", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada"}));
    ledger.append(Entry("b").set("user", Personal{"Bob"}));
    ledger.append(Entry("c").set("who", Personal{"Ada"}));

    const auto erased = ledger->erase(PersonalValue{"Ada"}, "request 18");

    CHECK(erased.value() == 2);
    CHECK_FALSE(shown(ledger, 2).at("who").opening);
    CHECK(shown(ledger, 1).at("user").opening == "Bob");
    CHECK_THAT(ledger.line(3), Catch::Contains("0:user,2:who") && !Catch::Contains("Ada"));
}

TEST_CASE("erasing what is older than a time leaves the rest", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada"}));
    ledger.clock.advance_ns(1'000'000'000);
    const auto now = ledger.clock.utc_ns();
    ledger.append(Entry("b").set("user", Personal{"Bob"}));

    CHECK(ledger->erase(OlderThan{now}, "retention").value() == 1);

    CHECK_FALSE(shown(ledger, 0).at("user").opening);
    CHECK(shown(ledger, 1).at("user").opening == "Bob");
}

TEST_CASE("erasing what is not there erases and records nothing", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada"}));

    CHECK(ledger->erase(PersonalValue{"Eve"}, "request 19").value() == 0);
    CHECK(ledger->status().size == 1);
}

TEST_CASE("an erasure that a crash cut short is finished when the ledger is opened", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada Lovelace"}));
    ledger.close();
    auto db = store::Database::open(ledger.folder() / "ledger.db");
    REQUIRE(db->execute("INSERT INTO erasure VALUES(0, 'user')")); // promised with its entry, not yet done

    ledger.reopen();

    CHECK_FALSE(shown(ledger, 0).at("user").opening);
    CHECK_FALSE(any_file_holds(ledger.path(), "Lovelace"));
}

TEST_CASE("values of entries that a crash left unrecorded are dropped when the ledger is opened", "[erasure]") {
    ScratchLedger ledger;
    ledger.append(Entry("a").set("user", Personal{"Ada"}));
    ledger.close();
    auto db = store::Database::open(ledger.folder() / "openings.db");
    REQUIRE(db->execute("INSERT INTO opening VALUES(1, 'user', 0, zeroblob(32), 'Eve')"));

    ledger.reopen();
    ledger.append(Entry("b").set("user", Personal{"Bob"}));

    CHECK(shown(ledger, 0).at("user").opening == "Ada");
    CHECK(shown(ledger, 1).at("user").opening == "Bob");
    require_verifies(ledger.path());
}
