// `ombud audit …`: walks the whole inventory, and waits for the end of it.
#include "api/target.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/wording.hpp"

#include <boost/json/serialize.hpp>

namespace ombud::cli {
namespace {

using boost::json::object;

constexpr std::chrono::milliseconds poll_interval{200};

std::string target_of(const std::string& id) {
    return "/v1/audits/" + api::encode_part(id);
}

void print(const Context& context, const object& audit) {
    const std::string state = text_of(audit, "state");
    const Style style = state == "failed" ? Style::bad : state == "cancelled" ? Style::warning : Style::plain;
    context.terminal.out << "audit " << text_of(audit, "id") << " of " << text_of(audit, "module") << ": "
                         << context.terminal.styled(state, style);
    if (const auto message = text_of(audit, "message"); !message.empty())
        context.terminal.out << ", " << message;
    context.terminal.out << "\nexamined  " << text_of(audit, "done") << " of " << text_of(audit, "total")
                         << "\nfindings  " << text_of(audit, "findings_opened") << " opened, "
                         << text_of(audit, "findings_closed") << " closed"
                         << "\nactions   " << text_of(audit, "actions") << " asked for"
                         << "\nprocessor " << number_of(audit, "cpu_ns") / 1'000'000 << " ms\n";
}

Exit finish(const Context& context, const boost::json::value& audit) {
    if (context.json)
        context.terminal.out << boost::json::serialize(audit) << '\n';
    else
        print(context, audit.as_object());
    const std::string state = text_of(audit.as_object(), "state");
    return state == "failed" || state == "cancelled" ? Exit::failed : Exit::done;
}

/// Follows an audit to its end. Ctrl-C cancels it, and the summary then says how far it came.
Exit wait_for(const Context& context, const std::string& id) {
    const api::Client client = context.client();
    const Interrupt interrupt;
    Result<boost::json::value> audit;
    {
        Progress progress(context.terminal, context.clock, "audit");
        bool is_cancelled = false;
        while (true) {
            const bool cancel = interrupt.is_requested() && !is_cancelled;
            audit = client.request(cancel ? api::Method::del : api::Method::get, target_of(id));
            if (!audit)
                break;
            is_cancelled = is_cancelled || cancel;
            const object& now = audit->as_object();
            if (text_of(now, "state") != "running")
                break;
            progress.update(static_cast<std::uint64_t>(number_of(now, "done")),
                            static_cast<std::uint64_t>(number_of(now, "total")));
            interrupt.wait(poll_interval);
        }
    }
    if (!audit)
        return context.failed(std::move(audit.error()).within("audit " + id));
    return finish(context, *audit);
}

Exit run(Context& context) {
    const boost::json::value body{{"module", context.text("MODULE")}, {"correct", context.is_given("--correct")}};
    const auto started = context.client().request(api::Method::post, "/v1/audits", body);
    if (!started)
        return context.failed(started.error());
    const std::string id = text_of(started->as_object(), "id");
    if (!context.is_given("--no-wait"))
        return wait_for(context, id);
    if (context.json)
        context.terminal.out << boost::json::serialize(*started) << '\n';
    else
        context.terminal.out << "audit " << id << " has started; `ombud audit status " << id << "` shows it\n";
    return Exit::done;
}

Exit show(Context& context, api::Method method) {
    const auto audit = context.client().request(method, target_of(context.text("ID")));
    if (!audit)
        return context.failed(audit.error());
    const Exit exit = finish(context, *audit);
    return method == api::Method::del ? Exit::done : exit;
}

const Option id_argument{"ID", "", "number of the audit", true};

} // namespace

Commands audit_commands() {
    return {
        {"audit run",
         "have a module examine everything there is",
         "Waits for the end and prints a summary; Ctrl-C cancels the audit. The exit code is 3 when the audit fails or "
         "is cancelled. What it finds is shown by `ombud findings`.",
         {{"MODULE", "", "id of the module", true, false, {}, "", Completes::module}},
         {{"--correct", "", "ask for corrections, too; carried out if the module's mode is enforce"},
          {"--no-wait", "", "only start it"}},
         run},
        {"audit status",
         "how far an audit is",
         "The exit code is 3 when it failed or was cancelled.",
         {id_argument},
         {},
         [](Context& context) { return show(context, api::Method::get); }},
        {"audit cancel",
         "stop an audit",
         "",
         {id_argument},
         {},
         [](Context& context) { return show(context, api::Method::del); }},
    };
}

} // namespace ombud::cli
