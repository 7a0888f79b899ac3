// What becomes of a module whose process dies, and of the call that it was in.
#include "cellar.hpp"

#include <csignal>

#include "contained/deaths.hpp"

namespace ombud {
namespace {

using contained::Deaths;
constexpr std::int64_t second_ns = 1'000'000'000;

TEST_CASE("the first two deaths cost no time, then each start waits longer", "[contained]") {
    Deaths deaths;
    CHECK(deaths.next_start_ns() == 0);
    deaths.record(10 * second_ns);
    CHECK(deaths.next_start_ns() == 10 * second_ns);
    deaths.record(11 * second_ns);
    CHECK(deaths.next_start_ns() == 11 * second_ns + second_ns / 10);
    deaths.record(12 * second_ns);
    CHECK(deaths.next_start_ns() == 13 * second_ns);
}

TEST_CASE("five deaths within a minute mean rest until somebody forgives, spread deaths do not", "[contained]") {
    Deaths spread, close;
    for (int i = 0; i < 50; ++i)
        spread.record(i * 16 * second_ns);
    for (int i = 0; i < 5; ++i)
        close.record(i * second_ns);

    CHECK_FALSE(spread.is_resting());
    CHECK(close.is_resting());
    CHECK(close.next_start_ns() == std::nullopt);
    close.forgive();
    CHECK(close.next_start_ns() == 0);
    CHECK(close.count() == 5);
}

TEST_CASE("a call whose process dies is delivered once more, flagged", "[contained]") {
    Lent lent;
    const auto instance = settle(echo(true), lent);

    const Told told = ask(*instance, lent.own_names, "crash");

    CHECK(told.answer == "again");
    const CellStatus place = instance->place();
    CHECK(place.runner == "sandboxed");
    CHECK(place.state == "running");
    CHECK(place.deaths == 1);
    CHECK_THAT(place.last_death, Catch::Contains("killed by signal 11"));
    CHECK(lent.was_logged("killed by signal 11"));
}

TEST_CASE("what kills two processes is set aside with a finding, and its call is a fault", "[contained]") {
    Lent lent;
    const auto instance = settle(echo(true), lent);

    const Told told = ask(*instance, lent.own_names, "exit", "", true); // observing does not look at the flag
    const Told next = ask(*instance, lent.own_names, "hello");

    CHECK_THAT(told.answer, Catch::StartsWith("fault: observing failed: status 3: its process ended: it ended by itself with exit status 3"));
    REQUIRE(told.outbox.raised.size() == 1);
    CHECK(told.outbox.raised[0].key == "set-aside/recording.finished");
    CHECK(told.outbox.raised[0].control == "RET-3");
    CHECK(next.answer == "hello");
    CHECK(instance->place().deaths == 2);
}

TEST_CASE("a call that misses its deadline ends its process, and the next one finds a new one", "[contained]") {
    Lent lent;
    const auto instance = settle(echo(true), lent);
    const int before = instance->place().pid;

    const Told told = ask(*instance, lent.own_names, "hang", "", false, 100'000'000);
    const Told next = ask(*instance, lent.own_names, "calls");

    CHECK(told.answer == "fault: judging failed: status 3: its process was ended: no answer within 100 ms");
    CHECK(next.answer == "1");
    CHECK(instance->place().pid != before);
}

TEST_CASE("a process that dies between calls is missed by nobody", "[contained]") {
    Lent lent;
    const auto instance = settle(echo(true), lent);
    ::kill(instance->place().pid, SIGKILL);
    await("its end is seen", [&] { return instance->place().state == "waiting"; });

    CHECK(ask(*instance, lent.own_names, "hello").answer == "hello");
    CHECK(instance->place().deaths == 1);
}

TEST_CASE("a module that keeps dying rests, says so, and starts again when it is forgiven", "[contained]") {
    Lent lent;
    const auto instance = settle(echo(true), lent);
    for (int i = 0; i < 5 && instance->place().state != "resting"; ++i)
        (void)ask(*instance, lent.own_names, "exit", "", true);

    const Told resting = ask(*instance, lent.own_names, "hello");
    CHECK(instance->place().state == "resting");
    CHECK_THAT(resting.answer, Catch::Contains("it rests after 5 deaths within a minute") && Catch::Contains("ombud module mode echo"));
    instance->forgive();

    CHECK(ask(*instance, lent.own_names, "hello").answer == "hello");
}

TEST_CASE("an instance that hangs for ever is stopped all the same", "[contained]") {
    Lent lent;
    Instance::Options options;
    options.name = "echo";
    options.plugin = echo(true);
    options.document = {{"options", boost::json::object{}}};
    options.lifecycle_ns = 50'000'000;
    auto instance = Instance::create(std::move(options), lent.services);
    REQUIRE(instance);
    auto call = std::make_shared<EventCall>();
    auto event = EventBuilder(lent.own_names, "recording.finished", 1).text("say", "hang").build();
    REQUIRE(event);
    call->event = *event;
    call->hook = OMBUD_HOOK_RECORDING_FINISHED;
    call->deadline_ns = 3600 * second_ns;
    (*instance)->submit(call);
    await("the call begins", [&] { return call->state == EventCall::running; });

    (*instance)->stop(); // returns

    CHECK(call->state == EventCall::answered);
    CHECK(call->fault);
}

} // namespace
} // namespace ombud
