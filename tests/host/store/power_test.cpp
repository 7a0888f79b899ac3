// What is answered as stored is there when the power comes back.
#include "lossy_disk.hpp"
#include "store/writer.hpp"
#include "temp_folder.hpp"

#include <atomic>
#include <chrono>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace ombud;
using namespace ombud::store;

namespace {

constexpr int images = 30;

/// Rows that were answered and are missing in what the disk held at one of `images` moments; of a database that cannot be read, all.
int lost_rows(LossyDisk& disk) {
    const TempFolder folder;
    auto db = Database::open(folder / "a.db");
    REQUIRE(db);
    REQUIRE(db->execute("CREATE TABLE t(x INTEGER PRIMARY KEY)"));
    const auto writer = Writer::start(std::move(*db), {});
    std::atomic<bool> stopped = false;
    std::atomic<int> next = 0;
    std::vector<std::atomic<bool>> answered(1'000'000);
    std::vector<std::thread> producers;
    for (int i = 0; i < 3; ++i)
        producers.emplace_back([&] {
            while (!stopped) {
                const int value = next++;
                const bool stored = writer->commit([value](Transaction& unit) { return unit.db().execute("INSERT INTO t VALUES(" + std::to_string(value) + ")"); }).has_value();
                answered.at(static_cast<std::size_t>(value)) = stored;
            }
        });
    int lost = 0;
    for (std::uint32_t seed = 0; seed < images; ++seed) {
        while (next < static_cast<int>(seed) * 5)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const TempFolder after;
        std::vector<int> promised;
        for (int value = 0, end = next; value < end; ++value)
            if (answered[static_cast<std::size_t>(value)])
                promised.push_back(value);
        disk.lose_power(folder.path(), after.path(), seed);
        auto found = Database::open(after / "a.db");
        auto row = found ? found->prepare("SELECT 1 FROM t WHERE x = ?1") : Result<Statement>(fail(found.error()));
        for (const int value : promised) {
            const auto there = row ? row->bind(1, value).step() : Result<bool>(fail(row.error()));
            lost += !there || !*there;
            if (row)
                row->reset();
        }
    }
    stopped = true;
    for (auto& producer : producers)
        producer.join();
    return lost;
}

} // namespace

TEST_CASE("no row that was answered as stored is lost with the power", "[power]") {
    LossyDisk disk;
    CHECK(lost_rows(disk) == 0);
    CHECK(disk.unsynced_writes() > 0);
}

TEST_CASE("a disk that lies about syncs loses rows, and this test sees it", "[power]") {
    LossyDisk disk(false);
    CHECK(lost_rows(disk) > 0);
}
