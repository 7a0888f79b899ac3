#include "replay/said_text.hpp"

#include <ombud/finding.h>

namespace ombud::replay {

std::string_view severity_text(std::uint32_t severity) {
    return severity == OMBUD_SEVERITY_VIOLATION ? "violation" : severity == OMBUD_SEVERITY_WARNING ? "warning" : "info";
}

std::string numbers_text(std::span<const std::uint32_t> numbers) {
    std::string text;
    for (const std::uint32_t number : numbers)
        text += " " + std::to_string(number);
    return text;
}

std::string said_text(const Said& said, const Names& names) {
    if (said.fault)
        return "fault: " + *said.fault;
    if (!said.verdict)
        return "no verdict";
    const Verdict& verdict = *said.verdict;
    std::string text(to_string(verdict.action));
    if (!verdict.rule.empty())
        text += " " + verdict.rule;
    if (!verdict.tracks.empty())
        text += " [" + to_string(verdict.tracks) + "]";
    if (!verdict.parts.empty())
        text += " [parts" + numbers_text(verdict.parts) + "]";
    for (const FieldText& field : verdict.fields)
        text += " [" + std::string(names.name(field.key)) + "=" + field.text + "]";
    return verdict.reason.empty() ? text : text + ": " + verdict.reason;
}

std::string said_text(const Finding& finding) {
    return std::string(severity_text(finding.severity)) + " " + finding.control + " " + finding.key + ": " + finding.text;
}

std::string said_text(const ActionRequest& action) {
    const std::string& of = action.recording.empty() ? action.device : action.recording;
    return "asks for " + action.kind + (of.empty() ? "" : " of " + of) + " (" + action.control + ")" +
           (action.tracks.empty() ? "" : " [" + to_string(action.tracks) + "]") + ": " + action.reason;
}

} // namespace ombud::replay
