#include "bus_stage.hpp"

#include <future>

namespace ombud {
namespace {

TEST_CASE("an event is durable before anybody can take it", "[journal]") {
    BusStage stage;
    std::int64_t stored = 0;
    std::size_t waiting = 99;

    const auto seq = stage.journal->accept("cams", {stage.event()}, "p1", [&](const std::vector<EventRef>& taken) {
        stored = stage.rows("journal");
        waiting = stage.journal->status().waiting;
        REQUIRE(taken.size() == 1);
    });

    REQUIRE(seq);
    CHECK(stored == 1);
    CHECK(waiting == 0);
    const auto taken = stage.journal->take();
    REQUIRE(taken);
    CHECK(taken->event->seq() == *seq);
    CHECK(taken->attachment == "cams");
    const ombud_id source = source_id("cams");
    CHECK(std::equal(std::begin(source.b), std::end(source.b), taken->event->header().source.b));
    CHECK_FALSE(stage.journal->take());
}

TEST_CASE("a position is durable with its events and kept by those that bring none", "[journal]") {
    BusStage stage;
    CHECK(stage.journal->position("cams") == std::string());

    REQUIRE(stage.journal->accept("cams", {stage.event()}, std::string_view("a\0b", 3)));
    REQUIRE(stage.journal->accept("cams", {stage.event()}, std::nullopt));
    REQUIRE(stage.journal->accept("doors", {}, "other"));
    stage.reopen();

    CHECK(stage.journal->position("cams") == std::string("a\0b", 3));
    CHECK(stage.journal->position("doors") == std::string("other"));
}

TEST_CASE("what was never answered comes again in order, flagged, under its old number", "[journal]") {
    BusStage stage;
    const std::uint64_t last = stage.accept(3);
    (void)stage.journal->take(); // handed out, and then the power went

    stage.reopen();

    for (std::uint64_t seq = last - 2; seq <= last; ++seq) {
        const auto again = stage.journal->take();
        REQUIRE(again);
        CHECK(again->event->seq() == seq);
        CHECK((again->event->header().flags & OMBUD_EVENT_REDELIVERY) != 0);
        CHECK(again->attachment == "cams");
    }
    CHECK_FALSE(stage.journal->take());
}

TEST_CASE("a source cannot pretend that its events are redelivered", "[journal]") {
    BusStage stage;
    auto event = EventBuilder(*stage.names, "recording.finished", 1).flags(OMBUD_EVENT_REDELIVERY | OMBUD_EVENT_SYNTHETIC).build();
    REQUIRE(stage.journal->accept("cams", {*event}, std::nullopt));

    CHECK(stage.journal->take()->event->header().flags == OMBUD_EVENT_SYNTHETIC);
}

TEST_CASE("a number is never used again, also when its event is long gone", "[journal]") {
    BusStage stage;
    const std::uint64_t last = stage.accept(2);
    REQUIRE(stage.ledger->commit([&](auto& transaction) -> Result<void> {
        for (std::uint64_t seq = last - 1; seq <= last; ++seq)
            if (auto removed = Journal::remove(transaction, seq); !removed)
                return removed;
        return {};
    }));

    stage.reopen();

    CHECK(stage.accept() == last + 1);
}

TEST_CASE("names that events use outlive the process", "[journal]") {
    BusStage stage;
    const std::uint32_t key = stage.names->intern("recording");
    stage.accept();

    stage.reopen();

    CHECK(stage.names->name(key) == "recording");
    CHECK(stage.journal->take()->event->text(key) == "r1");
}

/// A clock that tells when somebody has looked at it.
class WatchedClock final : public Clock {
  public:
    explicit WatchedClock(const FakeClock& clock) : clock_(clock) {}
    std::int64_t utc_ns() const override { return clock_.utc_ns(); }
    std::int64_t mono_ns() const override {
        const std::int64_t now = clock_.mono_ns();
        ++looks;
        return now;
    }
    mutable std::atomic<int> looks{0};

  private:
    const FakeClock& clock_;
};

TEST_CASE("a full journal slows its source down, and says for how long", "[journal]") {
    ledger::ScratchLedger ledger;
    const WatchedClock clock(ledger.clock);
    Names::Persist persist;
    std::vector<std::string> known;
    const auto journal = *Journal::open(*ledger, clock, persist, known, 2);
    Names names(known, persist);
    const EventRef event = *EventBuilder(names, "device.changed", 1).build();
    REQUIRE(journal->accept("cams", {event, event}, std::nullopt));
    const int looks = clock.looks;

    auto third = std::async(std::launch::async, [&] { return journal->accept("cams", {event}, std::nullopt); });
    await("the source waits", [&] { return clock.looks > looks; });
    ledger.clock.advance_ns(5'000'000'000);
    CHECK(journal->status().waiting == 2);
    (void)journal->take();

    CHECK(third.get());
    CHECK(journal->status().waiting == 2);
    CHECK(journal->status().accepted == 3);
    CHECK(journal->status().waited_ns == 5'000'000'000);
}

TEST_CASE("closing releases a source that waits, and nothing of it was taken", "[journal]") {
    BusStage stage(1);
    stage.accept();
    auto waiting = std::async(std::launch::async, [&] { return stage.journal->accept("cams", {stage.event("late")}, "p2"); });

    stage.journal->close();
    const auto refused = waiting.get();

    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::unavailable);
    CHECK(stage.rows("journal") == 1);
    CHECK(stage.journal->position("cams") == std::string());
}

TEST_CASE("a journal whose stored event is damaged names the entry", "[journal]") {
    BusStage stage;
    const std::uint64_t seq = stage.accept();
    REQUIRE(stage.ledger->commit([](auto& transaction) { return transaction.db().execute("UPDATE journal SET event = x'00'"); }));
    stage.close();
    stage.ledger.reopen();
    Names::Persist persist;
    std::vector<std::string> known;

    const auto opened = Journal::open(*stage.ledger, stage.ledger.clock, persist, known);

    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().message, Catch::Contains("journal entry " + std::to_string(seq)));
}

} // namespace
} // namespace ombud
