#include "ledger/epoch_signer.hpp"

#include "scratch_ledger.hpp"
#include "store/database.hpp"

#include <fstream>
#include <sstream>

using namespace ombud;
using namespace ombud::ledger;
using Catch::Contains;

namespace {

/// A ledger whose signer has epochs, and a folder of keys beside it.
class Stage {
  public:
    Stage() { reopen(); }
    void reopen() {
        auto opened = try_open();
        if (!opened)
            FAIL(opened.error().message);
    }
    Result<void> try_open() {
        ledger.reset();
        auto made = EpochSigner::open(keys / "key.pem", "example.com/site");
        if (!made)
            return fail(made.error());
        signer = std::move(*made);
        auto opened = Ledger::open(folder.path(), *signer, clock);
        if (!opened)
            return fail(opened.error());
        ledger = std::move(*opened);
        return {};
    }
    void append(int count) {
        for (int i = 0; i < count; ++i)
            REQUIRE(ledger->append(Entry("test.entry").set("n", i)));
    }
    void epoch() {
        const auto begun = ledger->begin_epoch();
        if (!begun)
            FAIL(begun.error().message);
    }
    [[nodiscard]] VerifyReport verified(const VerifyOptions& options = {}) const {
        auto report = verify(folder.path(), options);
        if (!report)
            FAIL(report.error().message);
        return std::move(*report);
    }
    [[nodiscard]] std::string text(const std::filesystem::path& file) const {
        std::ostringstream out;
        out << std::ifstream(file).rdbuf();
        return out.str();
    }
    void sql(const std::string& statement) {
        ledger.reset();
        auto db = store::Database::open(folder / "ledger.db");
        REQUIRE(db);
        REQUIRE(db->execute(statement));
    }

    TempFolder folder, keys;
    FakeClock clock;
    std::unique_ptr<EpochSigner> signer;
    std::unique_ptr<Ledger> ledger;
};

} // namespace

TEST_CASE("epochs follow one another from the first key, and the ledger's own key verifies all of them", "[epoch]") {
    Stage stage;
    stage.append(3);
    REQUIRE(stage.ledger->checkpoint());
    for (int day = 0; day < 3; ++day) {
        stage.epoch();
        stage.append(2);
        REQUIRE(stage.ledger->checkpoint());
    }

    const auto report = stage.verified();

    CHECK(report.problems.empty());
    CHECK(report.epochs == 3);
    REQUIRE(report.epoch.current);
    CHECK_FALSE(report.epoch.next);
    const auto note = signing::parse_note(stage.ledger->checkpoint().value()).value();
    CHECK(note.signatures.size() == 2);
    CHECK(signing::verify_note(note, stage.signer->verifier()));
    CHECK(signing::verify_note(note, *report.epoch.current));
    CHECK(parse_pinned_keys(stage.text(stage.folder / "verifier"))->epoch_root->verifier_key() == report.epoch_root);
}

TEST_CASE("an epoch's key is gone when the next has begun, and survives everything else", "[epoch]") {
    Stage stage;
    stage.epoch();
    const auto first = stage.text(stage.keys / "key-epoch.pem");
    REQUIRE_FALSE(first.empty());
    std::ifstream held(stage.keys / "key-epoch.pem"); // whoever had it open reads what is left of it
    stage.reopen();
    CHECK(stage.text(stage.keys / "key-epoch.pem") == first);
    stage.epoch();
    CHECK(stage.text(stage.keys / "key-epoch.pem") != first);
    CHECK_FALSE(std::filesystem::exists(stage.keys / "key-epoch-next.pem"));
    std::ostringstream left;
    left << held.rdbuf();
    CHECK_THAT(left.str(), !Contains("PRIVATE KEY"));
    stage.reopen();
    stage.append(1);
    CHECK(stage.verified().problems.empty());
}

