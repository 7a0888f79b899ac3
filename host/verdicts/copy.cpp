// What a plugin answered, copied out of its memory and checked.

#include <algorithm>
#include <cstring>

#include <ombud/view.hpp>
#include "verdicts/verdict.hpp"

namespace ombud {
namespace {

constexpr std::uint32_t rules_max = 256;
constexpr std::uint64_t reason_bytes_max = 1024;
constexpr std::uint64_t evidence_bytes_max = 8192;
constexpr std::uint32_t fields_max = 64;
constexpr std::uint64_t field_bytes_max = 1024;
constexpr std::uint32_t parts_max = 1024;
constexpr std::uint32_t transforms = OMBUD_TRANSFORM_TRACKS | OMBUD_TRANSFORM_FIELDS | OMBUD_TRANSFORM_PARTS;

Result<std::string> copy_text(const ombud_view& view, std::uint64_t bytes_max, const char* what) {
    if (view.len > bytes_max)
        return fail(ErrorCode::invalid_input, std::string(what) + " of " + std::to_string(view.len) + " bytes; at most " +
                                                  std::to_string(bytes_max));
    if (view.len == 0)
        return std::string{};
    if (view.ptr == nullptr)
        return fail(ErrorCode::invalid_input, std::string(what) + " is a null pointer with a length");
    std::string text(static_cast<const char*>(view.ptr), view.len);
    if (!sdk::is_utf8(text))
        return fail(ErrorCode::invalid_input, std::string(what) + " is not UTF-8");
    return text;
}

Result<std::vector<FieldText>> copy_fields(const ombud_verdict& given) {
    std::vector<FieldText> copied;
    if (given.field_text_count == 0)
        return copied;
    if (given.field_text_count > fields_max)
        return fail(ErrorCode::invalid_input, std::to_string(given.field_text_count) + " field texts; at most " +
                                                  std::to_string(fields_max));
    if (given.field_texts == nullptr || given.field_text_stride < sizeof(ombud_field_text) ||
        given.field_text_stride % alignof(ombud_field_text) != 0)
        return fail(ErrorCode::invalid_input, "field texts without a usable pointer and stride");
    const auto* bytes = reinterpret_cast<const std::byte*>(given.field_texts);
    for (std::uint32_t i = 0; i < given.field_text_count; ++i) {
        ombud_field_text one{};
        std::memcpy(&one, bytes + std::size_t{i} * given.field_text_stride, sizeof one);
        auto text = copy_text(one.text, field_bytes_max, "field text");
        if (!text)
            return fail(text.error());
        const bool twice = std::any_of(copied.begin(), copied.end(), [&](const FieldText& other) { return other.key == one.key_id; });
        if (one.key_id == 0 || twice)
            return fail(ErrorCode::invalid_input, one.key_id == 0 ? "a field text without a key" : "two texts for one field");
        copied.push_back({one.key_id, std::move(*text)});
    }
    return copied;
}

Result<std::vector<std::uint32_t>> copy_parts(const ombud_verdict& given) {
    if (given.part_count == 0)
        return std::vector<std::uint32_t>{};
    if (given.part_count > parts_max || given.parts == nullptr)
        return fail(ErrorCode::invalid_input, given.part_count <= parts_max ? "parts without a pointer"
                                                                            : std::to_string(given.part_count) + " parts; at most " +
                                                                                  std::to_string(parts_max));
    std::vector<std::uint32_t> copied(given.parts, given.parts + given.part_count);
    std::sort(copied.begin(), copied.end());
    copied.erase(std::unique(copied.begin(), copied.end()), copied.end());
    if (copied.front() == 0)
        return fail(ErrorCode::invalid_input, "part 0; parts are numbered from 1");
    return copied;
}

// What a transform changes. A kind that is not announced counts as not there, so that nobody relies on leftovers.
Result<void> copy_transform(const ombud_verdict& given, Verdict& verdict) {
    if ((given.transform_kind & ~transforms) != 0 || given.transform_kind == OMBUD_TRANSFORM_NONE)
        return fail(ErrorCode::invalid_input, "unknown transform " + std::to_string(given.transform_kind));
    if ((given.transform_kind & OMBUD_TRANSFORM_TRACKS) != 0) {
        auto rules = copy_track_rules(given.track_rules, given.track_rule_count, given.track_rule_stride);
        if (!rules)
            return fail(rules.error());
        verdict.tracks = std::move(*rules);
    }
    if ((given.transform_kind & OMBUD_TRANSFORM_FIELDS) != 0) {
        auto fields = copy_fields(given);
        if (!fields)
            return fail(fields.error());
        verdict.fields = std::move(*fields);
    }
    if ((given.transform_kind & OMBUD_TRANSFORM_PARTS) != 0) {
        auto parts = copy_parts(given);
        if (!parts)
            return fail(parts.error());
        verdict.parts = std::move(*parts);
    }
    if (verdict.tracks.empty() && verdict.fields.empty() && verdict.parts.empty())
        return fail(ErrorCode::invalid_input, "a transform that changes nothing");
    return {};
}

} // namespace

Result<std::vector<TrackRule>> copy_track_rules(const ombud_track_rule* rules, std::uint32_t count,
                                                std::uint32_t stride) {
    std::vector<TrackRule> copied;
    if (count == 0)
        return copied;
    if (count > rules_max)
        return fail(ErrorCode::invalid_input, std::to_string(count) + " track rules; at most " + std::to_string(rules_max));
    if (rules == nullptr || stride < sizeof(ombud_track_rule) || stride % alignof(ombud_track_rule) != 0)
        return fail(ErrorCode::invalid_input, "track rules without a usable pointer and stride");
    const auto* bytes = reinterpret_cast<const std::byte*>(rules);
    for (std::uint32_t i = 0; i < count; ++i) {
        ombud_track_rule rule{};
        std::memcpy(&rule, bytes + std::size_t{i} * stride, sizeof rule);
        if (rule.track_kind < OMBUD_TRACK_AUDIO || rule.track_kind > OMBUD_TRACK_OTHER)
            return fail(ErrorCode::invalid_input, "track rule for kind " + std::to_string(rule.track_kind) +
                                                      "; allowed are audio, data and other");
        const bool within = rule.rule == OMBUD_TRACK_KEEP_WITHIN;
        if (rule.rule == OMBUD_TRACK_PSEUDONYMISE && rule.track_kind != OMBUD_TRACK_DATA)
            return fail(ErrorCode::invalid_input, "track rule pseudonymise for kind " + std::to_string(rule.track_kind) + "; allowed is data");
        if (!within && rule.rule != OMBUD_TRACK_REMOVE && rule.rule != OMBUD_TRACK_PSEUDONYMISE)
            return fail(ErrorCode::invalid_input, "unknown track rule " + std::to_string(rule.rule));
        if (within && rule.begin_utc_ns >= rule.end_utc_ns)
            return fail(ErrorCode::invalid_input, "track rule keeps an interval that ends before it begins");
        copied.push_back({rule.track_kind, rule.rule, within ? rule.begin_utc_ns : 0, within ? rule.end_utc_ns : 0});
    }
    return copied;
}

Result<Verdict> copy_verdict(const ombud_verdict& given) {
    if (given.action == OMBUD_UNSET)
        return fail(ErrorCode::invalid_input, "no verdict was set");
    if (given.action < OMBUD_UNSET || given.action > OMBUD_DEFER)
        return fail(ErrorCode::invalid_input, "unknown verdict " + std::to_string(given.action));
    Verdict verdict;
    verdict.action = static_cast<VerdictAction>(given.action);
    verdict.reason_code = given.reason_code;

    auto rule = copy_text(given.rule_id, 64, "rule_id");
    auto reason = copy_text(given.reason, reason_bytes_max, "reason");
    auto evidence = copy_text(given.evidence_json, evidence_bytes_max, "evidence");
    for (const auto* text : {&rule, &reason, &evidence})
        if (!*text && verdict.action != VerdictAction::deny)
            return fail(text->error());
    verdict.rule = rule.value_or("");
    verdict.reason = reason.value_or("");
    verdict.evidence = evidence.value_or("");
    verdict.advice = copy_text(given.advice, reason_bytes_max, "advice").value_or(""); // words for the asker decide nothing
    verdict.valid_until_mono_ns = std::max<std::int64_t>(given.valid_until_mono_ns, 0);
    // A refusal stands even when its words are missing or unusable: dropping it would let something through.
    if (verdict.action == VerdictAction::deny && verdict.reason.empty())
        verdict.reason = "the module gave no usable reason";

    if (verdict.action == VerdictAction::transform)
        if (auto changes = copy_transform(given, verdict); !changes)
            return fail(changes.error());
    return verdict;
}

} // namespace ombud
