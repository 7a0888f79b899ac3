#include "gates/push/lanes.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace ombud::push {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

/// What happened, to be waited for.
class Happened {
  public:
    void add(std::string what) {
        const std::scoped_lock lock(mutex_);
        list_.push_back(std::move(what));
        changed_.notify_all();
    }
    /// Waits until so many have happened, and gives them.
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return list_.size() >= count; });
        return list_;
    }
    std::size_t size() {
        const std::scoped_lock lock(mutex_);
        return list_.size();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> list_;
};

struct Stage {
    TempFolder folder;
    FakeClock clock;
    std::unique_ptr<PushState> state = std::move(*PushState::open(folder / "push.db", {}));
    Happened sent, notes, gone;
    std::mutex mutex;
    std::deque<Attempt> attempts; ///< how the next ones end; none: delivered
    std::optional<Device> device = registered();
    std::size_t notes_failing = 0;
    std::unique_ptr<Lanes> lanes;

    static Device registered() {
        Device made;
        made.id = "phone-1";
        made.person = "guard01";
        made.forwarder = "phones";
        return made;
    }

    class Carrier final : public Forwarder {
      public:
        explicit Carrier(Stage& stage) : stage_(stage) {}
        Attempt send(const Device&, const Delivery& delivery, std::int64_t) override {
            Attempt attempt{Attempt::Result::delivered, "taken", 0};
            {
                const std::scoped_lock lock(stage_.mutex);
                if (!stage_.attempts.empty()) {
                    attempt = stage_.attempts.front();
                    stage_.attempts.pop_front();
                }
            }
            stage_.sent.add(delivery.content);
            return attempt;
        }
        void cancel() override {}

      private:
        Stage& stage_;
    };

    void start() {
        Lanes::Options options;
        options.forwarders.resize(1);
        options.forwarders[0].id = "phones";
        options.threads = 1;
        auto started = Lanes::start(
            std::move(options),
            {*state, clock, [this](const std::string&) { return device; },
             [this](const std::string& id, const std::string&) { gone.add(id); },
             [this](const ledger::Entry& entry) -> Result<void> {
                 const std::scoped_lock lock(mutex);
                 if (notes_failing > 0) {
                     --notes_failing;
                     notes.add("failed");
                     return fail(ErrorCode::unavailable, "the ledger is full");
                 }
                 notes.add(entry.render(0, 0).value());
                 return {};
             },
             [this](const ForwarderOptions&) -> Result<std::unique_ptr<Forwarder>> {
                 return std::unique_ptr<Forwarder>(std::make_unique<Carrier>(*this));
             }});
        if (!started)
            throw std::runtime_error(started.error().message);
        lanes = std::move(*started);
    }
    Delivery keep(const std::string& content = "one") {
        std::vector<Delivery> list(1);
        list[0].device = "phone-1";
        list[0].forwarder = "phones";
        list[0].provider = "Mozilla";
        list[0].country = "US";
        list[0].reference_sha256 = "ab12";
        list[0].content = content;
        list[0].expires_utc_ns = clock.utc_ns() + 3600 * second_ns;
        if (!state->keep({}, list))
            throw std::runtime_error("cannot keep");
        return list[0];
    }
    /// Until so many attempts have been put back with the time at which they are due.
    void wait_for_retries(std::size_t count) const {
        while (lanes->counts().retried < count)
            std::this_thread::yield();
    }
    void advance(std::int64_t ns) {
        clock.advance_ns(ns);
        lanes->poke();
    }
};

} // namespace

TEST_CASE("a delivery is sent, recorded with provider and country, and forgotten", "[lanes][PUSH-6]") {
    Stage stage;
    stage.start();
    stage.lanes->send(stage.keep());
    const auto note = stage.notes.wait_for(1)[0];
    stage.lanes.reset();
    CHECK_THAT(note, Catch::Contains(R"("kind":"push.delivery")") && Catch::Contains(R"("provider":"Mozilla")") &&
                         Catch::Contains(R"("country":"US")") && Catch::Contains(R"("outcome":"delivered")") &&
                         Catch::Contains(R"("reference_sha256":"ab12")"));
    CHECK(stage.state->deliveries()->empty());
}

TEST_CASE("what an earlier run left is sent at the start", "[lanes]") {
    Stage stage;
    stage.keep("left");
    stage.start();
    CHECK(stage.sent.wait_for(1)[0] == "left");
}

