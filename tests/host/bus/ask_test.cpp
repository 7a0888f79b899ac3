#include "bus_stage.hpp"

#include <future>

namespace ombud {
namespace {

TEST_CASE("a question is answered by merging, and the answer is durable", "[ask]") {
    BusStage stage;
    Hands strict, watching;
    strict.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
    watching.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY, "would not"); };
    stage.dispatcher->start(stage.set_of({stage.member(strict, Mode::enforce, "strict"), stage.member(watching, Mode::monitor, "watching")}));

    const auto judged = stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams", 0);

    REQUIRE(judged);
    CHECK(judged->applied.action == VerdictAction::allow);
    CHECK(judged->merged.action == VerdictAction::deny);
    CHECK(judged->merged.module == "watching");
    CHECK(judged->answers.size() == 2);
    CHECK(stage.ledger->recorded(judged->ledger_index));
    const auto entries = stage.entries("hook.judged");
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].if_contains("seq") == nullptr);
}

TEST_CASE("a question asked ahead is durable, and in its place, when a later one is answered", "[ask]") {
    BusStage stage;
    Hands hands;
    hands.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    const auto first = stage.dispatcher->ask_ahead(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "ahead");
    const auto second = stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "behind", 0);

    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->judgement.applied.action == VerdictAction::allow);
    CHECK(first->recorded.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    CHECK(first->recorded.get());
    const auto entries = stage.entries("hook.judged");
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].at("attachment") == "ahead");
    CHECK(entries[1].at("attachment") == "behind");
}

TEST_CASE("a question asked ahead waits for the disk when the module asks for more than its answer", "[ask]") {
    BusStage stage;
    Hands hands;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        CHECK(ask_deletion(hands, "r1") == OMBUD_OK);
        return answer(verdict, OMBUD_ALLOW);
    };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    const auto asked = stage.dispatcher->ask_ahead(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams");

    REQUIRE(asked);
    CHECK(stage.ledger->recorded(asked->judgement.ledger_index));
    CHECK(stage.action_counts().pending == 1);
}

TEST_CASE("a refusal asked ahead waits for the disk, since it may be the last question", "[ask]") {
    const auto action = GENERATE(std::uint32_t{OMBUD_DENY}, std::uint32_t{OMBUD_DEFER});
    BusStage stage;
    Hands hands;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, static_cast<std::int32_t>(action)); };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    const auto asked = stage.dispatcher->ask_ahead(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams");

    REQUIRE(asked);
    CHECK(stage.ledger->recorded(asked->judgement.ledger_index));
    CHECK(stage.entries("hook.judged").size() == 1);
}

TEST_CASE("a question asked ahead becomes durable without a later one", "[ask]") {
    BusStage stage;
    Hands hands;
    hands.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    const auto asked = stage.dispatcher->ask_ahead(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams");

    REQUIRE(asked);
    CHECK(asked->recorded.get());
    CHECK(stage.entries("hook.judged").size() == 1);
}

TEST_CASE("a dry run is recorded as one and enforces nothing", "[ask]") {
    BusStage stage;
    Hands hands;
    std::uint32_t flags = 0;
    hands.judge = [&](const ombud_hook_call& call, ombud_verdict& verdict) {
        flags = call.flags;
        CHECK(ask_deletion(hands, "r1") == OMBUD_OK);
        return answer(verdict, OMBUD_DENY);
    };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    REQUIRE(stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams", OMBUD_CALL_DRYRUN));

    CHECK(flags == OMBUD_CALL_DRYRUN);
    CHECK(stage.rows("action") == 0);
    CHECK(stage.entries("hook.judged").at(0).at("dry_run") == 1);

    REQUIRE(stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams", 0));
    CHECK(stage.action_counts().pending == 1);
}

TEST_CASE("a question is only judged, never observed", "[ask]") {
    BusStage stage;
    Hands hands;
    std::atomic<int> observed{0};
    hands.observe = [&](const ombud_event&) { return ++observed, OMBUD_OK; };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    REQUIRE(stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams", 0));

    CHECK(observed == 0);
}

TEST_CASE("the deadline of a question counts the time it waits behind others", "[ask]") {
    BusStage stage;
    Hands hands;
    Gate gate;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        gate.pass();
        return answer(verdict, OMBUD_ALLOW);
    };
    const Member member = stage.member(hands, Mode::enforce);
    stage.dispatcher->start(stage.set_of({member}));
    const auto ask = [&] { return stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams", 0); };
    auto first = std::async(std::launch::async, ask);
    gate.wait_for(1);
    auto second = std::async(std::launch::async, ask);
    await("the second waits", [&] { return member.instance->queue_depth() == 1; });

    stage.ledger.clock.advance_ns(51'000'000);
    const auto late = first.get(), waited = second.get();

    for (const auto* judged : {&late, &waited}) {
        REQUIRE(*judged);
        CHECK((*judged)->applied.action == VerdictAction::deny);
        CHECK((*judged)->applied.by_fault);
    }
    CHECK_THAT(late->applied.reason, Catch::Contains("no answer within 50 ms"));
}

TEST_CASE("a question of a hook that no module has is answered ABSTAIN and recorded", "[ask]") {
    BusStage stage;
    Hands hands;
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    const auto judged = stage.dispatcher->ask(OMBUD_HOOK_MAIL_SEND, stage.event(), "cams", 0);

    REQUIRE(judged);
    CHECK(judged->applied.action == VerdictAction::abstain);
    CHECK(stage.entries("hook.judged").size() == 1);
}

TEST_CASE("nothing is asked any more once the dispatcher stops", "[ask]") {
    BusStage stage;
    stage.dispatcher->start(stage.set_of({}));
    stage.dispatcher->stop();

    const auto judged = stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams", 0);

    REQUIRE_FALSE(judged);
    CHECK(judged.error().code == ErrorCode::unavailable);
}

} // namespace
} // namespace ombud
