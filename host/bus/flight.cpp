#include "bus/flight.hpp"

#include "bus/record.hpp"

namespace ombud {

void Flight::launch(std::uint32_t hook, bool observe, std::uint32_t flags, std::uint64_t call_id) {
    call_id_ = call_id;
    flags_ = flags;
    for (const Member& member : *modules_) {
        if (member.mode == Mode::off || !member.instance)
            continue;
        using Extent = GivenCameras::Extent;
        const Extent extent = member.cameras ? member.cameras->extent(*what_.event, what_.attachment) : Extent::given;
        if (extent == Extent::others)
            continue;
        if (member.shadow && extent != Extent::unclear)
            if (auto comparison = member.shadow->ask(what_, hook, observe, flags, call_id))
                compared_.push_back({&member, std::move(comparison)});
        const HookPlace* place = nullptr;
        Part part;
        part.member = &member;
        part.call = call_for(member, what_.event, hook, observe, &place);
        if (!part.call || (extent == Extent::unclear && place == nullptr))
            continue;
        if (extent == Extent::unclear)
            part.expired = beyond_given;
        part.call->flags = flags;
        part.call->call_id = call_id;
        if (place != nullptr) {
            hook_ = place->hook;
            part.fail = place->fail;
        }
        parts_.push_back(std::move(part));
    }
    open_ = parts_.size() + 1; // the extra one is ours, so that it cannot land before all are launched
    for (Part& part : parts_) {
        if (!part.expired.empty()) {
            part.call->state = EventCall::expired;
            end_one();
            continue;
        }
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
    compare();
    landed_(shared_from_this());
}

void Flight::compare() {
    for (const Compared& one : compared_) {
        std::string text = "is not asked";
        for (const Part& part : parts_)
            if (part.member == one.member)
                text = told(answer_of(part), part.call->hook != 0, part.expired.empty() ? part.call->outbox : Outbox{});
        one.with->judged(std::move(text));
    }
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

Answer Flight::answer_of(const Part& part) {
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
    return answer;
}

std::vector<Answer> Flight::answers() const {
    std::vector<Answer> answers;
    for (const Part& part : parts_)
        if (part.call->hook != 0)
            answers.push_back(answer_of(part));
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
