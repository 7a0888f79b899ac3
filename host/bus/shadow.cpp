#include "bus/shadow.hpp"

#include <algorithm>
#include <vector>

#include "bus/record.hpp"

namespace ombud {
namespace {

constexpr std::size_t behind_max = 512; // calls; half of an instance's queue, so that submit() has room

// What came of a call, without what only a clock knows.
std::string text_of(const EventCall& call, const Member& member) {
    Answer answer;
    answer.module = member.id;
    answer.mode = member.mode;
    answer.verdict = call.verdict;
    answer.fault = call.fault;
    if (call.took_ns > call.deadline_ns)
        answer.fault = "no answer within " + std::to_string(call.deadline_ns / 1'000'000) + " ms";
    return told(answer, call.hook != 0, call.outbox);
}

} // namespace

std::shared_ptr<EventCall> call_for(const Member& member, const EventRef& event, std::uint32_t hook, bool observe,
                                    const HookPlace** found) {
    const std::uint32_t type = event->type();
    const HookPlace* place = nullptr;
    for (const HookPlace& candidate : member.hooks)
        if (hook != 0 ? candidate.hook == hook : candidate.event_type == type)
            place = &candidate;
    *found = place;
    const bool observes = observe && member.observes.contains(type);
    if (place == nullptr && !observes)
        return nullptr;
    auto call = std::make_shared<EventCall>();
    call->event = event;
    call->observe = observes;
    call->deadline_ns = observes ? member.observe_deadline_ns : 0;
    if (place != nullptr) {
        call->hook = place->hook;
        call->deadline_ns += place->deadline_ns;
    }
    return call;
}

void Shadow::Comparison::give(std::string& side, std::string text) {
    side = std::move(text);
    if (open_.fetch_sub(1) != 1)
        return;
    if (judged_ == shadow_) {
        ++of_->same_;
        return;
    }
    ++of_->different_;
    if (of_->differs_)
        of_->differs_({seq_, type_, judged_, shadow_});
}

std::shared_ptr<Shadow::Comparison> Shadow::ask(const JournalledEvent& what, std::uint32_t hook, bool observe, std::uint32_t flags,
                                                std::uint64_t call_id) {
    const HookPlace* place = nullptr;
    auto call = call_for(member_, what.event, hook, observe, &place);
    if (!call)
        return nullptr;
    if (member_.instance->is_stuck() || member_.instance->queue_depth() >= behind_max) {
        ++missed_;
        return nullptr;
    }
    ++asked_;
    call->flags = flags | OMBUD_CALL_DRYRUN;
    call->call_id = call_id;
    auto comparison = std::make_shared<Comparison>(shared_from_this(), what.event->seq(), what.event->type());
    call->done = [comparison, raw = call.get(), self = shared_from_this()] { comparison->shadowed(text_of(*raw, self->member_)); };
    member_.instance->submit(std::move(call));
    return comparison;
}

} // namespace ombud
