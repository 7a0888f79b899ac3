#include "bus_stage.hpp"

#include <future>
#include <ombud/finding.h>

namespace ombud {
namespace {

std::string text(const boost::json::object& entry, std::string_view key) {
    const auto* value = entry.if_contains(key);
    return value == nullptr || !value->is_string() ? std::string("(none)") : std::string(value->get_string());
}

TEST_CASE("an event leaves the journal as its judgement enters the ledger, with what the module found", "[dispatcher]") {
    BusStage stage;
    Hands hands;
    hands.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY, "no purpose"); };
    hands.observe = [&](const ombud_event&) {
        ombud_finding finding{};
        finding.struct_size = sizeof finding;
        finding.severity = OMBUD_SEVERITY_VIOLATION;
        finding.key = view("k");
        finding.control = view("RET-3");
        finding.text = view("kept too long");
        return hands.service<ombud_findings>(OMBUD_FINDINGS_ID).raise(hands.host->ctx, &finding);
    };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    const std::uint64_t seq = stage.accept();
    stage.await_judged(1);

    const auto judged = stage.entries("event.judged");
    REQUIRE(judged.size() == 1);
    CHECK(judged[0].at("seq") == seq);
    CHECK(text(judged[0], "decision") == "deny");
    CHECK(text(judged[0], "applied") == "deny");
    CHECK(text(judged[0], "answer.puppet") == "enforce deny: no purpose");
    CHECK(text(judged[0], "user") != "Ada");
    CHECK(stage.entries("finding.opened").size() == 1);
    CHECK(stage.rows("journal") == 0);
}

TEST_CASE("a module in monitor is recorded and does not apply", "[dispatcher]") {
    BusStage stage;
    Hands hands;
    hands.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY); };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::monitor)}));

    stage.accept();
    stage.await_judged(1);

    const auto judged = stage.entries("event.judged");
    CHECK(text(judged.at(0), "decision") == "deny");
    CHECK(text(judged.at(0), "applied") == "abstain");
}

TEST_CASE("an event that concerns nobody is recorded all the same", "[dispatcher]") {
    BusStage stage;
    Hands hands;
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::off), stage.member(hands, Mode::enforce)}));

    REQUIRE(stage.journal->accept("cams", {stage.event("r1", "device.gone")}, std::nullopt));
    stage.await_judged(1);

    CHECK(stage.entries("event.judged").size() == 1);
    CHECK(stage.rows("journal") == 0);
}

TEST_CASE("the fault of one module leaves the answers of the others alone", "[dispatcher]") {
    BusStage stage;
    Hands broken, sound;
    broken.judge = [](const ombud_hook_call&, ombud_verdict&) { return OMBUD_INTERNAL; };
    sound.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
    stage.dispatcher->start(stage.set_of({stage.member(broken, Mode::monitor, "broken"), stage.member(sound, Mode::enforce, "sound")}));

    stage.accept();
    stage.await_judged(1);

    const auto judged = stage.entries("event.judged");
    CHECK(text(judged.at(0), "applied") == "allow");
    CHECK(text(judged.at(0), "answer.broken") == "monitor fault (fails closed): judging failed: status 7");
    CHECK(text(judged.at(0), "answer.sound") == "enforce allow: because");
    const auto faults = stage.entries("fault");
    REQUIRE(faults.size() == 1);
    CHECK(text(faults[0], "module") == "broken");
    CHECK(stage.dispatcher->status().faults == 1);
}

TEST_CASE("an answer that misses its deadline refuses by fault, and the module answers again later", "[dispatcher]") {
    BusStage stage;
    Hands hands;
    Gate gate;
    std::atomic<bool> hang{true};
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        if (hang)
            gate.pass();
        return answer(verdict, OMBUD_ALLOW);
    };
    const Member member = stage.member(hands, Mode::enforce);
    stage.dispatcher->start(stage.set_of({member}));
    stage.accept();
    gate.wait_for(1);

    stage.ledger.clock.advance_ns(101'000'000); // observing and judging have 50 ms each
    stage.await_judged(1);
    stage.accept(); // the module is stuck: this one is not even tried
    stage.await_judged(2);
    hang = false;
    gate.open();
    await("the module is back", [&] { return !member.instance->is_stuck(); });
    stage.accept();
    stage.await_judged(3);

    const auto judged = stage.entries("event.judged");
    REQUIRE(judged.size() == 3);
    CHECK(text(judged[0], "applied") == "deny");
    CHECK_THAT(text(judged[0], "reason"), Catch::Contains("no answer within 100 ms"));
    CHECK_THAT(text(judged[1], "reason"), Catch::Contains("still busy with an earlier call"));
    CHECK(text(judged[2], "applied") == "allow");
    CHECK(member.instance->late_answers() == 1);
}