TEST_CASE("a crash at any step of a new epoch loses nothing", "[epoch]") {
    Stage stage;
    stage.epoch();
    stage.append(2);
    const auto key = [&] { return stage.keys / "key-epoch.pem"; };
    const auto next = [&] { return stage.keys / "key-epoch-next.pem"; };
    SECTION("a key was prepared, and no entry names it") {
        REQUIRE(stage.signer->prepare_epoch());
        const auto prepared = stage.text(next());
        stage.reopen();
        stage.epoch();
        CHECK(stage.text(key()) == prepared);
    }
    SECTION("its entry is covered, and it was not entered") {
        const auto old = stage.text(key());
        stage.epoch();
        stage.ledger.reset();
        std::filesystem::rename(key(), next());
        std::ofstream(key()) << old;
        std::filesystem::permissions(key(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        stage.reopen();
        CHECK(stage.text(key()) != old);
    }
    SECTION("its entry is there, and no checkpoint covers it") {
        const auto old = stage.text(key());
        stage.ledger->checkpoint().value();
        const auto index = stage.ledger->begin_epoch().value();
        stage.ledger.reset();
        std::filesystem::rename(key(), next());
        std::ofstream(key()) << old;
        std::filesystem::permissions(key(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        std::filesystem::remove(stage.folder / "checkpoint");
        stage.sql("DELETE FROM checkpoint WHERE size > " + std::to_string(index));
        const auto waiting = stage.verified();
        CHECK(waiting.problems.empty());
        CHECK(waiting.epoch.next);
        stage.reopen();
        CHECK_FALSE(stage.ledger->begin_epoch());
        REQUIRE(stage.ledger->checkpoint());
        CHECK(stage.text(key()) != old);
    }
    stage.append(2);
    stage.ledger.reset();
    const auto report = stage.verified();
    for (const Problem& problem : report.problems)
        FAIL_CHECK(problem.message);
    CHECK(report.epochs == 2);
    CHECK_FALSE(report.epoch.next);
}

TEST_CASE("a ledger does not open with the keys of another moment", "[epoch]") {
    Stage stage;
    stage.epoch();
    stage.ledger.reset();
    std::filesystem::remove(stage.keys / "key-epoch.pem");
    const auto opened = stage.try_open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::refused);
    CHECK_THAT(opened.error().message, Contains("key-epoch.pem: is not the key of the ledger's epoch"));
    auto plain = KeySigner::open(stage.keys / "key.pem", "example.com/site");
    CHECK_THAT(Ledger::open(stage.folder.path(), *plain, stage.clock).error().message, Contains("this signer has none"));
}

TEST_CASE("who has the ledger's key and today's cannot write yesterday anew", "[epoch]") {
    Stage stage;
    stage.epoch();
    stage.append(3);
    stage.epoch();
    stage.append(3);
    stage.ledger.reset();
    const auto root = stage.verified().epoch_root;
    const auto today = signing::SigningKey::load(stage.keys / "key-epoch.pem").value();
    const auto today_as = signing::NoteVerifier::create("example.com/site", today.public_key()).value();

    SECTION("a day's checkpoint without its key") {
        auto db = store::Database::open(stage.folder / "ledger.db");
        REQUIRE(db);
        auto row = db->prepare("SELECT size, note FROM checkpoint WHERE size > 2 ORDER BY size LIMIT 1").value();
        REQUIRE(row.step().value());
        const auto size = std::to_string(row.integer(0));
        const auto text = signing::parse_note(row.text(1))->text;
        row = store::Statement();
        for (const bool has_other : {false, true}) {
            const auto note = text + "\n" + KeySigner::open(stage.keys / "key.pem", "example.com/site")->sign(text).value() +
                              (has_other ? signing::sign_note(today, today_as, text).value() : "");
            auto update = db->prepare("UPDATE checkpoint SET note = ?1 WHERE size = " + size).value();
            REQUIRE(update.bind(1, note).run());
            const auto report = stage.verified();
            REQUIRE(report.problem_count == 1);
            CHECK(report.problems[0].kind == ProblemKind::bad_signature);
            CHECK_THAT(report.problems[0].message, Contains("is not signed under its epoch's key"));
        }
    }
    SECTION("a whole new ledger from the stolen key, with epochs of its own") {
        std::filesystem::remove_all(stage.folder.path());
        std::filesystem::remove(stage.keys / "key-epoch.pem");
        stage.reopen();
        stage.append(2);
        stage.epoch();
        stage.append(2);
        stage.ledger.reset();
        CHECK(stage.verified().problems.empty());
        const auto pinned = stage.verified({.verifier = stage.signer->verifier(), .epoch_root = signing::NoteVerifier::parse(root).value()});
        CHECK(pinned.epoch_was_pinned);
        REQUIRE_FALSE(pinned.problems.empty());
        CHECK_THAT(pinned.problems[0].message, Contains("begins the epochs with another key than the one that was pinned"));
    }
    SECTION("a new ledger without epochs") {
        std::filesystem::remove_all(stage.folder.path());
        auto plain = KeySigner::open(stage.keys / "key.pem", "example.com/site");
        {
            auto made = Ledger::open(stage.folder.path(), *plain, stage.clock);
            REQUIRE(made);
            REQUIRE((*made)->append(Entry("test.entry")));
        }
        const auto pinned = stage.verified({.verifier = plain->verifier(), .epoch_root = signing::NoteVerifier::parse(root).value()});
        REQUIRE(pinned.problem_count == 1);
        CHECK_THAT(pinned.problems[0].message, Contains("no entry begins the epochs"));
    }
}
