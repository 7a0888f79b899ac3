#include "bus_stage.hpp"

#include <set>

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
