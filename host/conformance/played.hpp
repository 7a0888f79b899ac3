#pragma once
// A short day in the life of an instance: the calls that several checks make.

#include <string>
#include <vector>

#include "conformance/sampler.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {

/// One call that a host would make of it: a hook of its manifest, or an event that it observes.
struct Call {
    std::uint32_t hook = 0; ///< 0: observed
    EventRef event;
};

/// `each` usual events for every hook and event type of the manifest, by the subject's seed.
std::vector<Call> usual_day(const Subject& subject, Stage& stage, std::size_t each);
/// The same with odd events.
std::vector<Call> odd_day(const Subject& subject, Stage& stage, std::size_t each);

/// Whether its manifest hooks stream.packet.
bool asks_for_packets(const Subject& subject);

/// Makes one call, of stream.packet with a usual packet. Sets the step.
Answered play(Stage& stage, Actor& actor, const Call& call, Lending lending = Lending::plain);

/// What a new instance answers to each call.
Result<std::vector<std::string>> replay(Stage& stage, const std::vector<Call>& calls, std::string (Answered::*text)() const);

/// Such an answer, cut to what a line can hold.
std::string shortened(const std::string& text);

/// "mail.send": what the call is about.
std::string name_of(const Stage& stage, const Call& call);

} // namespace ombud::conformance
