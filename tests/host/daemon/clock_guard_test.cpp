#include "daemon/clock_guard.hpp"

#include <catch2/catch.hpp>

namespace ombud::daemon {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST_CASE("a clock that runs as it should holds nothing", "[clock_guard]") {
    FakeClock clock;
    ClockGuard guard(clock, clock.utc_ns());

    clock.advance_ns(30 * 24 * 3'600 * second); // however long nobody looked

    CHECK(guard.check().empty());
    CHECK(guard.held().empty());
}

TEST_CASE("a jump beyond ten minutes is told once and holds corrections until released", "[clock_guard]") {
    struct Row {
        const char* behaviour;
        std::int64_t jump_ns;
        const char* says;
    };
    const Row rows[] = {{"forward", 601 * second, "the clock jumped forward by 601 s"},
                        {"back", -86'400 * second, "the clock jumped back by 86400 s"}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            FakeClock clock;
            ClockGuard guard(clock, 0);
            clock.advance_ns(second);
            clock.set_utc_ns(clock.utc_ns() + row.jump_ns);

            CHECK(guard.check() == row.says);
            CHECK(guard.check().empty());
            CHECK(guard.held() == row.says);
            guard.release();
            CHECK(guard.held().empty());
        }
    }
}

TEST_CASE("a step of ten minutes or less holds nothing", "[clock_guard]") {
    FakeClock clock;
    ClockGuard guard(clock, 0);

    clock.set_utc_ns(clock.utc_ns() + 600 * second);
    CHECK(guard.check().empty());
    clock.set_utc_ns(clock.utc_ns() - 600 * second);
    CHECK(guard.check().empty());
    CHECK(guard.held().empty());
}

TEST_CASE("a clock behind the newest entry of the ledger holds from the start", "[clock_guard]") {
    FakeClock clock;
    const ClockGuard guard(clock, clock.utc_ns() + 3'600 * second);

    CHECK(guard.held() == "the clock is 3600 s behind the newest ledger entry");
}

} // namespace
} // namespace ombud::daemon
