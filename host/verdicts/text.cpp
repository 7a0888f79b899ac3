// Verdicts, modes and rules as words, as people, the ledger and the database see them.

#include <array>
#include <charconv>

#include "verdicts/verdict.hpp"

namespace ombud {
namespace {

constexpr std::array<std::string_view, 3> modes{"off", "monitor", "enforce"};
constexpr std::array<std::string_view, 6> actions{"unset", "allow", "deny", "transform", "abstain", "defer"};
constexpr std::array<std::string_view, 5> kinds{"", "video", "audio", "data", "other"};

Result<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return fail(ErrorCode::invalid_input, "not a number: '" + std::string(text) + "'");
    return value;
}

std::string_view take(std::string_view& rest, char separator) {
    const auto at = rest.find(separator);
    const auto head = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return head;
}

} // namespace

std::string_view to_string(Mode mode) { return modes[static_cast<std::size_t>(mode)]; }

Result<Mode> parse_mode(std::string_view text) {
    for (std::size_t i = 0; i < modes.size(); ++i)
        if (modes[i] == text)
            return static_cast<Mode>(i);
    return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' is no mode; allowed are off, monitor and enforce");
}

std::string_view to_string(VerdictAction action) { return actions[static_cast<std::size_t>(action)]; }

std::string to_string(std::span<const TrackRule> rules) {
    std::string text;
    for (const TrackRule& rule : rules) {
        if (!text.empty())
            text += ' ';
        text += kinds[rule.kind];
        if (rule.rule == OMBUD_TRACK_REMOVE)
            text += ":remove";
        else if (rule.rule == OMBUD_TRACK_PSEUDONYMISE)
            text += ":pseudonymise";
        else
            text += ":keep:" + std::to_string(rule.begin_utc_ns) + ":" + std::to_string(rule.end_utc_ns);
    }
    return text;
}

Result<std::vector<TrackRule>> parse_track_rules(std::string_view text) {
    std::vector<TrackRule> rules;
    while (!text.empty()) {
        std::string_view word = take(text, ' ');
        const auto kind_name = take(word, ':');
        const auto verb = take(word, ':');
        TrackRule rule;
        for (std::uint32_t k = OMBUD_TRACK_AUDIO; k < kinds.size(); ++k)
            if (kinds[k] == kind_name)
                rule.kind = k;
        if (rule.kind == 0)
            return fail(ErrorCode::invalid_input, "no track kind: '" + std::string(kind_name) + "'");
        if (verb == "remove") {
            rule.rule = OMBUD_TRACK_REMOVE;
        } else if (verb == "pseudonymise") {
            rule.rule = OMBUD_TRACK_PSEUDONYMISE;
        } else if (verb == "keep") {
            rule.rule = OMBUD_TRACK_KEEP_WITHIN;
            const auto begin = parse_number(take(word, ':'));
            const auto end = parse_number(take(word, ':'));
            if (!begin || !end)
                return fail(ErrorCode::invalid_input, "a kept interval needs begin and end");
            rule.begin_utc_ns = *begin;
            rule.end_utc_ns = *end;
        } else {
            return fail(ErrorCode::invalid_input, "no track rule: '" + std::string(verb) + "'");
        }
        rules.push_back(rule);
    }
    return rules;
}

} // namespace ombud
