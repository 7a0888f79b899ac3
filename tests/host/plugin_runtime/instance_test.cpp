#include "theatre.hpp"

#include <future>

namespace ombud {
namespace {

/// One call on its way, and when it was answered.
struct Asked {
    std::shared_ptr<EventCall> call = std::make_shared<EventCall>();
    std::future<void> answered;

    explicit Asked(Names& names, bool observe = false) {
        auto event = EventBuilder(names, "recording.finished", 1).text("recording", "r1").build();
        REQUIRE(event);
        call->event = *event;
        call->hook = observe ? 0 : OMBUD_HOOK_RECORDING_FINISHED;
        call->observe = observe;
        call->deadline_ns = 50'000'000;
        auto promise = std::make_shared<std::promise<void>>();
        answered = promise->get_future();
        call->done = [promise] { promise->set_value(); };
    }
    void wait() const {
        if (answered.wait_for(std::chrono::seconds(30)) != std::future_status::ready)
            FAIL("no answer");
    }
    /// What an asker does when the deadline has passed. @return whether the answer no longer counts
    bool give_up() const {
        int running = EventCall::running, queued = EventCall::queued;
        return call->state.compare_exchange_strong(running, EventCall::expired) ||
               call->state.compare_exchange_strong(queued, EventCall::expired);
    }
};

TEST_CASE("a judgement comes back with the verdict and the deadline it was given", "[instance]") {
    Lent lent;
    Hands hands;
    std::int64_t deadline = 0;
    hands.judge = [&](const ombud_hook_call& call, ombud_verdict& verdict) {
        deadline = call.deadline_mono_ns;
        return answer(verdict, OMBUD_DENY, "no purpose");
    };
    const auto instance = play(hands, lent);
    const Asked asked(lent.own_names);

    instance->submit(asked.call);
    asked.wait();

    CHECK(asked.call->state == EventCall::answered);
    CHECK(asked.call->verdict.action == VerdictAction::deny);
    CHECK(asked.call->verdict.reason == "no purpose");
    CHECK_FALSE(asked.call->fault);
    CHECK(deadline == lent.clock.mono_ns() + 50'000'000);
}

TEST_CASE("an error of the plugin is a fault in its own words, with nothing that a terminal must not get", "[instance]") {
    Lent lent;
    Hands hands;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict&) {
        hands.host->set_error(hands.host->ctx, OMBUD_INTERNAL, view("cannot tell\x1b[2J"));
        return OMBUD_INTERNAL;
    };
    const auto instance = play(hands, lent);
    const Asked asked(lent.own_names);

    instance->submit(asked.call);
    asked.wait();

    REQUIRE(asked.call->fault);
    CHECK(*asked.call->fault == "judging failed: status 7: cannot tell\\x1b[2J");
}

TEST_CASE("a verdict that was never set is a fault", "[instance]") {
    Lent lent;
    Hands hands;
    hands.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_UNSET); };
    const auto instance = play(hands, lent);
    const Asked asked(lent.own_names);

    instance->submit(asked.call);
    asked.wait();

    CHECK(asked.call->fault == "no verdict was set");
}

TEST_CASE("an answer that comes too late is counted and discarded, and the instance recovers", "[instance]") {
    Lent lent;
    Hands hands;
    Gate gate;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        gate.pass();
        return answer(verdict, OMBUD_ALLOW);
    };
    const auto instance = play(hands, lent);
    const Asked late(lent.own_names), next(lent.own_names);
    instance->submit(late.call);
    gate.wait_for(1);
    CHECK_FALSE(instance->is_stuck());

    REQUIRE(late.give_up());
    CHECK(instance->is_stuck());
    instance->submit(next.call);
    gate.open();
    next.wait();

    CHECK(instance->late_answers() == 1);
    CHECK_FALSE(instance->is_stuck());
    CHECK(late.call->state == EventCall::expired);
    CHECK(late.answered.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    CHECK(next.call->verdict.action == VerdictAction::allow);
}

TEST_CASE("a call that was given up while it waited is never made", "[instance]") {
    Lent lent;
    Hands hands;
    Gate gate;
    std::atomic<int> made{0};
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        ++made;
        gate.pass();
        return answer(verdict, OMBUD_ALLOW);
    };
    const auto instance = play(hands, lent);
    const Asked first(lent.own_names), given_up(lent.own_names), last(lent.own_names);
    instance->submit(first.call);
    gate.wait_for(1);
    instance->submit(given_up.call);
    instance->submit(last.call);

    REQUIRE(given_up.give_up());
    gate.open();
    last.wait();

    CHECK(made == 2);
    CHECK(instance->late_answers() == 0);
}

