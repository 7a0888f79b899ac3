// What was removed leaves the write-ahead log, too, while the Writer works.
#include "store/writer.hpp"
#include "temp_folder.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace ombud;
using namespace ombud::store;
using namespace std::chrono_literals;

namespace {

const std::string secret = "unmistakable-secret-value";

struct Stage {
    TempFolder folder;
    std::atomic<int> emptied{0};
    std::atomic<bool> fails{false};
    std::unique_ptr<Writer> writer;

    explicit Stage(std::chrono::milliseconds removed_for = 20ms) {
        auto db = Database::open(folder / "a.db");
        REQUIRE(db);
        REQUIRE(db->execute("CREATE TABLE t(x INTEGER PRIMARY KEY, text)"));
        writer = Writer::start(std::move(*db), {.removed_for = removed_for, .hooks = {.empty_logs = [this]() -> Result<void> {
                                                    ++emptied;
                                                    return fails ? fail(ErrorCode::unavailable, "the hook fails") : Result<void>{};
                                                }}});
    }
    Result<void> put(int row) const {
        return writer->commit([row](Transaction& transaction) {
            return transaction.db().execute("INSERT INTO t VALUES(" + std::to_string(row) + ", '" + secret + "')");
        });
    }
    Result<void> remove(int row) const {
        return writer->commit([row](Transaction& transaction) -> Result<void> {
            auto statement = transaction.db().prepare("DELETE FROM t WHERE x = ?1");
            return statement ? transaction.db().run_overwriting(statement->bind(1, std::int64_t{row})) : fail(statement.error());
        });
    }
    bool is_in_files() const {
        for (const char* name : {"a.db", "a.db-wal"}) {
            std::ifstream in(folder / name, std::ios::binary);
            if (std::string(std::istreambuf_iterator<char>(in), {}).find(secret) != std::string::npos)
                return true;
        }
        return false;
    }
    template <class Condition>
    void await(Condition condition) const {
        for (int tries = 0; !condition(); ++tries) {
            REQUIRE(tries < 60'000);
            ::usleep(1'000);
        }
    }
};

} // namespace

TEST_CASE("what was removed is in no file a moment later, while the writer goes on", "[removal]") {
    Stage stage;
    REQUIRE(stage.put(1));
    REQUIRE(stage.is_in_files());
    CHECK_FALSE(stage.writer->log().holds_removed);

    REQUIRE(stage.remove(1));
    stage.await([&] { return !stage.writer->log().holds_removed; });

    CHECK_FALSE(stage.is_in_files());
    CHECK(stage.put(2));
}

TEST_CASE("a commit that removes nothing leaves the log alone", "[removal]") {
    Stage stage;

    REQUIRE(stage.put(1));

    CHECK_FALSE(stage.writer->log().holds_removed);
    stage.writer.reset();
    CHECK(stage.emptied == 0);
}

TEST_CASE("the log is emptied once for all that was removed until then", "[removal]") {
    Stage stage(1'000ms);
    for (int row = 0; row < 50; ++row)
        REQUIRE(stage.put(row));

    for (int row = 0; row < 50; ++row)
        REQUIRE(stage.remove(row));
    stage.await([&] { return !stage.writer->log().holds_removed; });

    CHECK(stage.emptied <= 2); // a slow machine may take longer than a second for fifty commits
    CHECK_FALSE(stage.is_in_files());
}

TEST_CASE("a reader keeps what was removed in the log, which is told, and nobody waits for it", "[removal]") {
    Stage stage;
    REQUIRE(stage.put(1));
    auto reader = Database::open(stage.folder / "a.db", {.access = Access::read_only});
    REQUIRE(reader);
    REQUIRE(reader->execute("BEGIN; SELECT count(*) FROM t"));

    REQUIRE(stage.remove(1));
    stage.await([&] { return !stage.writer->log().failure.empty(); });
    CHECK(stage.writer->log().holds_removed);
    CHECK(stage.is_in_files());
    for (int row = 2; row < 50; ++row)
        REQUIRE(stage.put(row));
    for (int row = 2; row < 50; ++row)
        REQUIRE(stage.remove(row));
    REQUIRE(reader->execute("COMMIT"));
    stage.await([&] { return !stage.writer->log().holds_removed; });

    CHECK(stage.writer->log().failure.empty());
    CHECK_FALSE(stage.is_in_files());
}

TEST_CASE("another log that belongs to it and cannot be emptied is told, and tried again", "[removal]") {
    Stage stage;
    stage.fails = true;

    REQUIRE(stage.put(1));
    REQUIRE(stage.remove(1));
    stage.await([&] { return stage.emptied > 1; });
    CHECK(stage.writer->log().holds_removed);
    CHECK(stage.writer->log().failure == "the hook fails");
    stage.fails = false;

    stage.await([&] { return !stage.writer->log().holds_removed; });
}

TEST_CASE("a log that an earlier end left with removed content is emptied", "[removal]") {
    const TempFolder folder;
    auto db = Database::open(folder / "a.db");
    REQUIRE(db);
    db->say_log_holds_removed();
    const auto writer = Writer::start(std::move(*db), {.removed_for = 5ms});

    for (int tries = 0; writer->log().holds_removed; ++tries) {
        REQUIRE(tries < 60'000);
        ::usleep(1'000);
    }
}

TEST_CASE("many threads commit while the log is emptied again and again, and lose nothing", "[removal]") {
    Stage stage(1ms);
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};

    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 200; ++i) {
                const int row = thread * 1'000 + i;
                if (!stage.put(row) || (i % 2 == 0 && !stage.remove(row)))
                    ++failed;
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    stage.await([&] { return !stage.writer->log().holds_removed; });

    CHECK(failed == 0);
    CHECK(stage.emptied > 0);
    auto rows = Database::open(stage.folder / "a.db", {.access = Access::read_only});
    REQUIRE(rows);
    auto count = rows->prepare("SELECT count(*) FROM t");
    REQUIRE(count->step().value());
    CHECK(count->integer(0) == 4 * 100);
}
