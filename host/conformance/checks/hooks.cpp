// Questions and events: what is answered, how fast, and what is done with what was lent.
#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "conformance/check.hpp"
#include "conformance/played.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {
namespace {

constexpr std::size_t each = 20;

// A stage with calls to make; or what there is to say instead.
std::optional<Seen> no_calls(const Stage& stage, const std::vector<Call>& calls, bool hooks_only) {
    if (auto seen = unplayable(stage))
        return seen;
    const bool any = std::ranges::any_of(calls, [&](const Call& call) { return !hooks_only || call.hook != 0; });
    return any ? std::nullopt : std::optional(does_not_apply(hooks_only ? "it judges nothing" : "it judges and observes nothing"));
}

std::string told(const Answered& answered) {
    return "status " + std::to_string(answered.status) + (answered.error.empty() ? ", and said nothing" : ": " + answered.error);
}

Seen verdict_set(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    const auto calls = usual_day(subject, stage, each);
    if (auto seen = no_calls(stage, calls, false))
        return *seen;
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    std::size_t faults = 0;
    std::string first;
    for (const Call& call : calls) {
        const Answered answered = play(stage, actor, call);
        if (call.hook != 0 && answered.status == OMBUD_OK && !answered.verdict)
            return fails(name_of(stage, call) + ": " + answered.fault, "set verdict->action in every way out of judge(), and fill it as ombud/verdict.h says");
        if (answered.status != OMBUD_OK) {
            ++faults;
            if (first.empty())
                first = name_of(stage, call) + " answered " + told(answered);
        }
        if (answered.status != OMBUD_OK && answered.error.empty())
            return fails(name_of(stage, call) + " answered " + told(answered), "call host->set_error before a status is returned");
    }
    if (faults == calls.size())
        return fails("none of " + std::to_string(calls.size()) + " usual calls works; " + first, give_settings);
    return passes(std::to_string(calls.size()) + " calls" + (faults > 0 ? ", " + std::to_string(faults) + " refused with a reason" : ""));
}

Seen reason_given(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    auto calls = usual_day(subject, stage, each);
    if (auto seen = no_calls(stage, calls, true))
        return *seen;
    for (Call& call : odd_day(subject, stage, each))
        calls.push_back(std::move(call));
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    std::size_t count = 0;
    for (const Call& call : calls) {
        const Answered answered = play(stage, actor, call);
        if (!answered.verdict)
            continue;
        const VerdictAction action = answered.verdict->action;
        const bool needs = action == VerdictAction::deny || action == VerdictAction::defer || action == VerdictAction::transform;
        if (needs && (!answered.has_reason || !answered.has_rule))
            return fails(name_of(stage, call) + ": " + std::string(to_string(action)) + " without a " + (!answered.has_reason ? "reason" : "rule_id"),
                         "say why, and by which requirement: a person reads it when something was stopped");
        count += needs ? 1 : 0;
    }
    return passes(std::to_string(count) + " answers that stop or change something, each with reason and rule");
}

std::string in_ms(std::int64_t ns) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f ms", static_cast<double>(ns) / 1e6);
    return text;
}

Seen deadline(const Subject& subject, Witness& witness) {
    constexpr std::size_t calls_each = 200;
    Stage stage(subject, witness);
    const auto calls = usual_day(subject, stage, calls_each);
    if (auto seen = no_calls(stage, calls, false))
        return *seen;
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    std::map<std::string, std::pair<std::int64_t, std::vector<std::int64_t>>> times; // by type: deadline, what was taken
    for (const Call& call : calls) {
        std::int64_t allowed_ms = subject.manifest->events_deadline_ms;
        for (const config::HookSpec& hook : subject.manifest->hooks)
            if (hook.id == call.hook)
                allowed_ms = hook.deadline_ms;
        auto& [allowed, taken] = times[(call.hook != 0 ? "judging " : "observing ") + name_of(stage, call)];
        allowed = allowed_ms * 1'000'000;
        taken.push_back(play(stage, actor, call).took_ns);
    }
    std::string slowest;
    std::int64_t worst = 0;
    for (auto& [what, one] : times) {
        auto& [allowed, taken] = one;
        std::ranges::sort(taken);
        const std::int64_t p99 = taken[taken.size() * 99 / 100];
        const std::string text = what + ": p99 " + in_ms(p99) + " of " + in_ms(allowed);
        if (p99 > allowed)
            return fails(text, "be faster, or ask for more time in the manifest");
        if (p99 >= worst) {
            worst = p99;
            slowest = text;
        }
    }
    return passes(slowest);
}

