#include "store/writer.hpp"
#include "temp_folder.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace ombud;
using namespace ombud::store;

namespace {

Database open_table(const TempFolder& folder) {
    auto db = Database::open(folder / "a.db", {.busy_timeout_ms = 0});
    REQUIRE(db);
    REQUIRE(db->execute("CREATE TABLE IF NOT EXISTS t(x INTEGER PRIMARY KEY)"));
    return std::move(*db);
}

Writer::Work insert(int value) {
    return [value](Transaction& transaction) {
        return transaction.db().execute("INSERT INTO t VALUES(" + std::to_string(value) + ")");
    };
}

std::vector<std::int64_t> values(const TempFolder& folder) {
    auto db = Database::open(folder / "a.db", {.access = Access::read_only});
    REQUIRE(db);
    auto rows = db->prepare("SELECT x FROM t ORDER BY x");
    REQUIRE(rows);
    std::vector<std::int64_t> found;
    while (rows->step().value())
        found.push_back(rows->integer(0));
    return found;
}

// Keeps the writer busy inside a unit, so that what is submitted meanwhile forms one group.
class Gate {
  public:
    explicit Gate(Writer& writer) {
        held_ = writer.submit([this](Transaction&) -> Result<void> {
            entered_.set_value();
            opened_.get_future().wait();
            return {};
        });
        entered_.get_future().wait();
    }
    void open() { opened_.set_value(); }

  private:
    std::promise<void> entered_;
    std::promise<void> opened_;
    std::future<Result<void>> held_;
};

} // namespace

TEST_CASE("a committed unit is visible to another connection at once", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {});

    REQUIRE(writer->commit(insert(7)));

    CHECK(values(folder) == std::vector<std::int64_t>{7});
}

TEST_CASE("units that wait together share one commit", "[writer]") {
    const TempFolder folder;
    int commits = 0;
    auto writer = Writer::start(open_table(folder), {.hooks = {.after_commit = [&commits] { ++commits; }}});
    Gate gate(*writer);
    std::vector<std::future<Result<void>>> answers;
    for (int i = 0; i < 10; ++i)
        answers.push_back(writer->submit(insert(i)));

    gate.open();
    for (auto& answer : answers)
        CHECK(answer.get());
    writer.reset();

    CHECK(commits == 2); // the gate's, and one for all ten
    CHECK(values(folder).size() == 10);
}

TEST_CASE("whoever waits for a commit carries it out, with what was submitted before", "[writer]") {
    const TempFolder folder;
    int commits = 0;
    std::vector<std::thread::id> ran;
    auto writer = Writer::start(open_table(folder), {.patience = std::chrono::hours(1), .hooks = {.after_commit = [&commits] { ++commits; }}});
    const auto note = [&ran](Transaction&) -> Result<void> {
        ran.push_back(std::this_thread::get_id());
        return {};
    };
    auto submitted = writer->submit(note);

    REQUIRE(writer->commit(note));

    CHECK(ran == std::vector<std::thread::id>(2, std::this_thread::get_id()));
    CHECK(commits == 1);
    CHECK(submitted.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    CHECK(submitted.get());
}

TEST_CASE("what is submitted is stored although nobody commits", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {.patience = std::chrono::milliseconds(1), .idle_interval = std::chrono::hours(1)});

    for (int i = 0; i < 3; ++i) // also after the writer went to sleep again
        CHECK(writer->submit(insert(i)).get());

    CHECK(values(folder).size() == 3);
}

