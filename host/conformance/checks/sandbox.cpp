// A process of its own changes nothing.
#include <array>
#include <vector>

#include "conformance/check.hpp"
#include "conformance/played.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {
namespace {

// Whatever the sandbox refuses, a file, a socket, a system call, shows as another answer or as an end.
Seen same_answers(const Subject& subject, Witness& witness) {
    Stage here(subject, witness);
    if (auto seen = unplayable(here))
        return *seen;
    if (here.plugin()->connector() != nullptr)
        return does_not_apply("a connector runs inside the host");
    if (here.plugin()->frames() != nullptr)
        return does_not_apply("it looks at pictures, which are not made up here");
    Stage confined(subject, witness, Where::confined);
    if (confined.plugin() == nullptr)
        return fails("in a process of its own: " + confined.problem(), "touch nothing but what the host lends: sdk/README.md, Where it runs");
    const auto calls = usual_day(subject, here, 30), same_calls = usual_day(subject, confined, 30);
    if (calls.empty())
        return does_not_apply("it judges and observes nothing");
    const auto inside = replay(here, calls, &Answered::text_and_sent);
    if (!inside)
        return fails(inside.error().message, give_settings);
    witness.step("judging in a process of its own");
    const auto outside = replay(confined, same_calls, &Answered::text_and_sent);
    if (!outside)
        return fails("in a process of its own: " + outside.error().message, "touch nothing but what the host lends: sdk/README.md, Where it runs");
    for (std::size_t i = 0; i < calls.size(); ++i)
        if ((*inside)[i] != (*outside)[i])
            return fails("call " + std::to_string(i + 1) + " (" + name_of(here, calls[i]) + ") is answered " + shortened((*inside)[i]) +
                             " inside the host, and in a process of its own " + shortened((*outside)[i]),
                         "touch nothing but what the host lends: sdk/README.md, Where it runs");
    return passes(std::to_string(calls.size()) + " calls, the same answers inside the host and in a process of its own");
}

constexpr std::array<Check, 1> table{{{"sandbox.same_answers", same_answers}}};

} // namespace

std::span<const Check> sandbox_checks() { return table; }

} // namespace ombud::conformance
