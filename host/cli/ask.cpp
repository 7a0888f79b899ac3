// `ombud ask`: a script asks before it does something.
#include "api/target.hpp"
#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

#include <boost/json/parse.hpp>

namespace ombud::cli {
namespace {

using boost::json::object;

/// Only what is applied stops the caller: a module in monitor may not.
Exit exit_of(const object& answer) {
    const std::string applied = text_of(answer, "applied");
    return applied == "deny" || applied == "defer" ? Exit::wrong : Exit::done;
}

void print(const Context& context, const object& answer) {
    const std::string applied = text_of(answer, "applied");
    std::string line = applied;
    if (const auto action = text_of(answer, "action"); action != applied)
        line += " (would be " + action + ")";
    for (const char* part : {"rule", "reason"})
        if (const auto said = text_of(answer, part); !said.empty())
            line += ", " + said;
    context.terminal.out << line << '\n';
    if (const auto index = text_of(answer, "ledger_index"); !index.empty())
        context.terminal.remark("recorded as ledger entry " + index);
}

Exit run(Context& context) {
    auto fields = parse_fields(context.texts("FIELD"));
    if (!fields)
        return context.misused(fields.error().message);
    const boost::json::value body{{"fields", std::move(*fields)},
                                  {"attachment", context.text("--attachment")},
                                  {"dry_run", context.is_given("--dry-run")}};
    const auto answer =
        context.client().request_text(api::Method::post, "/v1/ask/" + api::encode_part(context.text("HOOK")), body);
    if (!answer)
        return context.failed(answer.error());
    const auto value = boost::json::parse(*answer);
    if (context.json)
        context.terminal.out << *answer << '\n';
    else
        print(context, value.as_object());
    return exit_of(value.as_object());
}

} // namespace

Command ask_command() {
    return {"ask",
            "ask the modules before something is done",
            "Returns once the verdict is in the ledger. The exit code is 0 when the caller may go on and 1 when it may "
            "not: an applied deny or defer. 3 means that nobody could be asked; whether to go on then is the caller's "
            "choice.",
            {{"HOOK", "", "what is about to happen, such as recording.delete", true, false, {}, "", Completes::nothing},
             {"FIELD", "", "NAME=TEXT or NAME:=INTEGER", false, true}},
            {{"--attachment", "ID", "the video system it is about"},
             {"--dry-run", "", "only ask what would be; nothing is applied"}},
            run};
}

} // namespace ombud::cli
