#include "gates/stream/permit.hpp"

#include <algorithm>

namespace ombud::stream {

Permit::Permit(const Decision& applied) : valid_until_mono_ns_(applied.valid_until_mono_ns) {
    reason_ = applied.rule.empty() ? applied.reason : applied.rule + ": " + applied.reason;
    switch (applied.action) {
    case VerdictAction::unset:
    case VerdictAction::deny:
    case VerdictAction::defer:
        refusal_ = reason_.empty() ? "a module refuses it without a reason" : reason_;
        return;
    case VerdictAction::allow:
    case VerdictAction::abstain:
        return;
    case VerdictAction::transform:
        break;
    }
    for (const TrackRule& rule : applied.tracks) {
        if (rule.kind >= kind_count || rule.kind <= OMBUD_TRACK_VIDEO)
            continue;
        Kind& kind = kinds_[rule.kind];
        if (rule.rule == OMBUD_TRACK_PSEUDONYMISE) {
            pseudonymises_ = true;
            continue;
        }
        kind.is_limited = true;
        if (rule.rule == OMBUD_TRACK_KEEP_WITHIN)
            kind.windows.push_back({rule.begin_utc_ns, rule.end_utc_ns});
    }
    // REMOVE beside KEEP_WITHIN: the stricter holds.
    for (const TrackRule& rule : applied.tracks)
        if (rule.kind < kind_count && rule.rule == OMBUD_TRACK_REMOVE)
            kinds_[rule.kind].windows.clear();
}

bool Permit::is_open(TrackKind kind, std::int64_t utc_ns) const {
    const Kind& one = kinds_[static_cast<std::size_t>(kind)];
    return !one.is_limited || std::any_of(one.windows.begin(), one.windows.end(), [utc_ns](const Window& window) {
        return window.begin_utc_ns <= utc_ns && utc_ns < window.end_utc_ns;
    });
}

Rules Permit::rules_at(std::int64_t utc_ns) const {
    Rules rules;
    for (const TrackKind kind : {TrackKind::audio, TrackKind::data, TrackKind::other})
        rules.open[static_cast<std::size_t>(kind)] = is_open(kind, utc_ns);
    rules.pseudonymise = pseudonymises_;
    rules.everything = !limits();
    return rules;
}

bool Permit::limits() const {
    return pseudonymises_ || std::any_of(kinds_.begin(), kinds_.end(), [](const Kind& kind) { return kind.is_limited; });
}

std::optional<std::int64_t> Permit::next_change(std::int64_t utc_ns) const {
    std::optional<std::int64_t> next;
    for (const Kind& kind : kinds_)
        for (const Window& window : kind.windows)
            for (const std::int64_t moment : {window.begin_utc_ns, window.end_utc_ns})
                if (moment > utc_ns && (!next || moment < *next))
                    next = moment;
    return next;
}

} // namespace ombud::stream
