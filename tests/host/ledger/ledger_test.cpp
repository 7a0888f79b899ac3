#include "ledger/checkpoint.hpp"
#include "ledger/file.hpp"
#include "scratch_ledger.hpp"
#include "store/schema.hpp"

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

using namespace ombud;
using namespace ombud::ledger;

namespace {

// A signer that can be told to fail, as one in another process does when that is gone.
class FallibleSigner final : public Signer {
  public:
    explicit FallibleSigner(Signer& inner) : inner_(inner) {}
    [[nodiscard]] const signing::NoteVerifier& verifier() const override { return inner_.verifier(); }
    Result<std::string> sign(std::string_view text) override {
        ++asked;
        if (failing)
            return fail(ErrorCode::unavailable, "the signer is away");
        return inner_.sign(text);
    }
    std::atomic<bool> failing = false;
    std::atomic<int> asked = 0;

  private:
    Signer& inner_;
};

std::uint64_t size_of_note(ScratchLedger& ledger, const std::string& note) {
    auto checkpoint = open_checkpoint(note, ledger.signer().verifier());
    if (!checkpoint)
        FAIL(checkpoint.error().message);
    return checkpoint->size;
}

} // namespace

TEST_CASE("entries get the indexes 0, 1, 2 and the time of their append", "[ledger]") {
    ScratchLedger ledger;
    ledger.clock.set_utc_ns(5);

    CHECK(ledger.append(Entry("a")) == 0);
    CHECK(ledger.append(Entry("b").set("x", 1)) == 1);
    CHECK(ledger.append(Entry("c")) == 2);

    CHECK(ledger.line(1) == R"({"at":"1970-01-01T00:00:00.000000005Z","index":1,"kind":"b","x":1})");
}

TEST_CASE("a unit's entries and its rows in other tables are stored together", "[ledger]") {
    ScratchLedger ledger;
    constexpr std::string_view steps[] = {"CREATE TABLE journal(x INTEGER)"};

    const auto done = ledger->commit([&](Ledger::Transaction& transaction) -> Result<void> {
        if (auto applied = store::apply_schema(transaction.db(), "journal", steps); !applied)
            return applied;
        if (auto appended = transaction.append(Entry("a")); !appended)
            return fail(appended.error());
        return transaction.db().execute("INSERT INTO journal VALUES(1)");
    });

    REQUIRE(done);
    auto db = ledger->open_for_reading();
    REQUIRE(db);
    auto row = db->prepare("SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM entry)");
    REQUIRE(row);
    REQUIRE(row->step().value());
    CHECK(row->integer(0) == 1);
    CHECK(row->integer(1) == 1);
}

TEST_CASE("a unit that fails leaves neither entries nor rows, and its indexes go to the next", "[ledger]") {
    ScratchLedger ledger;
    ledger.append(Entry("a"));

    const auto failed = ledger->commit([](Ledger::Transaction& transaction) -> Result<void> {
        (void)transaction.append(Entry("lost").set("who", Personal{"Ada"}));
        (void)transaction.db().execute("CREATE TABLE lost(x)");
        return fail(ErrorCode::refused, "changed its mind");
    });
    const auto thrown = ledger->commit([](Ledger::Transaction& transaction) -> Result<void> {
        (void)transaction.append(Entry("lost"));
        throw 5;
    });

    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "changed its mind");
    CHECK_FALSE(thrown);
    CHECK(ledger.append(Entry("b")) == 1);
    CHECK(ledger->status().size == 2);
    require_verifies(ledger.path());
}

TEST_CASE("an entry that breaks a rule is refused and nothing is recorded", "[ledger]") {
    ScratchLedger ledger;

    const auto recorded = ledger->append(Entry("a").set("b", "\xff"));

    REQUIRE_FALSE(recorded);
    CHECK(recorded.error().code == ErrorCode::invalid_input);
    CHECK(ledger->status().size == 0);
}

TEST_CASE("recorded vouches for durable entries only", "[ledger]") {
    ScratchLedger ledger;
    std::uint64_t index = 99;
    bool vouched_early = true;
    REQUIRE(ledger->commit([&](Ledger::Transaction& transaction) -> Result<void> {
        index = transaction.append(Entry("a")).value();
        vouched_early = ledger->recorded(index).has_value();
        return {};
    }));

    CHECK_FALSE(vouched_early);
    CHECK(ledger->recorded(index).value().index() == index);
    CHECK(ledger->recorded(index + 1).error().code == ErrorCode::not_found);
}

