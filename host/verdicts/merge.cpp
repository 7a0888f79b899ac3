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

template <class Counts>
Decision merge_if(std::span<const Answer> answers, Counts counts) {
    const Answer* first = nullptr;
    for (const Answer& answer : answers)
        if (counts(answer) && (first == nullptr || rank(answer) > rank(*first)))
            first = &answer;

    Decision decision;
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
    if (decision.action != VerdictAction::transform)
        return decision;

    for (const Answer& answer : answers) {
        if (!counts(answer) || answer.fault || answer.verdict.action != VerdictAction::transform)
            continue;
        if (contradict(decision.tracks, answer.verdict.tracks)) {
            decision.action = VerdictAction::deny;
            decision.reason = first->module + " and " + answer.module + " ask for changes that contradict each other";
            decision.tracks.clear();
            return decision;
        }
        for (const TrackRule& rule : answer.verdict.tracks)
            if (std::find(decision.tracks.begin(), decision.tracks.end(), rule) == decision.tracks.end())
                decision.tracks.push_back(rule);
    }
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
