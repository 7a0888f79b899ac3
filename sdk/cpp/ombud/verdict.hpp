#pragma once
// A module's answer to a hook call, as a value that owns its texts.

#include <cstdint>
#include <ombud/verdict.h>
#include <string>
#include <utility>
#include <vector>

namespace ombud::sdk {

enum class Answer : std::int32_t {
    unset = OMBUD_UNSET, ///< a forgotten answer; counts as the plugin's fault
    allow = OMBUD_ALLOW,
    deny = OMBUD_DENY,
    transform = OMBUD_TRANSFORM,
    abstain = OMBUD_ABSTAIN,
    defer = OMBUD_DEFER,
};

struct Verdict {
    Answer answer = Answer::unset;
    std::uint32_t reason_code = 0;             ///< the module's own, for statistics
    std::int64_t valid_until_mono_ns = 0;      ///< 0: for this call only
    std::string rule_id;                       ///< id of the requirement, e.g. "AMG-2"
    std::string reason;                        ///< for people, no personal values; needed for deny, defer and transform
    std::string evidence_json;                 ///< empty or a JSON object, no personal values
    std::vector<ombud_track_rule> track_rules; ///< transform only: kinds without a rule stay whole

    [[nodiscard]] static Verdict allow(std::string rule_id = {}, std::string reason = {}) {
        return make(Answer::allow, std::move(rule_id), std::move(reason));
    }
    [[nodiscard]] static Verdict abstain() { return make(Answer::abstain, {}, {}); }
    [[nodiscard]] static Verdict deny(std::string rule_id, std::string reason) {
        return make(Answer::deny, std::move(rule_id), std::move(reason));
    }
    /// Asks for a person's decision.
    [[nodiscard]] static Verdict defer(std::string rule_id, std::string reason) {
        return make(Answer::defer, std::move(rule_id), std::move(reason));
    }
    /// Lets pass what is left after `rules`.
    [[nodiscard]] static Verdict transform(std::string rule_id, std::string reason,
                                           std::vector<ombud_track_rule> rules) {
        Verdict verdict = make(Answer::transform, std::move(rule_id), std::move(reason));
        verdict.track_rules = std::move(rules);
        return verdict;
    }

  private:
    static Verdict make(Answer answer, std::string rule_id, std::string reason) {
        Verdict verdict;
        verdict.answer = answer;
        verdict.rule_id = std::move(rule_id);
        verdict.reason = std::move(reason);
        return verdict;
    }
};

} // namespace ombud::sdk
