#include "bus_stage.hpp"

#include "bus/shadow.hpp"

namespace ombud {
namespace {

/// A module with another release beside it, whose differences are collected.
struct Shadowed {
    BusStage stage;
    Hands judging, beside;
    std::mutex mutex;
    std::vector<Shadow::Difference> told;
    std::shared_ptr<Shadow> shadow;

    void start(Mode mode = Mode::enforce) {
        if (!judging.judge)
            judging.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW, "as ever"); };
        shadow = std::make_shared<Shadow>(stage.member(beside, mode), [this](const Shadow::Difference& one) {
            const std::lock_guard lock(mutex);
            told.push_back(one);
        });
        Member member = stage.member(judging, mode);
        member.shadow = shadow;
        stage.dispatcher->start(stage.set_of({member}));
    }
    /// Those that were told so far, once there are so many.
    std::vector<Shadow::Difference> differences(std::size_t count) {
        std::vector<Shadow::Difference> found;
        await("the differences are told", [&] {
            const std::lock_guard lock(mutex);
            found = told;
            return found.size() >= count;
        });
        return found;
    }
    void await_compared(std::uint64_t count) {
        await("all is compared", [&] { return shadow->counts().same + shadow->counts().different >= count; });
    }
};

TEST_CASE("a shadow that answers the same is told as the same, and its answer is not recorded", "[shadow]") {
    Shadowed scene;
    scene.beside.judge = [](const ombud_hook_call& call, ombud_verdict& verdict) {
        CHECK((call.flags & OMBUD_CALL_DRYRUN) != 0);
        return answer(verdict, OMBUD_ALLOW, "as ever");
    };
    scene.start();

    scene.stage.accept(3);
    scene.stage.await_judged(3);
    scene.await_compared(3);

    CHECK(scene.shadow->counts().same == 3);
    CHECK(scene.differences(0).empty());
    CHECK(scene.stage.entries("event.judged").size() == 3);
}

TEST_CASE("a shadow's other answer is told and changes nothing", "[shadow]") {
    Shadowed scene;
    scene.beside.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY, "not any more"); };
    scene.start();

    const auto seq = scene.stage.accept();
    scene.stage.await_judged(1);
    const auto told = scene.differences(1);

    CHECK(scene.stage.entries("event.judged").at(0).at("applied") == "allow");
    REQUIRE(told.size() == 1);
    CHECK(told[0].seq == seq);
    CHECK(told[0].judged == "allow: as ever");
    CHECK(told[0].shadow == "deny: not any more");
}

TEST_CASE("a shadow that sends more differs, and what it sends is dropped", "[shadow]") {
    Shadowed scene;
    scene.beside.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        CHECK(ask_deletion(scene.beside, "r1") == OMBUD_OK);
        return answer(verdict, OMBUD_ALLOW, "as ever");
    };
    scene.start();

    scene.stage.accept();
    scene.stage.await_judged(1);
    const auto told = scene.differences(1);

    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0].shadow, Catch::Contains("asks for recording.delete of //r1"));
    CHECK(scene.stage.rows("action") == 0);
}

TEST_CASE("a shadow's fault is a difference, and no fault", "[shadow]") {
    Shadowed scene;
    scene.beside.judge = [](const ombud_hook_call&, ombud_verdict&) { return OMBUD_INTERNAL; };
    scene.start();

    scene.stage.accept();
    scene.stage.await_judged(1);
    const auto told = scene.differences(1);

    REQUIRE(told.size() == 1);
    CHECK(told[0].shadow == "fault: judging failed: status 7");
    CHECK(scene.stage.entries("fault").empty());
}

TEST_CASE("a shadow that hangs slows nothing down, and what it misses is counted", "[shadow]") {
    Shadowed scene;
    Gate gate;
    scene.beside.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        gate.pass();
        return answer(verdict, OMBUD_ALLOW, "as ever");
    };
    scene.start();

    scene.stage.accept();
    gate.wait_for(1);
    for (int i = 0; i < 10; ++i)
        scene.stage.accept(100); // more than it has room for
    scene.stage.await_judged(1001);

    CHECK(scene.shadow->counts().same == 0);
    CHECK(scene.shadow->counts().missed > 0);
    CHECK(scene.shadow->counts().asked + scene.shadow->counts().missed == 1001);
    gate.open();
    scene.await_compared(scene.shadow->counts().asked);
    CHECK(scene.shadow->counts().different == 0);
}

TEST_CASE("a question is compared, too", "[shadow]") {
    Shadowed scene;
    scene.beside.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY, "not any more"); };
    scene.start();

    const auto judged = scene.stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, scene.stage.event(), "cams", 0);
    const auto told = scene.differences(1);

    REQUIRE(judged);
    CHECK(judged->applied.action == VerdictAction::allow);
    REQUIRE(told.size() == 1);
    CHECK(told[0].seq == 0);
}

} // namespace
} // namespace ombud