TEST_CASE("a full queue makes the next submitter wait until there is room", "[instance]") {
    Lent lent;
    Hands hands;
    Gate gate;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        gate.pass();
        return answer(verdict, OMBUD_ALLOW);
    };
    auto options = options_of(hands);
    options.queue_max = 2;
    const auto instance = *Instance::create(std::move(options), lent.services);
    const Asked running(lent.own_names), first(lent.own_names), second(lent.own_names), third(lent.own_names);
    instance->submit(running.call);
    gate.wait_for(1);
    instance->submit(first.call);
    instance->submit(second.call);
    auto submitting = std::async(std::launch::async, [&] { instance->submit(third.call); });

    CHECK(submitting.wait_for(std::chrono::milliseconds(30)) == std::future_status::timeout);
    CHECK(instance->queue_depth() == 2);
    gate.open();
    submitting.get();
    third.wait();

    CHECK(third.call->verdict.action == VerdictAction::allow);
}

TEST_CASE("calls that were given up make room behind a plugin that hangs", "[instance]") {
    Lent lent;
    Hands hands;
    Gate gate;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        gate.pass();
        return answer(verdict, OMBUD_ALLOW);
    };
    auto options = options_of(hands);
    options.queue_max = 2;
    const auto instance = *Instance::create(std::move(options), lent.services);
    const Asked hanging(lent.own_names);
    instance->submit(hanging.call);
    gate.wait_for(1);

    for (int i = 0; i < 20; ++i) { // would wait for ever at the third
        const Asked asked(lent.own_names);
        instance->submit(asked.call);
        REQUIRE(asked.give_up());
    }

    CHECK(instance->queue_depth() <= 2);
    gate.open(); // or the instance's end would wait for its worker, give it up, and leave it in what goes away here
}

TEST_CASE("a plugin that cannot be created says why, and nothing of it stays", "[instance]") {
    Lent lent;
    Hands hands;
    bool stopped = false;
    const auto refuse = [&] {
        hands.host->set_error(hands.host->ctx, OMBUD_UNAVAILABLE, view("no such folder"));
        return OMBUD_UNAVAILABLE;
    };
    hands.stop = [&] { return stopped = true, OMBUD_OK; };

    SECTION("create fails") {
        hands.create = refuse;
        const auto instance = Instance::create(options_of(hands), lent.services);

        REQUIRE_FALSE(instance);
        CHECK(instance.error().message == "puppet: create failed: status 3: no such folder");
    }
    SECTION("start fails") {
        hands.start = refuse;
        const auto instance = Instance::create(options_of(hands), lent.services);

        REQUIRE_FALSE(instance);
        CHECK(instance.error().message == "puppet: start failed: status 3: no such folder");
    }
    CHECK_FALSE(stopped);
}

TEST_CASE("a plugin that hangs in create is given up, and ends what it began when it comes back", "[instance]") {
    // The worker that was given up has no join: whatever its last steps touch must outlive this test.
    static Lent lent;
    static Hands hands;
    static Gate gate, ended;
    ended.open();
    hands.create = [] { return gate.pass(), OMBUD_OK; };
    hands.stop = [] { return ended.pass(), OMBUD_OK; };
    auto options = options_of(hands);
    options.lifecycle_ns = 20'000'000;

    const auto instance = Instance::create(std::move(options), lent.services);

    REQUIRE_FALSE(instance);
    CHECK(instance.error().code == ErrorCode::unavailable);
    CHECK_THAT(instance.error().message, Catch::Contains("gave no answer within 20 ms"));
    gate.open();
    ended.wait_for(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // lets it end before the next test plays
}

TEST_CASE("stop lets queued calls run first, and later work is dropped", "[instance]") {
    Lent lent;
    Hands hands;
    std::vector<std::string> happened; // worker's thread, read after its end
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        happened.emplace_back("judged");
        return answer(verdict, OMBUD_ALLOW);
    };
    hands.stop = [&] { return happened.emplace_back("stopped"), OMBUD_OK; };
    const auto instance = play(hands, lent);
    const Asked first(lent.own_names), second(lent.own_names), after(lent.own_names);
    instance->submit(first.call);
    instance->submit(second.call);

    instance->stop();
    instance->submit(after.call);

    CHECK(happened == std::vector<std::string>{"judged", "judged", "stopped"});
    CHECK(after.call->state == EventCall::queued);
    CHECK_FALSE(instance->post([](ombud_instance*, CallScope&) {}));
}

TEST_CASE("an instance can be stopped by several threads at once", "[instance]") {
    Lent lent;
    Hands hands;
    std::atomic<int> stopped{0};
    hands.stop = [&] { return ++stopped, OMBUD_OK; };
    const auto instance = play(hands, lent);
    std::vector<std::thread> threads;

    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { instance->stop(); });
    for (auto& thread : threads)
        thread.join();
    await("the plugin was stopped", [&] { return stopped == 1; });

    CHECK(stopped == 1);
}

} // namespace
} // namespace ombud
