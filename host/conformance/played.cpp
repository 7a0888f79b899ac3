#include "conformance/played.hpp"

#include <algorithm>

namespace ombud::conformance {
namespace {

std::vector<Call> day(const Subject& subject, Stage& stage, std::size_t each, EventRef (Sampler::*make)(std::string_view)) {
    std::vector<Call> calls;
    if (!subject.manifest || stage.plugin() == nullptr)
        return calls;
    Sampler sampler(subject.seed, stage.names);
    for (std::size_t i = 0; i < each; ++i) {
        if (stage.plugin()->hook() != nullptr)
            for (const config::HookSpec& hook : subject.manifest->hooks)
                calls.push_back({hook.id, (sampler.*make)(event_of_hook(hook.id))});
        if (stage.plugin()->observer() != nullptr)
            for (const std::string& type : subject.manifest->events)
                calls.push_back({0, (sampler.*make)(type)});
    }
    return calls;
}

// Ten frames of a second; the data ends where 64 zero bytes begin, as the ABI promises.
const ombud_packet& usual_packet() {
    static const unsigned char bytes[128] = {0, 0, 0, 1, 0x65};
    static const ombud_packet packet{sizeof(ombud_packet), 0x31637661, OMBUD_PACKET_KEY, 0, 0, 0, 1, 1, 10, 1'699'990'000'000'000'000,
                                     ombud_id{{9}},        0,          {bytes, 64},      {nullptr, 0}};
    return packet;
}

} // namespace

std::vector<Call> usual_day(const Subject& subject, Stage& stage, std::size_t each) { return day(subject, stage, each, &Sampler::usual); }
std::vector<Call> odd_day(const Subject& subject, Stage& stage, std::size_t each) { return day(subject, stage, each, &Sampler::odd); }

bool asks_for_packets(const Subject& subject) {
    return subject.manifest && std::ranges::any_of(subject.manifest->hooks, [](const config::HookSpec& hook) { return hook.id == OMBUD_HOOK_STREAM_PACKET; });
}

std::string name_of(const Stage& stage, const Call& call) { return std::string(stage.names.name(call.event->type())); }

Answered play(Stage& stage, Actor& actor, const Call& call, Lending lending) {
    stage.step((call.hook != 0 ? "judging " : "observing ") + name_of(stage, call));
    if (call.hook == 0)
        return actor.observe(call.event, lending);
    return actor.judge(call.hook, call.event, 0, lending, call.hook == OMBUD_HOOK_STREAM_PACKET ? &usual_packet() : nullptr);
}

Result<std::vector<std::string>> replay(Stage& stage, const std::vector<Call>& calls, std::string (Answered::*text)() const) {
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fail(begun.error());
    std::vector<std::string> answers;
    for (const Call& call : calls)
        answers.push_back((play(stage, actor, call).*text)());
    return answers;
}

std::string shortened(const std::string& text) {
    constexpr std::size_t shown = 160;
    return text.size() <= shown ? text : text.substr(0, shown) + "…";
}

} // namespace ombud::conformance