TEST_CASE("an attempt that may work later is repeated, later each time", "[lanes]") {
    Stage stage;
    stage.attempts.assign(3, {Attempt::Result::retry, "HTTP 503", 0});
    stage.start();
    stage.lanes->send(stage.keep());
    // 1, 2 and 4 seconds, of which half is chance.
    std::size_t times = 0;
    for (const std::int64_t delay : {1, 2, 4}) {
        stage.wait_for_retries(++times);
        stage.advance(delay * second_ns / 2 - 1);
        CHECK(stage.sent.size() == times);
        stage.advance(delay * second_ns / 2 + 1);
        stage.sent.wait_for(times + 1);
    }
    CHECK_THAT(stage.notes.wait_for(1)[0], Catch::Contains(R"("attempts":4)") && Catch::Contains("delivered"));
}

TEST_CASE("a carrier's own wish for a pause is kept", "[lanes]") {
    Stage stage;
    stage.attempts.push_back({Attempt::Result::retry, "HTTP 429", 100 * second_ns});
    stage.start();
    stage.lanes->send(stage.keep());
    stage.sent.wait_for(1);
    stage.wait_for_retries(1);
    stage.advance(99 * second_ns);
    CHECK(stage.sent.size() == 1);
    stage.advance(second_ns);
    CHECK(stage.sent.wait_for(2).size() == 2);
}

TEST_CASE("a delivery that expires is recorded and sent no more", "[lanes]") {
    Stage stage;
    stage.attempts.assign(100, {Attempt::Result::retry, "timeout", 0});
    stage.start();
    stage.lanes->send(stage.keep());
    stage.sent.wait_for(1);
    stage.wait_for_retries(1);
    stage.advance(3600 * second_ns);
    CHECK_THAT(stage.notes.wait_for(1)[0], Catch::Contains(R"("outcome":"expired")"));
    CHECK(stage.sent.size() == 1);
}

TEST_CASE("a device that its push service does not know any more is told", "[lanes][PUSH-3]") {
    Stage stage;
    stage.attempts.push_back({Attempt::Result::gone, "HTTP 410", 0});
    stage.start();
    stage.lanes->send(stage.keep());
    CHECK(stage.gone.wait_for(1)[0] == "phone-1");
    CHECK_THAT(stage.notes.wait_for(1)[0], Catch::Contains(R"("outcome":"gone")"));
}

TEST_CASE("nothing is sent to a device that was lost while the message waited", "[lanes][PUSH-5]") {
    Stage stage;
    SECTION("lost") { stage.device->is_active = false; }
    SECTION("removed") { stage.device.reset(); }
    stage.start();
    stage.lanes->send(stage.keep());
    CHECK_THAT(stage.notes.wait_for(1)[0], Catch::Contains("registered no more"));
    CHECK(stage.sent.size() == 0);
}

TEST_CASE("a dropped device's deliveries wait no longer", "[lanes][PUSH-5]") {
    Stage stage;
    stage.attempts.push_back({Attempt::Result::retry, "timeout", 0});
    stage.start();
    stage.lanes->send(stage.keep());
    stage.sent.wait_for(1);
    stage.wait_for_retries(1);
    stage.lanes->drop_device("phone-1");
    stage.lanes->send(stage.keep("two"));
    stage.advance(3600 * second_ns / 2);
    CHECK(stage.sent.wait_for(2)[1] == "two"); // and the first never came again
    CHECK_THAT(stage.notes.wait_for(1)[0], Catch::Contains("delivered"));
    CHECK(stage.sent.size() == 2);
}

TEST_CASE("an end that cannot be recorded is recorded later, and nothing is sent again for it", "[lanes]") {
    Stage stage;
    stage.notes_failing = 2;
    stage.start();
    stage.lanes->send(stage.keep());
    stage.notes.wait_for(1);
    CHECK(stage.state->deliveries()->size() == 1);
    while (stage.notes.size() < 3)
        stage.advance(300 * second_ns);
    CHECK_THAT(stage.notes.wait_for(3)[2], Catch::Contains("delivered"));
    CHECK(stage.sent.size() == 1);
}

TEST_CASE("a delivery by a forwarder that the site has no more is recorded as failed", "[lanes]") {
    Stage stage;
    stage.start();
    Delivery orphan = stage.keep();
    orphan.forwarder = "gone";
    stage.lanes->send(std::move(orphan));
    CHECK_THAT(stage.notes.wait_for(1)[0], Catch::Contains("no such forwarder"));
    CHECK(stage.state->deliveries()->empty());
}

} // namespace ombud::push
