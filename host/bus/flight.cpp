#include "bus/flight.hpp"

namespace ombud {

void Flight::launch(std::uint32_t hook, bool observe, std::uint32_t flags, std::uint64_t call_id) {
    const std::uint32_t type = what_.event->type();
    for (const Member& member : *modules_) {
        if (member.mode == Mode::off || !member.instance)
            continue;
        const HookPlace* place = nullptr;
        for (const HookPlace& candidate : member.hooks)
            if (hook != 0 ? candidate.hook == hook : candidate.event_type == type)
                place = &candidate;
        const bool observes = observe && member.observes.contains(type);
        if (place == nullptr && !observes)
            continue;
        Part part;
        part.member = &member;
        part.call = std::make_shared<EventCall>();
        part.call->event = what_.event;
        part.call->observe = observes;
        part.call->flags = flags;
        part.call->call_id = call_id;
        part.call->deadline_ns = observes ? member.observe_deadline_ns : 0;
        if (place != nullptr) {
            hook_ = place->hook;
            part.call->hook = place->hook;
            part.call->deadline_ns += place->deadline_ns;
            part.fail = place->fail;
        }
        parts_.push_back(std::move(part));
    }
    open_ = parts_.size() + 1; // the extra one is ours, so that it cannot land before all are launched
    for (Part& part : parts_) {
        part.call->done = [self = shared_from_this()] { self->end_one(); };
        if (part.member->instance->is_stuck()) {
            part.call->state = EventCall::expired;
            part.expired = "still busy with an earlier call that missed its deadline";
            part.call->done = nullptr;
            end_one();
        } else {
            part.member->instance->submit(part.call);
        }
    }
    end_one();
}

void Flight::end_one() {
    if (open_.fetch_sub(1) != 1)
        return;
    landed_(shared_from_this());
}

void Flight::expire(std::int64_t now, bool total, std::int64_t launched) {
    const auto keep = shared_from_this();
    for (Part& part : parts_) {
        int state = part.call->state.load();
        if (state != EventCall::queued && state != EventCall::running)
            continue;
        const bool running = state == EventCall::running;
        const std::int64_t since = total ? launched : part.call->began_mono_ns.load();
        const bool overdue = (running || total) && now - since > part.call->deadline_ns;
        const bool blocked = !running && part.member->instance->is_stuck();
        if ((!overdue && !blocked) || !part.call->state.compare_exchange_strong(state, EventCall::expired))
            continue;
        part.expired = overdue ? "no answer within " + std::to_string(part.call->deadline_ns / 1'000'000) + " ms"
                               : "still busy with an earlier call that missed its deadline";
        part.call->done = nullptr; // the worker calls it only when it wins; and it holds us
        end_one();
    }
}

std::vector<Answer> Flight::answers() const {
    std::vector<Answer> answers;
    for (const Part& part : parts_) {
        if (part.call->hook == 0)
            continue;
        Answer answer;
        answer.module = part.member->id;
        answer.mode = part.member->mode;
        answer.fail = part.fail;
        if (!part.expired.empty()) {
            answer.fault = part.expired;
        } else {
            answer.verdict = part.call->verdict;
            answer.fault = part.call->fault;
            answer.took_ns = part.call->took_ns;
        }
        answers.push_back(std::move(answer));
    }
    return answers;
}

std::vector<Flight::Sent> Flight::sent() {
    std::vector<Sent> sent;
    for (Part& part : parts_)
        if (part.expired.empty() && part.call->outbox.size() > 0)
            sent.push_back({part.member, &part.call->outbox});
    return sent;
}

std::vector<Flight::Fault> Flight::faults() const {
    std::vector<Fault> faults;
    for (const Part& part : parts_) {
        if (!part.expired.empty())
            faults.push_back({part.member, part.expired});
        else if (part.call->fault)
            faults.push_back({part.member, *part.call->fault});
    }
    return faults;
}

} // namespace ombud