// Makes usual and odd calls with the lending; a crash says the rest.
Seen lent(const Subject& subject, Witness& witness, Lending lending, const char* held) {
    Stage stage(subject, witness);
    auto calls = usual_day(subject, stage, each);
    if (auto seen = no_calls(stage, calls, false))
        return *seen;
    for (Call& call : odd_day(subject, stage, each))
        calls.push_back(std::move(call));
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    for (const Call& call : calls)
        (void)play(stage, actor, call, lending);
    return passes(std::to_string(calls.size()) + " calls " + held);
}

Seen read_only(const Subject& subject, Witness& witness) {
    return lent(subject, witness, Lending::read_only, "with what is lent write-protected");
}
Seen taken_back(const Subject& subject, Witness& witness) {
    return lent(subject, witness, Lending::taken_back, "with what was lent gone after each");
}

Seen host_fails(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    const auto calls = usual_day(subject, stage, each);
    { // from the beginning: not even names have numbers
        stage.services_fail = true;
        Actor actor(stage);
        if (actor.create() == OMBUD_OK && actor.start() == OMBUD_OK)
            for (const Call& call : calls)
                (void)play(stage, actor, call);
        stage.services_fail = false;
    }
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    stage.services_fail = true;
    for (const Call& call : calls) {
        const Answered answered = play(stage, actor, call);
        if (call.hook != 0 && answered.status == OMBUD_OK && !answered.verdict)
            return fails(name_of(stage, call) + " while the host's services fail: " + answered.fault, "answer a status, or a whole verdict");
    }
    if (stage.plugin()->audit() != nullptr) {
        witness.step("auditing while the inventory fails");
        if (const Answered answered = actor.audit(true); answered.status == OMBUD_OK)
            return fails("its audit ends well though the inventory cannot be read", "pass on the status of scan(): else every finding counts as closed");
    }
    return passes("bears a host whose services fail");
}

Seen odd_packets(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    if (!asks_for_packets(subject))
        return does_not_apply("it asks for no packets");
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    const EventRef event = Sampler(subject.seed, stage.names).usual("stream.packet");
    const std::array<unsigned char, 1500> data{0, 0, 0, 1, 0x65};
    const std::array<std::int64_t, 5> times{0, 100, -5, INT64_MIN, INT64_MAX};
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4}, std::size_t{5}, data.size()})
        for (const std::int64_t time : times) {
            std::array<unsigned char, 1500 + 64 + 8> padded{}; // 64 zero bytes behind, whole words, and then a page that faults
            std::copy_n(data.begin(), size, padded.begin());
            const std::size_t whole = (size + 64 + 7) / 8 * 8;
            const Pages lent_bytes(padded.data(), whole);
            ombud_packet packet{};
            packet.struct_size = sizeof packet;
            packet.flags = size % 2 == 0 ? OMBUD_PACKET_CORRUPT : OMBUD_PACKET_KEY;
            packet.pts = packet.dts = time;
            packet.tb_num = time == INT64_MAX ? 0 : 1;
            packet.tb_den = time == INT64_MIN ? 0 : 90'000;
            packet.capture_utc_ns = INT64_MIN;
            packet.data = {size == 0 ? nullptr : lent_bytes.get(), size};
            witness.step("judging a packet of " + std::to_string(size) + " bytes at " + std::to_string(time));
            const Answered answered = actor.judge(OMBUD_HOOK_STREAM_PACKET, event, 0, Lending::plain, &packet);
            if (answered.status == OMBUD_OK && !answered.verdict)
                return fails("a packet of " + std::to_string(size) + " bytes: " + answered.fault, "answer a status, or a whole verdict");
        }
    return passes("empty and cut packets, times that go back, time bases of 0");
}

constexpr std::array<Check, 7> table{{{"hooks.verdict_set", verdict_set},
                                      {"hooks.reason_given", reason_given},
                                      {"hooks.deadline", deadline},
                                      {"hooks.read_only", read_only},
                                      {"hooks.taken_back", taken_back},
                                      {"hooks.host_fails", host_fails},
                                      {"hooks.odd_packets", odd_packets}}};

} // namespace

std::span<const Check> hook_checks() { return table; }

} // namespace ombud::conformance
