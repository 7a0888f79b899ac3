#pragma once
// What modules answered, and how several answers become one.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ombud/verdict.h>

#include "events/result.hpp"

namespace ombud {

/// How a module's answers are used. Numbers are stored; never renumber.
enum class Mode : std::uint8_t {
    off = 0,     ///< not asked
    monitor = 1, ///< asked and recorded, never applied
    enforce = 2, ///< asked, recorded and applied
};
std::string_view to_string(Mode mode);
Result<Mode> parse_mode(std::string_view text);

/// What a hook does when a module that it depends on fails: the manifest's `fail`.
enum class FailMode : std::uint8_t { closed, open };

/// OMBUD_* of ombud/verdict.h.
enum class VerdictAction : std::int32_t { unset = 0, allow = 1, deny = 2, transform = 3, abstain = 4, defer = 5 };
std::string_view to_string(VerdictAction action);

struct TrackRule {
    std::uint32_t kind = 0; ///< OMBUD_TRACK_*, never VIDEO
    std::uint32_t rule = 0; ///< OMBUD_TRACK_REMOVE, OMBUD_TRACK_KEEP_WITHIN or OMBUD_TRACK_PSEUDONYMISE
    std::int64_t begin_utc_ns = 0, end_utc_ns = 0;
    friend bool operator==(const TrackRule&, const TrackRule&) = default;
};

/// "audio:remove data:keep:BEGIN:END", as stored with actions and in the ledger.
std::string to_string(std::span<const TrackRule> rules);
Result<std::vector<TrackRule>> parse_track_rules(std::string_view text);

/// Copies and checks rules that a plugin gave: known kinds, never video, begin < end, at most 256.
Result<std::vector<TrackRule>> copy_track_rules(const ombud_track_rule* rules, std::uint32_t count,
                                                std::uint32_t stride);

/// A field that gets this text; see ombud_field_text.
struct FieldText {
    std::uint32_t key = 0; ///< of Names
    std::string text;
    friend bool operator==(const FieldText&, const FieldText&) = default;
};

struct Verdict {
    VerdictAction action = VerdictAction::unset;
    std::uint32_t reason_code = 0;
    std::string rule;     ///< requirement id
    std::string reason;   ///< for people; at most 1024 bytes
    std::string evidence; ///< JSON object or empty; at most 8 KiB
    std::vector<TrackRule> tracks;
    std::vector<FieldText> fields;    ///< at most 64
    std::vector<std::uint32_t> parts; ///< at most 1024, ascending
    std::string advice;               ///< for the asker alone, at most 1024 bytes; may be personal: never recorded
    std::int64_t valid_until_mono_ns = 0; ///< 0: none told
};

/// Copies a plugin's verdict and checks it. An answer that cannot be understood is the plugin's fault, said in the error:
/// UNSET, an unknown action, text that is not UTF-8, a TRANSFORM that says nothing. A DENY without a reason stays a DENY.
Result<Verdict> copy_verdict(const ombud_verdict& verdict);

/// One module's part in one decision.
struct Answer {
    std::string module;
    Mode mode = Mode::monitor;
    FailMode fail = FailMode::closed;
    Verdict verdict;                  ///< meaningless when `fault` is set
    std::optional<std::string> fault; ///< why there is no usable verdict
    std::int64_t took_ns = 0;
};

struct Decision {
    VerdictAction action = VerdictAction::abstain;
    bool by_fault = false; ///< a DENY that nobody said: a module failed and its hook fails closed
    std::string module;    ///< whose answer decided; empty when all abstained
    std::string rule;
    std::string reason;
    std::vector<TrackRule> tracks;
    std::vector<FieldText> fields;
    std::vector<std::uint32_t> parts;     ///< ascending
    std::string advice;                   ///< never recorded
    std::int64_t valid_until_mono_ns = 0; ///< the earliest that any answer told; 0: none did
};

/// Merges answers in manifest order: DENY, fault with fail=closed (counts as DENY), DEFER, TRANSFORM (changes joined; two
/// that contradict each other: DENY), ALLOW, ABSTAIN. A fault with fail=open abstains. Nobody asked: ABSTAIN.
Decision merge(std::span<const Answer> answers);

/// The same over the answers of modules in `enforce`: what really applies.
Decision merge_enforced(std::span<const Answer> answers);

} // namespace ombud
