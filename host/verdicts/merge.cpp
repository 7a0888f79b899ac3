// Several answers become one decision: a fixed order, so that no module can talk another one's refusal away.

#include <algorithm>

#include "verdicts/verdict.hpp"

namespace ombud {
namespace {

// Rank of an answer; the highest rank decides, the earliest module among equals.
int rank(const Answer& answer) {
    if (answer.fault)
        return answer.fail == FailMode::closed ? 5 : 0;
    switch (answer.verdict.action) {
    case VerdictAction::deny: return 6;
    case VerdictAction::defer: return 4;
    case VerdictAction::transform: return 3;
    case VerdictAction::allow: return 2;
    case VerdictAction::abstain: return 1;
    case VerdictAction::unset: break;
    }
    return answer.fail == FailMode::closed ? 5 : 0;
}

// Whether both speak of a kind of track and `b` lacks what `a` says of it.
bool leaves_out(std::span<const TrackRule> a, std::span<const TrackRule> b) {
    return std::any_of(a.begin(), a.end(), [&](const TrackRule& x) {
        return std::any_of(b.begin(), b.end(), [&](const TrackRule& y) { return y.kind == x.kind; }) &&
               std::find(b.begin(), b.end(), x) == b.end();
    });
}

// One module removes what another one keeps in part. Several intervals of one kind are one wish: their union stays.
bool contradict(std::span<const TrackRule> a, std::span<const TrackRule> b) { return leaves_out(a, b) || leaves_out(b, a); }

// Two modules want different texts in one field.
bool contradict(std::span<const FieldText> a, std::span<const FieldText> b) {
    return std::any_of(a.begin(), a.end(), [&](const FieldText& x) {
        return std::any_of(b.begin(), b.end(), [&](const FieldText& y) { return x.key == y.key && x.text != y.text; });
    });
}

template <class Value>
void join(std::vector<Value>& all, const std::vector<Value>& more) {
    for (const Value& one : more)
        if (std::find(all.begin(), all.end(), one) == all.end())
            all.push_back(one);
}

template <class Counts>
Decision merge_if(std::span<const Answer> answers, Counts counts) {
    const Answer* first = nullptr;
    for (const Answer& answer : answers)
        if (counts(answer) && (first == nullptr || rank(answer) > rank(*first)))
            first = &answer;

    Decision decision;
    for (const Answer& answer : answers)
        if (const std::int64_t until = answer.verdict.valid_until_mono_ns; counts(answer) && !answer.fault && until > 0)
            decision.valid_until_mono_ns =
                decision.valid_until_mono_ns == 0 ? until : std::min(decision.valid_until_mono_ns, until);
    if (first == nullptr || rank(*first) <= 1)
        return decision;
    decision.module = first->module;
    if (rank(*first) == 5) {
        decision.action = VerdictAction::deny;
        decision.by_fault = true;
        decision.reason = first->module + " failed, and its hook fails closed: " + first->fault.value_or("no verdict");
        return decision;
    }
    decision.action = first->verdict.action;
    decision.rule = first->verdict.rule;
    decision.reason = first->verdict.reason;
    decision.advice = first->verdict.advice;
    if (decision.action != VerdictAction::transform)
        return decision;

    for (const Answer& answer : answers) {
        if (!counts(answer) || answer.fault || answer.verdict.action != VerdictAction::transform)
            continue;
        if (contradict(decision.tracks, answer.verdict.tracks) || contradict(decision.fields, answer.verdict.fields)) {
            decision.action = VerdictAction::deny;
            decision.reason = first->module + " and " + answer.module + " ask for changes that contradict each other";
            decision.tracks.clear();
            decision.fields.clear();
            decision.parts.clear();
            return decision;
        }
        join(decision.tracks, answer.verdict.tracks);
        join(decision.fields, answer.verdict.fields);
        join(decision.parts, answer.verdict.parts);
    }
    std::sort(decision.parts.begin(), decision.parts.end());
    return decision;
}

} // namespace

Decision merge(std::span<const Answer> answers) {
    return merge_if(answers, [](const Answer&) { return true; });
}

Decision merge_enforced(std::span<const Answer> answers) {
    return merge_if(answers, [](const Answer& answer) { return answer.mode == Mode::enforce; });
}

} // namespace ombud