TEST_CASE("what arrives while somebody commits is stored behind it, without a further call", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {.idle_interval = std::chrono::hours(1)});
    std::promise<void> entered, opened;
    std::atomic<int> stored = 0;
    std::thread first([&] {
        stored += writer->commit([&](Transaction& transaction) {
            entered.set_value();
            opened.get_future().wait();
            return insert(1)(transaction);
        }) ? 1 : 0;
    });
    entered.get_future().wait();
    std::atomic<int> waiting = 0;
    std::vector<std::thread> others;
    for (int i = 2; i < 6; ++i)
        others.emplace_back([&, i] {
            ++waiting;
            stored += writer->commit(insert(i)) ? 1 : 0;
        });
    while (waiting < 4)
        std::this_thread::yield();

    opened.set_value();
    first.join();
    for (auto& other : others)
        other.join();

    CHECK(stored == 5);
    CHECK(values(folder) == std::vector<std::int64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("many threads that commit and submit lose nothing", "[writer]") {
    const TempFolder folder;
    constexpr int threads = 8, each = 200;
    auto writer = Writer::start(open_table(folder), {.patience = std::chrono::milliseconds(1)});
    std::atomic<int> failed = 0;
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t)
        all.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const int value = t * each + i;
                if (i % 3 != 0)
                    failed += writer->commit(insert(value)) ? 0 : 1;
                else if (auto answer = writer->submit(insert(value)); i % 2 != 0)
                    failed += answer.get() ? 0 : 1;
            }
        });
    for (auto& one : all)
        one.join();
    writer.reset();

    CHECK(failed == 0);
    CHECK(values(folder).size() == threads * each);
}

TEST_CASE("a unit that fails is undone alone, also what it did before", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {});
    Gate gate(*writer);
    auto first = writer->submit(insert(1));
    auto failing = writer->submit([](Transaction& transaction) -> Result<void> {
        (void)transaction.db().execute("INSERT INTO t VALUES(2)");
        return fail(ErrorCode::refused, "changed its mind");
    });
    auto last = writer->submit(insert(3));

    gate.open();

    CHECK(first.get());
    const auto failed = failing.get();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "changed its mind");
    CHECK(last.get());
    CHECK(values(folder) == std::vector<std::int64_t>{1, 3});
}

TEST_CASE("a unit that fails on its own leaves nothing behind", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {});

    const auto failed = writer->commit([](Transaction& transaction) -> Result<void> {
        (void)transaction.db().execute("INSERT INTO t VALUES(2)");
        return fail(ErrorCode::refused, "no");
    });

    CHECK_FALSE(failed);
    CHECK(values(folder).empty());
    CHECK(writer->commit(insert(3)));
}

TEST_CASE("a unit that throws is an error, and the writer goes on", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {});

    const auto thrown = writer->commit([](Transaction&) -> Result<void> { throw std::runtime_error("boom"); });

    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().code == ErrorCode::internal);
    CHECK_THAT(thrown.error().message, Catch::Contains("boom"));
    CHECK(writer->commit(insert(1)));
}

TEST_CASE("a unit that ends the shared transaction ends the writer, and nobody is told success", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {});
    Gate gate(*writer);
    auto before = writer->submit(insert(1));
    auto culprit = writer->submit([](Transaction& transaction) { return transaction.db().execute("ROLLBACK"); });
    auto after = writer->submit(insert(2));

    gate.open();

    CHECK(before.get().error().code == ErrorCode::unavailable);
    CHECK(culprit.get().error().code == ErrorCode::unavailable);
    CHECK(after.get().error().code == ErrorCode::unavailable);
    CHECK(writer->commit(insert(3)).error().code == ErrorCode::unavailable);
    CHECK_FALSE(writer->failure());
    CHECK(values(folder).empty());
}

TEST_CASE("a full disk ends the writer with the reason, and what was acknowledged stays", "[writer]") {
    const TempFolder folder;
    auto db = open_table(folder);
    REQUIRE(db.execute("PRAGMA max_page_count=4"));
    auto writer = Writer::start(std::move(db), {});
    REQUIRE(writer->commit(insert(1)));

    const auto full = writer->commit([](Transaction& transaction) {
        return transaction.db().execute("CREATE TABLE big(x); INSERT INTO big VALUES(zeroblob(1000000))");
    });
    const auto later = writer->commit(insert(2));

    REQUIRE_FALSE(full);
    CHECK(full.error().code == ErrorCode::unavailable);
    CHECK_THAT(full.error().message, Catch::Contains("full"));
    CHECK(later.error().message == full.error().message);
    CHECK(values(folder) == std::vector<std::int64_t>{1});
}

