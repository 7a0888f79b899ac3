// The same facts, the same answers.
#include <array>
#include <memory>
#include <vector>

#include "conformance/check.hpp"
#include "conformance/played.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {
namespace {

std::optional<Seen> no_calls(const Stage& stage, const std::vector<Call>& calls) {
    if (auto seen = unplayable(stage))
        return seen;
    return calls.empty() ? std::optional(does_not_apply("it judges and observes nothing")) : std::nullopt;
}

Seen twice(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    auto calls = usual_day(subject, stage, 30);
    if (auto seen = no_calls(stage, calls))
        return *seen;
    for (Call& call : odd_day(subject, stage, 30))
        calls.push_back(std::move(call));
    const auto once = replay(stage, calls, &Answered::text_and_sent);
    if (!once)
        return fails(once.error().message, give_settings);
    const auto again = replay(stage, calls, &Answered::text_and_sent);
    if (!again)
        return fails("a second instance: " + again.error().message, "keep everything in the instance");
    for (std::size_t i = 0; i < calls.size(); ++i)
        if ((*once)[i] != (*again)[i])
            return fails("call " + std::to_string(i + 1) + " (" + name_of(stage, calls[i]) + ") was answered " + shortened((*once)[i]) + ", and in a second run " +
                             shortened((*again)[i]),
                         "no chance, no addresses, no system clock in a verdict: ask host->now");
    return passes(std::to_string(calls.size()) + " calls, the same answers in two runs");
}

Seen restart(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    const auto calls = usual_day(subject, stage, 20);
    if (auto seen = no_calls(stage, calls))
        return *seen;
    // What was sent may be said again after a restart: findings and actions have keys.
    const auto whole = replay(stage, calls, &Answered::text);
    if (!whole)
        return fails(whole.error().message, give_settings);
    auto actor = std::make_unique<Actor>(stage);
    if (auto begun = actor->begin(); !begun)
        return fails(begun.error().message, give_settings);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i == calls.size() / 2) {
            auto next = std::make_unique<Actor>(stage);
            next->state = actor->state;
            actor = std::move(next);
            if (auto begun = actor->begin(); !begun)
                return fails("with what it remembered: " + begun.error().message, "read back what it kept by ombud.state/1");
        }
        const std::string text = play(stage, *actor, calls[i]).text();
        if (text != (*whole)[i])
            return fails("after a restart call " + std::to_string(i + 1) + " (" + name_of(stage, calls[i]) + ") is answered " + shortened(text) + ", without one " +
                             shortened((*whole)[i]),
                         "keep by ombud.state/1 what later answers hang on");
    }
    return passes(std::to_string(calls.size()) + " calls, the same answers with a restart in their middle");
}

Seen odd_events(const Subject& subject, Witness& witness) {
    constexpr std::size_t each = 1000;
    Stage stage(subject, witness);
    const auto calls = odd_day(subject, stage, each);
    if (auto seen = no_calls(stage, calls))
        return *seen;
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    std::size_t number = 0, refused = 0;
    for (const Call& call : calls) {
        const std::string place = name_of(stage, call) + ", odd event " + std::to_string(++number) + " of seed " + std::to_string(subject.seed);
        witness.step((call.hook != 0 ? "judging " : "observing ") + place);
        const Answered answered = call.hook != 0 ? actor.judge(call.hook, call.event, 0, Lending::read_only) : actor.observe(call.event, Lending::read_only);
        if (call.hook != 0 && answered.status == OMBUD_OK && !answered.verdict)
            return fails(place + ": " + answered.fault, "answer a status, or a whole verdict, whatever an event holds");
        refused += answered.status != OMBUD_OK ? 1 : 0;
    }
    return passes(std::to_string(calls.size()) + " odd events of seed " + std::to_string(subject.seed) + ", " + std::to_string(refused) + " refused");
}

constexpr std::array<Check, 3> table{{{"determinism.twice", twice}, {"determinism.restart", restart}, {"determinism.odd_events", odd_events}}};

} // namespace

std::span<const Check> determinism_checks() { return table; }

} // namespace ombud::conformance
