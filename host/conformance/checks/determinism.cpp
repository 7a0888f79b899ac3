// The same facts, the same answers.
#include <array>
#include <memory>
#include <vector>

#include "conformance/check.hpp"
#include "conformance/packet_sampler.hpp"
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

// Drawn, not in turns: with a call of each kind in turns, each kind would always meet the same thread.
Seen any_thread(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    const auto calls = usual_day(subject, stage, 30);
    if (auto seen = no_calls(stage, calls))
        return *seen;
    const auto alone = replay(stage, calls, &Answered::text_and_sent);
    if (!alone)
        return fails(alone.error().message, give_settings);
    stage.circumstance = "a change of threads between calls, drawn by seed " + std::to_string(subject.seed);
    Actor actor(stage);
    actor.threads.emplace(subject.seed);
    if (auto begun = actor.begin(); !begun)
        return fails("with another thread: " + begun.error().message, "keep nothing by thread: calls come one after the other, from any");
    for (std::size_t i = 0; i < calls.size(); ++i)
        if (const std::string text = play(stage, actor, calls[i]).text_and_sent(); text != (*alone)[i])
            return fails("call " + std::to_string(i + 1) + " (" + name_of(stage, calls[i]) + ") is answered " + shortened((*alone)[i]) +
                             " where one thread makes all calls, and " + shortened(text) + " where threads change between them, drawn by seed " +
                             std::to_string(subject.seed),
                         "keep nothing by thread: no thread_local, no thread's id, no lock held from one call to the next");
    if (const ombud_status status = actor.stop(); status != OMBUD_OK)
        return fails("stop answered " + std::to_string(status) + " from another thread: " + actor.error(), "keep nothing by thread");
    actor.destroy();
    return passes(std::to_string(calls.size()) + " calls, one after the other and from changing threads, with the same answers");
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
        stage.circumstance = "odd event " + std::to_string(++number) + " of seed " + std::to_string(subject.seed);
        const Answered answered = play(stage, actor, call, Lending::read_only);
        if (call.hook != 0 && answered.status == OMBUD_OK && !answered.verdict)
            return fails(name_of(stage, call) + ", " + stage.circumstance + ": " + answered.fault, "answer a status, or a whole verdict, whatever an event holds");
        refused += answered.status != OMBUD_OK ? 1 : 0;
    }
    return passes(std::to_string(calls.size()) + " odd events of seed " + std::to_string(subject.seed) + ", " + std::to_string(refused) + " refused");
}

Seen fuzzed_packets(const Subject& subject, Witness& witness) {
    constexpr std::size_t count = 5000;
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    if (!asks_for_packets(subject))
        return does_not_apply("it asks for no packets");
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    const EventRef event = Sampler(subject.seed, stage.names).usual("stream.packet");
    PacketSampler packets(subject.seed);
    std::size_t refused = 0;
    for (std::size_t number = 1; number <= count; ++number) {
        const MadeUpPacket made = packets.next();
        const std::string place = "packet " + std::to_string(number) + " of seed " + std::to_string(subject.seed) + ", " +
                                  std::to_string(made.packet.data.len) + " bytes";
        // Each ends where the next byte faults, and none can be written.
        Pages data(made.data.data(), made.data.size()), extradata(made.extradata.data(), made.extradata.size());
        ombud_packet packet = made.packet;
        packet.data.ptr = data.get();
        packet.extradata.ptr = packet.extradata.len == 0 ? nullptr : extradata.get();
        Pages lent(&packet, sizeof packet);
        for (Pages* one : {&data, &extradata, &lent})
            one->forbid_writing();
        witness.step("judging " + place);
        const Answered answered =
            actor.judge(OMBUD_HOOK_STREAM_PACKET, event, 0, Lending::read_only, static_cast<const ombud_packet*>(lent.get()));
        if (answered.status == OMBUD_OK && !answered.verdict)
            return fails(place + ": " + answered.fault, "answer a status, or a whole verdict, whatever a packet holds");
        refused += answered.status != OMBUD_OK ? 1 : 0;
    }
    return passes(std::to_string(count) + " fuzzed packets of seed " + std::to_string(subject.seed) + ", " + std::to_string(refused) + " refused");
}

constexpr std::array<Check, 5> table{{{"determinism.twice", twice},
                                      {"determinism.restart", restart},
                                      {"determinism.any_thread", any_thread},
                                      {"determinism.odd_events", odd_events},
                                      {"determinism.fuzzed_packets", fuzzed_packets}}};

} // namespace

std::span<const Check> determinism_checks() { return table; }

} // namespace ombud::conformance
