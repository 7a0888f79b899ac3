#include "bus_stage.hpp"

#include <set>

#include <ombud/state.h>

#include "module_state/module_state.hpp"

namespace ombud {
namespace {

TEST_CASE("no event is lost or recorded twice over restarts in the middle of work", "[restart]") {
    BusStage stage;
    Hands hands;
    hands.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
    constexpr int count = 3'000;
    stage.accept(count);
    std::uint64_t judged_before = 0;

    for (int restart = 0; restart < 3; ++restart) {
        stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));
        stage.await_judged(1);
        stage.dispatcher->stop();
        judged_before += stage.dispatcher->status().judged;
        REQUIRE(judged_before + static_cast<std::uint64_t>(stage.rows("journal")) == count);
        stage.reopen();
    }
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));
    stage.await_judged(count - judged_before);

    std::set<std::int64_t> seqs;
    for (const auto& entry : stage.entries("event.judged"))
        CHECK(seqs.insert(entry.at("seq").to_number<std::int64_t>()).second);
    CHECK(seqs.size() == count);
    CHECK(stage.rows("journal") == 0);
}

TEST_CASE("a module remembers each event that was recorded, and no other, over restarts in the middle of work", "[restart]") {
    BusStage stage;
    Hands hands;
    constexpr int count = 2'000;
    int calls = 0;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) -> ombud_status {
        // A key of its own for each call: an event that was recorded twice would be remembered twice.
        const std::string key = "call-" + std::to_string(++calls);
        if (hands.service<ombud_state>(OMBUD_STATE_ID).put(hands.host->ctx, view(key), view("judged")) != OMBUD_OK)
            return OMBUD_INTERNAL;
        return answer(verdict, OMBUD_ALLOW);
    };
    const auto start = [&] {
        REQUIRE(module_state::prepare(*stage.ledger));
        stage.lent->services.open_state = [&](const std::string& module) { return module_state::make_reader(*stage.ledger, module); };
        stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));
    };
    stage.accept(count);
    std::uint64_t judged_before = 0;

    for (int restart = 0; restart < 3; ++restart) {
        start();
        stage.await_judged(1);
        stage.dispatcher->stop();
        judged_before += stage.dispatcher->status().judged;
        CHECK(static_cast<std::uint64_t>(stage.rows("module_state")) == judged_before);
        stage.reopen();
    }
    start();
    stage.await_judged(count - judged_before);

    CHECK(stage.rows("module_state") == count);
    const auto reader = module_state::make_reader(*stage.ledger, "puppet");
    const auto first = reader->next("");
    REQUIRE((first && *first));
    CHECK((*first)->value == "judged");
    CHECK_FALSE(module_state::make_reader(*stage.ledger, "other")->next("")->has_value());
}

TEST_CASE("what a dry run would have remembered is not", "[restart]") {
    BusStage stage;
    Hands hands;
    ombud_status put = OMBUD_INTERNAL, beyond = OMBUD_OK, nothing = OMBUD_OK;
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        const auto& state = hands.service<ombud_state>(OMBUD_STATE_ID);
        const std::string long_value(OMBUD_STATE_VALUE_MAX + 1, 'x');
        put = state.put(hands.host->ctx, view("k"), view("v"));
        beyond = state.put(hands.host->ctx, view("k"), view(long_value));
        nothing = state.put(hands.host->ctx, view(""), view("v"));
        return answer(verdict, OMBUD_ALLOW);
    };
    REQUIRE(module_state::prepare(*stage.ledger));
    stage.lent->services.open_state = [&](const std::string& module) { return module_state::make_reader(*stage.ledger, module); };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));

    REQUIRE(stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event(), "cams", OMBUD_CALL_DRYRUN));

    CHECK(put == OMBUD_OK);
    CHECK(beyond == OMBUD_INVALID_INPUT);
    CHECK(nothing == OMBUD_INVALID_INPUT);
    CHECK(stage.rows("module_state") == 0);
}

TEST_CASE("an event that comes again is told to the module and recorded as such", "[restart]") {
    BusStage stage;
    stage.accept();
    stage.reopen();
    Hands hands;
    std::uint32_t flags = 0;
    hands.judge = [&](const ombud_hook_call& call, ombud_verdict&) { return flags = call.flags, OMBUD_OK; };

    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));
    stage.await_judged(1);
    stage.dispatcher->stop();

    CHECK(flags == OMBUD_CALL_REDELIVERY);
    CHECK(stage.entries("event.judged").at(0).at("redelivery") == 1);
}

} // namespace
} // namespace ombud
