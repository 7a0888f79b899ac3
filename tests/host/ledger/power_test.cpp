// The ledger after the power went: whole, with all that was acknowledged, and no older than what was published.
#include "lossy_disk.hpp"
#include "scratch_ledger.hpp"

#include <atomic>
#include <chrono>
#include <thread>

using namespace ombud;
using namespace ombud::ledger;

namespace {

constexpr int images = 12;

void copy_if_there(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::error_code none; // not yet
    std::filesystem::copy_file(from, to, none);
}

} // namespace

TEST_CASE("a ledger whose power went is whole, holds what was acknowledged, and opens again", "[power]") {
    LossyDisk disk;
    TempFolder keys, folder;
    const SystemClock clock;
    auto signer = KeySigner::open(keys / "key.pem", "example.com/site").value();
    auto opened = Ledger::open(folder.path(), signer, clock, {.checkpoint_entries = 16, .checkpoint_interval_ns = 1'000'000});
    REQUIRE(opened);
    std::atomic<bool> stopped = false;
    std::atomic<std::uint64_t> acknowledged = 0; // entries from 0 on: one producer
    std::thread producer([&] {
        for (int i = 0; !stopped; ++i) {
            Entry entry("test.entry");
            entry.set("n", i);
            if (i % 4 == 0)
                entry.set("who", Personal{"Ada Lovelace"});
            if (const auto recorded = (*opened)->append(entry))
                acknowledged = recorded->index() + 1;
        }
    });
    for (std::uint32_t seed = 0; seed < images; ++seed) {
        INFO("seed " << seed);
        while (acknowledged < seed * 5)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const TempFolder after;
        copy_if_there(folder / "verifier", after / "verifier");
        copy_if_there(folder / "checkpoint", after / "checkpoint"); // what others have seen
        const std::uint64_t promised = acknowledged;
        disk.lose_power(folder.path(), after.path(), seed);

        const auto report = verify(after.path());
        REQUIRE(report);
        for (const Problem& problem : report->problems)
            FAIL_CHECK(problem.message);
        CHECK(report->size >= promised);
        auto again = Ledger::open(after.path(), signer, clock);
        REQUIRE(again);
        CHECK((*again)->append(Entry("test.again")));
        again->reset();
        require_verifies(after.path());
    }
    stopped = true;
    producer.join();
    CHECK(disk.unsynced_writes() > 0);
}
