// `ombud approve`: the second person's part.
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

Style style_of_state(std::string_view state) {
    return state == "open" ? Style::warning : state == "approved" ? Style::good : Style::plain;
}

std::string until_words(std::int64_t utc_ns, std::int64_t now_ns) { return utc_ns == 0 ? "-" : "in " + span_words(utc_ns - now_ns); }

Exit list(Context& context) {
    const bool all = context.is_given("--all");
    return context.call(api::Method::get, std::string("/v1/approvals?state=") + (all ? "all" : "open"), nullptr,
                        [&](const boost::json::value& answer) {
                            const std::int64_t now = context.clock.utc_ns();
                            Table table({{"ID", Align::right}, {"STATE"}, {"ASKED", Align::right}, {"ENDS", Align::right},
                                         {"BY", Align::left, true}, {"WHAT", Align::left, true}, {"WHY", Align::left, true}});
                            for (const auto& value : list_of(answer.as_object(), "approvals")) {
                                const object& row = value.as_object();
                                const std::string state = text_of(row, "state");
                                const bool open = state == "open";
                                table.add({text_of(row, "id"), {state, style_of_state(state)}, ago_words(number_of(row, "asked_utc_ns"), now),
                                           open ? until_words(number_of(row, "expires_utc_ns"), now) : ago_words(number_of(row, "ended_utc_ns"), now),
                                           or_dash(text_of(row, "asked_by")), or_dash(text_of(row, "subject")), text_of(row, "reason")});
                            }
                            if (table.is_empty())
                                context.terminal.out << (all ? "nothing was ever asked for\n" : "nothing waits for a second person\n");
                            else
                                table.print(context.terminal);
                            return Exit::done;
                        });
}

Exit run(Context& context) {
    const bool refuses = context.is_given("--refuse"), withdraws = context.is_given("--withdraw");
    if (!context.is_given("ID")) {
        if (refuses || withdraws)
            return context.misused("which proposal? `ombud approve` lists their numbers");
        return list(context);
    }
    const auto id = context.integer("ID", 1, INT64_MAX);
    if (!id)
        return context.misused(id.error().message);
    if (refuses && withdraws)
        return context.misused("--refuse is the second person's, --withdraw the asker's: not both");
    if (context.is_given("--all"))
        return context.misused("--all lists; a proposal's number decides: not both");
    if (refuses && context.text("--reason").empty())
        return context.misused("--refuse needs --reason TEXT: whoever asked reads it");
    const boost::json::value body{{"decision", refuses ? "refuse" : withdraws ? "withdraw" : "approve"}, {"reason", context.text("--reason")}};
    return context.call(api::Method::post, "/v1/approvals/" + std::to_string(*id), body, [&](const boost::json::value& answer) {
        const object& row = answer.as_object();
        const std::string state = text_of(row, "state"), subject = text_of(row, "subject");
        context.terminal.out << "proposal " << text_of(row, "id") << " is " << state << (subject.empty() ? "" : ": " + subject)
                             << ", ledger entry " << text_of(row, "end_ledger_index") << '\n';
        context.terminal.remark(state == "approved" ? "it holds now" : "nothing has changed");
        return Exit::done;
    });
}

} // namespace

Command approve_command() {
    return {"approve",
            "what waits for a second person; with ID: approve it",
            "Whoever asked cannot approve, whatever account they became since: logins are compared, too. An approval is carried "
            "out at once. What nobody decides expires after three days.",
            {{"ID", "", "number of a proposal; without it what is open is listed"}},
            {{"--refuse", "", "refuse it instead; needs --reason"},
             {"--withdraw", "", "take back what you asked for"},
             {"--reason", "TEXT", "why; it enters the ledger, so no personal data"},
             {"--all", "", "list those that have ended, too"}},
            run};
}

} // namespace ombud::cli
