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

/// A field that gets this text; `key` is interned, see Host::names.
struct FieldText {
    std::uint32_t key = 0;
    std::string text; ///< no personal values
};

struct Verdict {
    Answer answer = Answer::unset;
    std::uint32_t reason_code = 0;             ///< the module's own, for statistics
    std::int64_t valid_until_mono_ns = 0;      ///< streams: asked again then; 0: when something changes
    std::string rule_id;                       ///< id of the requirement, e.g. "AMG-2"
    std::string reason;                        ///< for people, no personal values; needed for deny, defer and transform
    std::string evidence_json;                 ///< empty or a JSON object, no personal values
    std::vector<ombud_track_rule> track_rules; ///< transform only: kinds without a rule stay whole
    std::vector<FieldText> field_texts;        ///< transform only: headers added, or the fields of a push that leave
    std::vector<std::uint32_t> parts;          ///< transform only: numbers of parts of a mail that go
    std::string advice;                        ///< for the asker alone, may be personal: never recorded

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
    /// Lets pass with these fields; add `parts` where some go.
    [[nodiscard]] static Verdict transform_fields(std::string rule_id, std::string reason,
                                                  std::vector<FieldText> texts) {
        Verdict verdict = make(Answer::transform, std::move(rule_id), std::move(reason));
        verdict.field_texts = std::move(texts);
        return verdict;
    }

    [[nodiscard]] bool changes_something() const {
        return !track_rules.empty() || !field_texts.empty() || !parts.empty();
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
