// Hosts and calls of another age.
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include "conformance/check.hpp"
#include "conformance/played.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {
namespace {

constexpr std::uint32_t unknown_hook = 9999;

// It lives, or it says that it cannot: both are fine. Nothing else is.
std::optional<Seen> lives_or_refuses(Stage& stage, Actor& actor, const std::vector<Call>& calls, std::string& came) {
    if (actor.create() != OMBUD_OK) {
        came = "refuses";
        return std::nullopt;
    }
    if (actor.instance() == nullptr)
        return fails("create answered OMBUD_OK and set no instance", "set *out");
    if (actor.start() != OMBUD_OK) {
        came = "refuses at start";
        return std::nullopt;
    }
    for (const Call& call : calls)
        (void)play(stage, actor, call);
    came = "works";
    return std::nullopt;
}

Seen smaller_host(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    const auto calls = usual_day(subject, stage, 1);
    std::string came;
    for (const std::size_t size : {offsetof(ombud_host, now), offsetof(ombud_host, set_error), offsetof(ombud_host, log)}) {
        Actor actor(stage, {.size = static_cast<std::uint32_t>(size)});
        if (auto seen = lives_or_refuses(stage, actor, calls, came))
            return *seen;
    }
    return passes(came + " with tables that end before log, set_error or now");
}

Seen larger_host(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    Actor actor(stage, {.size = sizeof(ombud_host) + 64});
    if (auto begun = actor.begin(); !begun)
        return fails("a host of a newer minor: " + begun.error().message, "accept any host whose table is as long as yours, or longer");
    for (const Call& call : usual_day(subject, stage, 1))
        (void)play(stage, actor, call);
    return passes("works with a host of a newer minor");
}

Seen no_extensions(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    std::string came;
    Actor actor(stage, {.lends_nothing = true});
    if (auto seen = lives_or_refuses(stage, actor, usual_day(subject, stage, 1), came))
        return *seen;
    return passes(came + " without any extension");
}

// The same event with a longer head (zero), wider fields and one field of a type that nobody knows.
std::vector<std::uint64_t> of_newer_minor(const Event& event, Names& names) {
    const ombud_event& old = event.header();
    constexpr std::uint32_t more_head = 16, stride = sizeof(ombud_field) + 16;
    const std::uint32_t head = sizeof(ombud_event) + more_head;
    const std::uint32_t fields = (old.field_count + 1) * stride;
    const std::uint32_t texts = old.total_size - old.field_off - old.field_count * old.field_stride;
    const std::uint32_t total = head + fields + texts;
    std::vector<std::uint64_t> words((total + 7) / 8);
    auto* const bytes = reinterpret_cast<std::byte*>(words.data());
    const auto* const from = reinterpret_cast<const std::byte*>(&old);
    ombud_event changed = old;
    changed.struct_size = head;
    changed.total_size = total;
    changed.field_off = head;
    changed.field_count = old.field_count + 1;
    changed.field_stride = stride;
    std::memcpy(bytes, &changed, sizeof changed);
    const std::uint32_t old_texts = old.field_off + old.field_count * old.field_stride;
    for (std::uint32_t i = 0; i <= old.field_count; ++i) {
        ombud_field field{};
        if (i < old.field_count) {
            std::memcpy(&field, from + old.field_off + std::size_t{i} * old.field_stride, sizeof field);
            if (field.type == OMBUD_FIELD_TEXT || field.type == OMBUD_FIELD_BYTES)
                field.v.s.off = head + fields + (field.v.s.off - old_texts);
        } else {
            field.key_id = names.intern("conformance.new_type");
            field.type = 77;
            field.v.u = 0xdeadbeefcafef00d;
        }
        std::byte* const at = bytes + head + std::size_t{i} * stride;
        std::memcpy(at, &field, sizeof field);
        std::memset(at + sizeof field, 0x5a, stride - sizeof field);
    }
    std::memcpy(bytes + head + fields, from + old_texts, texts);
    return words;
}

Seen newer_events(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    if (stage.plugin()->hook() == nullptr && stage.plugin()->observer() == nullptr)
        return does_not_apply("it is given no events");
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    for (const Call& call : usual_day(subject, stage, 2)) {
        const Answered plain = play(stage, actor, call);
        const auto words = of_newer_minor(*call.event, stage.names);
        const auto newer = Event::copy(reinterpret_cast<const ombud_event*>(words.data()));
        if (!newer)
            return fails("the check itself made a malformed event: " + newer.error().message, "tell the project");
        const Answered answered = play(stage, actor, {call.hook, *newer});
        if (answered.status != plain.status)
            return fails(name_of(stage, call) + " with wider fields and one of an unknown type answered " + std::to_string(answered.status) +
                             (answered.error.empty() ? "" : ": " + answered.error),
                         "walk fields by field_off and field_stride, and pass by types that it does not know");
    }
    if (stage.plugin()->observer() != nullptr)
        if (const Answered answered = play(stage, actor, {0, Sampler(subject.seed, stage.names).usual("conformance.unknown_event")});
            answered.status != OMBUD_OK)
            return fails("an event of unknown type answered " + std::to_string(answered.status), "take note of unknown types with OMBUD_OK");
    return passes("passes by what it does not know");
}

Seen unknown_hooks(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    if (stage.plugin()->hook() == nullptr)
        return does_not_apply("it judges nothing");
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    Sampler sampler(subject.seed, stage.names);
    witness.step("judging a hook that does not exist");
    const Answered answered = actor.judge(unknown_hook, sampler.usual("conformance.unknown_event"), 0xffff0000);
    if (answered.status == OMBUD_OK && (answered.action == OMBUD_ALLOW || answered.action == OMBUD_TRANSFORM))
        return fails("lets a question pass that it cannot know", "abstain from hooks that it does not know");
    return passes(answered.status == OMBUD_OK ? "abstains, or does not let it pass" : "answers status " + std::to_string(answered.status));
}

Seen newer_call(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    if (stage.plugin()->hook() == nullptr)
        return does_not_apply("it judges nothing");
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    for (const Call& call : usual_day(subject, stage, 1)) {
        if (call.hook == 0)
            continue;
        struct Longer {
            ombud_hook_call known;
            std::uint64_t tail[4];
        } longer{};
        longer.known.struct_size = sizeof longer;
        longer.known.hook_id = call.hook;
        longer.known.call_id = 1;
        longer.known.deadline_mono_ns = stage.clock.mono_ns() + 10'000'000'000;
        longer.known.event = &call.event->header();
        witness.step("judging a call of a newer minor");
        ombud_verdict zero_tail{};
        zero_tail.struct_size = sizeof zero_tail;
        if (const Answered answered = actor.judge_raw(&longer.known, &zero_tail); answered.status == OMBUD_TOO_NEW)
            return fails("refuses a longer call whose unknown tail is zero", "zero says that nothing new is asked: judge it");
        longer.tail[2] = 1;
        ombud_verdict verdict{};
        verdict.struct_size = sizeof verdict;
        const Answered answered = actor.judge_raw(&longer.known, &verdict);
        if (answered.status == OMBUD_OK && (verdict.action == OMBUD_ALLOW || verdict.action == OMBUD_TRANSFORM))
            return fails("lets a call pass whose new part it does not know", "answer OMBUD_TOO_NEW when what follows the known struct is not zero");
    }
    return passes("a zero tail is judged, another is not let pass");
}

Seen smaller_verdict(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    if (stage.plugin()->hook() == nullptr)
        return does_not_apply("it judges nothing");
    Actor actor(stage);
    if (auto begun = actor.begin(); !begun)
        return fails(begun.error().message, give_settings);
    const auto calls = usual_day(subject, stage, 4);
    for (const std::size_t size : {offsetof(ombud_verdict, advice), offsetof(ombud_verdict, field_texts), offsetof(ombud_verdict, track_rules),
                                   offsetof(ombud_verdict, evidence_json), offsetof(ombud_verdict, rule_id)}) {
        for (const Call& call : calls) {
            if (call.hook == 0)
                continue;
            ombud_hook_call question{};
            question.struct_size = sizeof question;
            question.hook_id = call.hook;
            question.call_id = 1;
            question.deadline_mono_ns = stage.clock.mono_ns() + 10'000'000'000;
            question.event = &call.event->header();
            ombud_verdict empty{};
            empty.struct_size = static_cast<std::uint32_t>(size);
            const Pages verdict(&empty, size);
            witness.step("filling a verdict of " + std::to_string(size) + " bytes for " + name_of(stage, call));
            (void)actor.judge_raw(&question, static_cast<ombud_verdict*>(verdict.get()));
        }
    }
    return passes("writes nothing behind the caller's size");
}

constexpr std::array<Check, 7> table{{{"compatibility.smaller_host", smaller_host},
                                      {"compatibility.larger_host", larger_host},
                                      {"compatibility.no_extensions", no_extensions},
                                      {"compatibility.newer_events", newer_events},
                                      {"compatibility.unknown_hooks", unknown_hooks},
                                      {"compatibility.newer_call", newer_call},
                                      {"compatibility.smaller_verdict", smaller_verdict}}};

} // namespace

std::span<const Check> compatibility_checks() { return table; }

} // namespace ombud::conformance
