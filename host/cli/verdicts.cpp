// `ombud verdicts`: what was decided, and by whom.
#include "api/target.hpp"
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

Style style_of_action(std::string_view action) {
    return action == "deny" ? Style::bad : action == "allow" || action == "abstain" ? Style::plain : Style::warning;
}

/// `retention_auditor (monitor): deny, RET-5: locked`, one after the other.
std::string answers_of(const object& row) {
    std::string text;
    for (const auto& value : list_of(row, "module_answers")) {
        const object& answer = value.as_object();
        text += (text.empty() ? "" : "; ") + text_of(answer, "module") + " (" + text_of(answer, "mode") +
                "): " + text_of(answer, "action");
        for (const char* part : {"rule", "reason"})
            if (const auto said = text_of(answer, part); !said.empty())
                text += ", " + said;
    }
    return text;
}

Exit run(Context& context) {
    const auto limit = context.integer("--limit", 1, 1'000);
    if (!limit)
        return context.misused(limit.error().message);
    std::string target = "/v1/verdicts?limit=" + std::to_string(*limit);
    if (context.is_given("--after"))
        target += "&after=" + api::encode_part(context.text("--after"));
    return context.call(api::Method::get, target, nullptr, [&](const boost::json::value& answer) {
        Table table({{"ENTRY", Align::right},
                     {"WHEN"},
                     {"HOOK"},
                     {"ABOUT", Align::left, true},
                     {"VERDICT"},
                     {"APPLIED"},
                     {"BY", Align::left, true}});
        for (const auto& value : list_of(answer.as_object(), "verdicts")) {
            const object& row = value.as_object();
            const std::string action = text_of(row, "action");
            table.add({text_of(row, "ledger_index"),
                       utc_words(number_of(row, "at_utc_ns")),
                       text_of(row, "hook"),
                       text_of(row, "subject"),
                       {action, style_of_action(action)},
                       text_of(row, "applied"),
                       answers_of(row)});
        }
        if (table.is_empty())
            context.terminal.out << "no verdicts\n";
        else
            table.print(context.terminal);
        return Exit::done;
    });
}

} // namespace

Command verdicts_command() {
    return {"verdicts",
            "what was decided on what was asked",
            "The newest first, each with its entry in the ledger and what every module answered.",
            {},
            {{"--limit", "N", "at most so many, 1 to 1000", false, false, {}, "50"},
             {"--after", "ENTRY", "only those after this entry of the ledger"}},
            run};
}

} // namespace ombud::cli
