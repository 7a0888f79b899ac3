// The zoo: whatever a module does in its own process, the host gets an answer or a fault in time, and goes on.
#include "cellar.hpp"

#include <sys/stat.h>

namespace ombud {
namespace {

EventRef about(Names& names, std::string_view animal) {
    auto event = EventBuilder(names, "recording.finished", 1).text("recording", animal).build();
    REQUIRE(event);
    return *event;
}

Told let_out(Instance& instance, EventRef event) {
    auto call = std::make_shared<EventCall>();
    call->event = std::move(event);
    call->hook = OMBUD_HOOK_RECORDING_FINISHED;
    call->deadline_ns = 400'000'000;
    auto promise = std::make_shared<std::promise<void>>();
    auto answered = promise->get_future();
    call->done = [promise] { promise->set_value(); };
    instance.submit(call);
    if (answered.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
        FAIL("no answer");
    return {call->fault ? "fault: " + *call->fault : call->verdict.reason, std::move(call->outbox)};
}
Told let_out(Instance& instance, Names& names, std::string_view animal) { return let_out(instance, about(names, animal)); }

TEST_CASE("no animal of the zoo hurts the host, and the next question is answered", "[contained][hostile]") {
    struct Row {
        const char *animal, *outcome; ///< a part of the answer or fault
    };
    const Row rows[] = {
        {"crash", "killed by signal 11"},
        {"overflow", "killed by signal 11"},
        {"abort", "killed by signal 6"},
        {"loop", "no answer within 400 ms"},
        {"hang", "no answer within 400 ms"},
        {"sleep", "no answer within 400 ms"},
        {"deaf", "no answer within 400 ms"},
        {"freeze", "no answer within 400 ms"},
        {"eat", "fault: judging failed"},
        {"eat-shared", "fault: judging failed"},
        {"breed", "tame"},
        {"threads", "tame"},
        {"leak", "tame"},
        {"scribble", "fault: judging failed"},
        {"scribble-beside", ""}, // whatever comes of it
        {"shrink", "tame"},
        {"close-all", "tame"},
        {"unmap-all", "fault: judging failed"},
        {"kill-host", "tame"},
        {"kill-all", "tame"},
        {"spy", "killed by signal 31 (Bad system call): a system call that no module may make"},
        {"run", "killed by signal 31"},
        {"call-home", "tame"},
        {"leave-quietly", "it ended by itself with exit status 0"},
        {"leave", "fault: judging failed"},
        {"nonsense", "killed by signal 11"},
        {"wild", "killed by signal 11"},
        {"rows", "killed by signal 11"},
        {"crash-once", "asked once more, and flagged so"},
        {"demand", "its request was refused"},
        {"forge", "tame"},
    };
    static const auto zoo = staged(ZOO_FILE, "zoo", true);
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.animal) {
            Lent lent;
            const auto instance = settle(zoo, lent);

            const Told told = let_out(*instance, lent.own_names, row.animal);
            instance->forgive(); // a machine under load may make two deaths of one: no waiting here

            CHECK_THAT(told.answer, Catch::Contains(row.outcome));
            std::string next = let_out(*instance, lent.own_names, "sheep").answer;
            for (int again = 0; again < 5 && next != "tame"; ++again) // what was let out may still be about
                next = let_out(*instance, lent.own_names, "sheep").answer;
            CHECK(next == "tame");
            struct stat info{};
            CHECK(::stat("/tmp/ombud-zoo", &info) != 0);
        }
}

TEST_CASE("what a module writes over what it was lent is read by nobody else, wherever it runs", "[contained][hostile]") {
    const bool sandboxed = GENERATE(false, true);
    Lent lent;
    const auto instance = settle(staged(ZOO_FILE, "zoo", sandboxed), lent);
    const EventRef event = about(lent.own_names, "forge");

    CHECK(let_out(*instance, event).answer == "tame");

    CHECK(event->read().get_text(lent.own_names.intern("recording")) == "forge");
}

TEST_CASE("what attacks from a constructor is confined already, and is no module", "[contained][hostile]") {
    const TempFolder folder;
    const auto admitted = admitted_file(EARLY_BIRD_FILE, folder);

    const auto loaded = contained::ContainedPlugin::load(admitted, {"early_bird"}, cellar_watch());

    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Catch::Contains("exit status 42"));
}

} // namespace
} // namespace ombud