TEST_CASE("a ledger that is opened again goes on where it ended", "[ledger]") {
    ScratchLedger ledger;
    ledger.append_many(700);
    ledger.reopen();
    ledger.append_many(700);
    ledger.close();

    const auto report = verify(ledger.path());
    REQUIRE(report);
    CHECK(report->problems.empty());
    CHECK(report->size == 1'400);
    CHECK(report->signed_size == 1'400);
}

TEST_CASE("a second process is told that the ledger is open already", "[ledger]") {
    ScratchLedger ledger;

    const auto second = ledger.try_open();

    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::unavailable);
    CHECK_THAT(second.error().message, Catch::Contains("another process"));
}

TEST_CASE("a ledger is not continued under another key", "[ledger]") {
    ScratchLedger ledger;
    ledger.append(Entry("a"));
    ledger.close();
    auto stranger = KeySigner::open(ledger.folder() / "other.pem", "example.com/site");
    REQUIRE(stranger);

    const auto opened = Ledger::open(ledger.path(), *stranger, ledger.clock);

    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::refused);
}

TEST_CASE("a ledger that does not verify is not opened, and the entry is named", "[ledger]") {
    ScratchLedger ledger;
    ledger.append_many(10);
    ledger.close();
    auto db = store::Database::open(ledger.folder() / "ledger.db");
    REQUIRE(db->execute("UPDATE entry SET line = replace(line, '\"n\":4', '\"n\":5') WHERE idx = 4"));

    const auto opened = ledger.try_open();

    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::corrupt);
    CHECK_THAT(opened.error().message, Catch::Contains("entry 4: changed"));
}

TEST_CASE("a ledger of a newer version is not opened", "[ledger]") {
    ScratchLedger ledger;
    ledger.close();
    auto db = store::Database::open(ledger.folder() / "ledger.db");
    REQUIRE(db->execute("UPDATE schema_part SET version = 99"));

    CHECK(ledger.try_open().error().code == ErrorCode::too_new);
}

TEST_CASE("a checkpoint is signed when enough entries came since the last", "[checkpoint]") {
    ScratchLedger ledger({.checkpoint_entries = 10});
    ledger.append(Entry("first"));
    REQUIRE(ledger->checkpoint());

    ledger.append_many(9);
    ledger.append_many(1);
    CHECK(ledger->status().signed_size == 1);
    ledger.append_many(1); // with the commit after: what is signed is durable
    CHECK(ledger->status().signed_size == 11);
}

