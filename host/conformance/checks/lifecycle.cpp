// Instances come and go, and nothing stays behind.
#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "conformance/check.hpp"
#include "conformance/played.hpp"
#include "conformance/process_state.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {
namespace {

// The heap settles in the first rounds (caches of malloc, of libraries); a leak goes on. Least bytes of one allocation.
constexpr int warm_up = 20;
constexpr int rounds = 100;
constexpr std::size_t least_allocation = 24;

Seen hundred(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    const auto calls = usual_day(subject, stage, 1);
    ProcessState before;
    std::size_t heap = 0;
    for (int round = 0; round < warm_up + rounds; ++round) {
        if (round == warm_up) {
            before = ProcessState::now();
            heap = heap_bytes();
        }
        Actor actor(stage);
        if (auto begun = actor.begin(); !begun)
            return fails(begun.error().message, give_settings);
        for (const Call& call : calls)
            (void)play(stage, actor, call);
        if (const ombud_status status = actor.stop(); status != OMBUD_OK)
            return fails("stop answered " + std::to_string(status) + ": " + actor.error(), "stop() must work whenever start() did");
        actor.destroy();
    }
    const std::size_t heap_after = heap_bytes(); // before the state is read, which allocates
    const ProcessState after = ProcessState::now();
    if (const std::string grown = after.grown_since(before); !grown.empty())
        return fails("100 instances left " + grown, "end in stop() what start() began, free in destroy() what create() took");
    if (heap_after > heap + rounds * least_allocation)
        return fails("100 instances left " + std::to_string(heap_after - heap) + " bytes", "free in destroy() what it allocated; valgrind names the place");
    return passes("no threads, descriptors or memory left of 100 instances");
}

Seen without_start(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    Actor actor(stage);
    if (actor.create() != OMBUD_OK || actor.instance() == nullptr)
        return fails("create failed: " + actor.error(), give_settings);
    actor.destroy();
    return passes("destroyed without a start");
}

// A host that lends nothing, or settings without what is required: one of them most plugins refuse.
Seen failed_create(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    const ProcessState before = ProcessState::now();
    std::size_t heap = 0;
    int refused = 0;
    boost::json::value empty = stage.document();
    empty.as_object()["options"] = boost::json::object();
    for (int round = 0; round < warm_up + rounds; ++round) {
        if (round == warm_up)
            heap = heap_bytes();
        for (const bool lends_nothing : {true, false}) {
            Actor actor(stage, {.lends_nothing = lends_nothing}, lends_nothing ? stage.document() : empty);
            if (actor.create() == OMBUD_OK)
                continue;
            ++refused;
            if (actor.instance() != nullptr)
                return fails("create failed and set *out", "leave *out alone unless the answer is OMBUD_OK");
            if (actor.error().empty())
                return fails("create failed and did not say why", "call host->set_error before the status is returned");
        }
    }
    const std::size_t heap_after = heap_bytes();
    if (refused == 0)
        return does_not_apply("it can be made without extensions and without settings");
    if (const std::string grown = ProcessState::now().grown_since(before); !grown.empty())
        return fails("failed creates left " + grown, "give back what was taken before the failure");
    if (heap_after > heap + rounds * least_allocation)
        return fails("failed creates left " + std::to_string(heap_after - heap) + " bytes", "free what was allocated before the failure");
    return passes("says why, and leaves nothing");
}

std::vector<std::string> answers_of(Stage& stage, Actor& actor, const std::vector<Call>& calls) {
    std::vector<std::string> texts;
    for (const Call& call : calls)
        texts.push_back(play(stage, actor, call).text_and_sent());
    return texts;
}

Seen two_instances(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    const auto calls = usual_day(subject, stage, 4);
    std::vector<std::string> alone;
    {
        Actor actor(stage);
        if (auto begun = actor.begin(); !begun)
            return fails(begun.error().message, give_settings);
        alone = answers_of(stage, actor, calls);
    }
    auto first = std::make_unique<Actor>(stage);
    Actor second(stage);
    for (Actor* actor : {first.get(), &second})
        if (auto begun = actor->begin(); !begun)
            return fails("beside another instance: " + begun.error().message, "keep everything in the instance, nothing in static variables");
    if (first->instance() == second.instance())
        return fails("both have the same address", "keep everything in the instance, nothing in static variables");
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (first && i == calls.size() / 2)
            first.reset(); // the other one goes on as if nothing had happened
        if (first)
            (void)play(stage, *first, calls[i]);
        if (play(stage, second, calls[i]).text_and_sent() != alone[i])
            return fails("another instance changes what this one answers to " + name_of(stage, calls[i]), "keep everything in the instance, nothing in static variables");
    }
    return passes("one is not changed by another that works and ends");
}

Seen stop_in_time(const Subject& subject, Witness& witness) {
    using std::chrono::steady_clock;
    constexpr std::chrono::milliseconds patience{500};
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    const auto began = steady_clock::now();
    (void)actor.stop(std::chrono::nanoseconds(patience).count());
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
    if (took > patience)
        return fails("stop took " + std::to_string(took.count()) + " ms of " + std::to_string(patience.count()), "answer before deadline_mono_ns, whatever is unfinished");
    return passes("stopped after " + std::to_string(took.count()) + " ms of " + std::to_string(patience.count()));
}

Seen after_destroy(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    const ProcessState before = ProcessState::now();
    {
        Actor actor(stage);
        if (auto begun = actor.begin(); !begun)
            return fails(begun.error().message, give_settings);
        (void)actor.stop();
        actor.destroy();
        if (const ProcessState after = ProcessState::now(); after.threads > before.threads)
            return fails("a thread of it lives on after destroy", "join in stop() every thread that start() began");
    }
    // The host's tables are gone now: a thread that nobody counted crashes when it calls.
    witness.step("waiting for calls after destroy");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return passes("no threads, no calls");
}

Seen manners(const Subject& subject, Witness& witness) {
    const ProcessState before = ProcessState::now();
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    for (const Call& call : usual_day(subject, stage, 2))
        (void)play(stage, actor, call);
    if (stage.plugin()->audit() != nullptr)
        (void)actor.audit(true);
    if (const std::string changed = ProcessState::now().changed_since(before); !changed.empty())
        return fails(changed, "no fork, signal handler, setlocale, chdir or umask in a plugin: they are the whole process's");
    return passes("locale, folder, file mask, signal handlers and processes as before");
}

constexpr std::array<Check, 7> table{{{"lifecycle.hundred", hundred},
                                      {"lifecycle.without_start", without_start},
                                      {"lifecycle.failed_create", failed_create},
                                      {"lifecycle.two_instances", two_instances},
                                      {"lifecycle.stop_in_time", stop_in_time},
                                      {"lifecycle.after_destroy", after_destroy},
                                      {"lifecycle.manners", manners}}};

} // namespace

std::span<const Check> lifecycle_checks() { return table; }

} // namespace ombud::conformance