TEST_CASE("a hook that fails before the commit ends the writer and stores nothing", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {.hooks = {.before_commit = [](Database&) -> Result<void> {
                                                         return fail(ErrorCode::internal, "hook broke");
                                                     }}});

    const auto failed = writer->commit(insert(1));

    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::unavailable);
    CHECK_THAT(failed.error().message, Catch::Contains("hook broke"));
    CHECK(values(folder).empty());
}

TEST_CASE("rows of the hook before the commit are stored with the group", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {.hooks = {.before_commit = [](Database& db) {
                                                         return db.execute("INSERT INTO t VALUES(100)");
                                                     }}});

    REQUIRE(writer->commit(insert(1)));

    CHECK(values(folder) == std::vector<std::int64_t>{1, 100});
}

TEST_CASE("another process's lock fails the group, and the next one works", "[writer]") {
    const TempFolder folder;
    auto other = open_table(folder);
    auto writer = Writer::start(open_table(folder), {});
    REQUIRE(other.execute("BEGIN IMMEDIATE"));

    const auto locked = writer->commit(insert(1));
    REQUIRE(other.execute("ROLLBACK"));

    REQUIRE_FALSE(locked);
    CHECK(locked.error().code == ErrorCode::unavailable);
    CHECK(writer->commit(insert(2)));
    CHECK(values(folder) == std::vector<std::int64_t>{2});
}

TEST_CASE("submit waits while the queue is full, so a group is never larger than the queue", "[writer]") {
    const TempFolder folder;
    std::atomic<int> started = 0;
    std::atomic<int> units = 0;
    int largest = 0;
    int seen = 0;
    Writer::Hooks hooks;
    hooks.after_commit = [&] {
        largest = std::max(largest, units - seen);
        seen = units;
    };
    auto writer = Writer::start(open_table(folder), {.queue_max = 2, .hooks = hooks});
    Gate gate(*writer);
    std::vector<std::thread> producers;
    for (int i = 0; i < 16; ++i)
        producers.emplace_back([&] {
            ++started;
            (void)writer->commit([&units](Transaction&) -> Result<void> {
                ++units;
                return {};
            });
        });
    while (started < 16)
        std::this_thread::yield();

    gate.open();
    for (auto& producer : producers)
        producer.join();
    writer.reset();

    CHECK(units == 16);
    CHECK(largest <= 2);
}

TEST_CASE("ending the writer finishes what was submitted", "[writer]") {
    const TempFolder folder;
    auto writer = Writer::start(open_table(folder), {});
    std::vector<std::future<Result<void>>> answers;
    for (int i = 0; i < 50; ++i)
        answers.push_back(writer->submit(insert(i)));

    writer.reset();

    for (auto& answer : answers)
        CHECK(answer.get());
    CHECK(values(folder).size() == 50);
}

TEST_CASE("an idle writer commits for its hook alone when that wants it", "[writer]") {
    const TempFolder folder;
    std::promise<void> committed;
    std::atomic<bool> wanted = true;
    Writer::Hooks hooks;
    hooks.wants_commit = [&] { return wanted.exchange(false); };
    hooks.before_commit = [](Database& db) { return db.execute("INSERT OR IGNORE INTO t VALUES(5)"); };
    hooks.after_commit = [&] { committed.set_value(); };
    auto writer = Writer::start(open_table(folder), {.idle_interval = std::chrono::milliseconds(1), .hooks = hooks});

    committed.get_future().wait();

    CHECK(values(folder) == std::vector<std::int64_t>{5});
}