TEST_CASE("a checkpoint over what is durable is signed with the first commit after the interval", "[checkpoint]") {
    ScratchLedger ledger;
    REQUIRE(ledger->checkpoint());
    ledger.append(Entry("first"));
    ledger.append(Entry("second"));
    REQUIRE(ledger->status().signed_size == 0);

    ledger.clock.advance_ns(1'000'000'000);
    ledger.append(Entry("third"));

    CHECK(ledger->status().signed_size == 2);
}

TEST_CASE("no signer is asked for what a crash could take away", "[checkpoint]") {
    class Watching final : public Signer {
      public:
        Watching(KeySigner& signer, std::filesystem::path folder) : signer_(signer), folder_(std::move(folder)) {}
        [[nodiscard]] const signing::NoteVerifier& verifier() const override { return signer_.verifier(); }
        Result<std::string> sign(std::string_view text) override {
            const auto durable = Reader::open(folder_).value().size().value();
            asked_for_too_much |= parse_checkpoint(text)->size > durable;
            ++asked;
            return signer_.sign(text);
        }
        bool asked_for_too_much = false;
        int asked = 0;

      private:
        KeySigner& signer_;
        std::filesystem::path folder_;
    };
    ScratchLedger scratch;
    scratch.close();
    Watching signer(scratch.signer(), scratch.path());
    {
        auto ledger = Ledger::open(scratch.path(), signer, scratch.clock, {.checkpoint_entries = 1}).value();
        for (int i = 0; i < 20; ++i)
            REQUIRE(ledger->append(Entry("a")));
    }
    CHECK(signer.asked > 10);
    CHECK_FALSE(signer.asked_for_too_much);
}

TEST_CASE("an idle ledger signs its last entries by itself", "[checkpoint]") {
    std::promise<std::string> idle;
    std::atomic<int> seen = 0;
    LedgerOptions options;
    options.checkpoint_interval_ns = 2'000'000;
    options.on_checkpoint = [&](const std::string& note) {
        if (++seen == 2)
            idle.set_value(note);
    };
    ScratchLedger ledger(options);
    ledger.append(Entry("first"));
    ledger.append(Entry("second"));

    ledger.clock.advance_ns(2'000'000); // from here on nobody calls the ledger

    CHECK(size_of_note(ledger, idle.get_future().get()) == 2);
}

TEST_CASE("a checkpoint on request covers all that was recorded before, and is published", "[checkpoint]") {
    ScratchLedger ledger;
    ledger.append(Entry("first"));
    ledger.append_many(5);

    const auto note = ledger->checkpoint();

    REQUIRE(note);
    CHECK(size_of_note(ledger, *note) == 6);
    CHECK(read_file(ledger.folder() / "checkpoint").value() == *note);
}

TEST_CASE("closing signs and publishes what is left", "[checkpoint]") {
    ScratchLedger ledger;
    ledger.append(Entry("first"));
    ledger.append_many(5);

    ledger.close();

    CHECK(size_of_note(ledger, read_file(ledger.folder() / "checkpoint").value()) == 6);
}

TEST_CASE("a signer that is away leaves entries recorded and unsigned, and is asked again", "[checkpoint]") {
    ScratchLedger scratch;
    scratch.close();
    FallibleSigner signer(scratch.signer());
    auto opened = Ledger::open(scratch.path(), signer, scratch.clock, {.checkpoint_entries = 1});
    REQUIRE(opened);
    Ledger& ledger = **opened;
    signer.failing = true;
    REQUIRE(ledger.append(Entry("a")));
    REQUIRE(ledger.append(Entry("b")));

    auto status = ledger.status();
    CHECK(status.size == 2);
    CHECK(status.signed_size == 0);
    CHECK_THAT(status.signing.error().message, Catch::Contains("away"));
    CHECK(signer.asked == 1); // not again within the interval
    CHECK_THAT(ledger.checkpoint().error().message, Catch::Contains("away"));

    signer.failing = false;
    scratch.clock.advance_ns(1'000'000'000);
    REQUIRE(ledger.append(Entry("c")));
    CHECK(ledger.status().signed_size == 2);
    CHECK(ledger.status().signing);
}

TEST_CASE("a checkpoint file that cannot be written is told, and the record goes on", "[checkpoint]") {
    ScratchLedger ledger;
    std::filesystem::create_directory(ledger.folder() / "checkpoint.new"); // in the way of the new file

    REQUIRE(ledger->checkpoint());
    CHECK_THAT(ledger->status().publishing.error().message, Catch::Contains("checkpoint.new"));

    std::filesystem::remove(ledger.folder() / "checkpoint.new");
    REQUIRE(ledger->checkpoint());
    CHECK(ledger->status().publishing);
}

TEST_CASE("writers, readers and verifiers work at the same time", "[ledger][hammer]") {
    ScratchLedger ledger;
    std::atomic<bool> writing = true;
    std::atomic<int> failures = 0;
    std::vector<std::thread> writers;
    for (int w = 0; w < 6; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; i < 120; ++i) {
                const auto recorded =
                    ledger->append(Entry("test.hammer").set("writer", w).set("n", i).set("who", Personal{"Ada"}));
                if (!recorded || !ledger->recorded(recorded->index()))
                    ++failures;
            }
        });
    std::vector<std::thread> watchers;
    std::atomic<int> verified = 0;
    for (int v = 0; v < 2; ++v)
        watchers.emplace_back([&] {
            do {
                const auto report = verify(ledger.path());
                if (!report || !report->problems.empty())
                    ++failures;
                ++verified;
            } while (writing);
        });
    watchers.emplace_back([&] {
        do {
            const auto reader = ledger->reader();
            if (!reader)
                ++failures;
        } while (writing);
    });

    for (auto& writer : writers)
        writer.join();
    writing = false;
    for (auto& watcher : watchers)
        watcher.join();

    CHECK(failures == 0);
    CHECK(verified >= 2);
    CHECK(ledger->status().size == 720);
    ledger.close();
    require_verifies(ledger.path());
}