TEST_CASE("an action that the manifest does not declare is refused and recorded as a fault", "[dispatcher]") {
    BusStage stage;
    Hands hands;
    hands.observe = [&](const ombud_event&) { return ask_deletion(hands, "r1", "device.audio.off"); };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    stage.accept();
    stage.await_judged(1);

    CHECK(stage.action_counts().pending == 0);
    const auto faults = stage.entries("fault");
    REQUIRE(faults.size() == 1);
    CHECK_THAT(text(faults[0], "text"), Catch::Contains("'device.audio.off'") && Catch::Contains("refused"));
}

TEST_CASE("an action asked for during an event is meant for the attachment it came from", "[dispatcher]") {
    BusStage stage;
    Hands hands;
    hands.observe = [&](const ombud_event&) { return ask_deletion(hands, "r1"); };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    stage.accept(1, "cams");
    stage.accept(1, "cams"); // asking again for what is pending is fine
    stage.await_judged(2);

    auto db = stage.ledger->open_for_reading();
    const auto pending = actions::query(*db, "pending", 10);
    REQUIRE(pending);
    REQUIRE(pending->size() == 1);
    CHECK(pending->at(0).attachment == "cams");
    CHECK(stage.entries("action.requested").size() == 1);
}

TEST_CASE("an exchange waits for what was begun and runs while nothing is under way", "[exchange]") {
    BusStage stage;
    Hands before, after;
    Gate gate;
    std::atomic<int> running{0};
    std::atomic<bool> changed{false};
    before.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        ++running;
        gate.pass();
        --running;
        return answer(verdict, OMBUD_ALLOW);
    };
    after.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY); };
    stage.dispatcher->start(stage.set_of({stage.member(before, Mode::enforce)}));
    const ModuleSet next = stage.set_of({stage.member(after, Mode::enforce)});
    stage.accept();
    gate.wait_for(1);

    auto exchanging = std::async(std::launch::async, [&] {
        return stage.dispatcher->exchange([&](const ModuleSet&) -> Result<ModuleSet> {
            CHECK(running == 0);
            CHECK(stage.dispatcher->status().in_flight == 0);
            changed = true;
            return next;
        });
    });
    CHECK(exchanging.wait_for(std::chrono::milliseconds(30)) == std::future_status::timeout);
    CHECK_FALSE(changed);
    stage.accept(); // comes in while the exchange waits
    gate.open();
    REQUIRE(exchanging.get());
    stage.await_judged(2);

    const auto judged = stage.entries("event.judged");
    REQUIRE(judged.size() == 2);
    CHECK(text(judged[0], "decision") == "allow");
    CHECK(stage.dispatcher->modules() == next);
    stage.accept();
    stage.await_judged(3);
    CHECK(text(stage.entries("event.judged").at(2), "decision") == "deny");
}

TEST_CASE("an exchange that fails changes nothing", "[exchange]") {
    BusStage stage;
    Hands hands;
    hands.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
    const ModuleSet modules = stage.set_of({stage.member(hands, Mode::enforce)});
    stage.dispatcher->start(modules);

    const auto changed = stage.dispatcher->exchange(
        [](const ModuleSet&) -> Result<ModuleSet> { return fail(ErrorCode::unavailable, "puppet: create failed"); });

    REQUIRE_FALSE(changed);
    CHECK(changed.error().message == "puppet: create failed");
    CHECK(stage.dispatcher->modules() == modules);
    stage.accept();
    stage.await_judged(1);
    CHECK(text(stage.entries("event.judged").at(0), "decision") == "allow");
}

TEST_CASE("nothing is exchanged any more once the dispatcher stops", "[exchange]") {
    BusStage stage;
    stage.dispatcher->start(stage.set_of({}));
    stage.dispatcher->stop();
    bool called = false;

    const auto changed = stage.dispatcher->exchange([&](const ModuleSet& modules) -> Result<ModuleSet> { return called = true, modules; });

    REQUIRE_FALSE(changed);
    CHECK(changed.error().code == ErrorCode::unavailable);
    CHECK_FALSE(called);
}

} // namespace
} // namespace ombud
