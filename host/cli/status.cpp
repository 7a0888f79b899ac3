// `ombud status`: how everything stands, on one screen.
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

void print_facts(const Context& context, const object& status) {
    const std::int64_t now = context.clock.utc_ns();
    const Terminal& terminal = context.terminal;
    const auto line = [&](std::string_view title, const std::string& text) {
        std::string name(title);
        name.resize(10, ' ');
        terminal.out << terminal.styled(name, Style::faint) << text << '\n';
    };
    line("site", text_of(status, "site") + ", version " + text_of(status, "version") + ", process " +
                     text_of(status, "pid") + ", up " + span_words(now - number_of(status, "started_utc_ns")));

    const object& ledger = object_of(status, "ledger");
    line("ledger", count_words(number_of(ledger, "size"), "entry", "entries") + ", " + text_of(ledger, "signed_size") +
                       " of them signed, " +
                       (flag_of(ledger, "anchored") ? "anchored" : terminal.styled("not anchored", Style::warning)));
    const object& journal = object_of(status, "journal");
    line("journal", text_of(journal, "pending") + " pending, " + text_of(journal, "accepted") + " accepted, " +
                        text_of(journal, "judged") + " judged");
    const object& findings = object_of(status, "findings");
    const std::int64_t violations = number_of(findings, "violation");
    line("findings", text_of(findings, "open") + " open: " +
                         terminal.styled(count_words(violations, "violation", "violations"),
                                         violations > 0 ? Style::bad : Style::plain) +
                         ", " + count_words(number_of(findings, "warning"), "warning", "warnings") + ", " +
                         text_of(findings, "info") + " for information");
    const object& actions = object_of(status, "actions");
    line("actions", text_of(actions, "pending") + " pending, " + text_of(actions, "done") + " done, " +
                        text_of(actions, "refused") + " refused, " +
                        terminal.styled(text_of(actions, "failed") + " failed",
                                        number_of(actions, "failed") > 0 ? Style::bad : Style::plain));
    line("faults",
         terminal.styled(text_of(status, "faults"), number_of(status, "faults") > 0 ? Style::warning : Style::plain));
}

void print_attachments(const Context& context, const object& status) {
    Table table({{"ATTACHMENT"},
                 {"CONNECTOR"},
                 {"STATE"},
                 {"DEVICES", Align::right},
                 {"RECORDINGS", Align::right},
                 {"LAST EVENT", Align::right},
                 {"DETAIL", Align::left, true}});
    for (const auto& value : list_of(status, "attachments")) {
        const object& row = value.as_object();
        const std::string state = text_of(row, "state");
        table.add({text_of(row, "id"),
                   text_of(row, "connector"),
                   {state, state == "up" ? Style::good : Style::bad},
                   text_of(row, "devices"),
                   text_of(row, "recordings"),
                   ago_words(number_of(row, "last_event_utc_ns"), context.clock.utc_ns()),
                   text_of(row, "detail")});
    }
    if (table.is_empty())
        return;
    context.terminal.out << '\n';
    table.print(context.terminal);
}

void print_anchors(const Context& context, const object& status) {
    Table table({{"ANCHOR", Align::left, true}, {"STATE"}, {"KEPT", Align::right}, {"WHEN", Align::right}, {"WAITING", Align::right}});
    for (const auto& value : list_of(object_of(status, "ledger"), "anchors")) {
        const object& row = value.as_object();
        const std::string state = text_of(row, "state");
        table.add({text_of(row, "name"), {state, state == "up" ? Style::good : state == "failing" ? Style::warning : Style::bad},
                   text_of(row, "kept_size"), ago_words(number_of(row, "kept_utc_ns"), context.clock.utc_ns()), text_of(row, "waiting_size")});
    }
    if (table.is_empty())
        return;
    context.terminal.out << '\n';
    table.print(context.terminal);
}

void print_witnessed(const Context& context, const object& status) {
    Table table({{"WITNESSED LEDGER", Align::left, true}, {"ENTRIES", Align::right}, {"WHEN", Align::right}});
    for (const auto& value : list_of(object_of(object_of(status, "ledger"), "witness"), "logs")) {
        const object& row = value.as_object();
        table.add({text_of(row, "origin"), text_of(row, "size"), ago_words(number_of(row, "at_utc_ns"), context.clock.utc_ns())});
    }
    if (table.is_empty())
        return;
    context.terminal.out << '\n';
    table.print(context.terminal);
}

void print_modules(const Context& context, const object& status) {
    Table table({{"MODULE"},
                 {"MODE"},
                 {"STATE", Align::left, true},
                 {"OPEN", Align::right},
                 {"WAITING", Align::right},
                 {"LATE", Align::right}});
    for (const auto& value : list_of(status, "modules")) {
        const object& row = value.as_object();
        const std::string mode = text_of(row, "mode");
        table.add({text_of(row, "id"),
                   {mode, style_of_mode(mode)},
                   text_of(row, "state"),
                   text_of(row, "findings_open"),
                   text_of(row, "queue"),
                   {text_of(row, "late_answers"), number_of(row, "late_answers") > 0 ? Style::warning : Style::plain}});
    }
    if (table.is_empty())
        return;
    context.terminal.out << '\n';
    table.print(context.terminal);
}

void print_queues(const Context& context, const object& status) {
    Table table({{"QUEUE"}, {"WAITING", Align::right}, {"ROOM FOR", Align::right}, {"HELD BACK", Align::right}});
    for (const auto& value : list_of(status, "queues")) {
        const object& row = value.as_object();
        table.add({text_of(row, "name"), text_of(row, "depth"), text_of(row, "capacity"),
                   span_words(number_of(row, "waited_ns"))});
    }
    if (table.is_empty())
        return;
    context.terminal.out << '\n';
    table.print(context.terminal);
}

Exit run(Context& context) {
    return context.call(api::Method::get, "/v1/status", nullptr, [&](const boost::json::value& answer) {
        const object& status = answer.as_object();
        print_facts(context, status);
        print_anchors(context, status);
        print_witnessed(context, status);
        print_attachments(context, status);
        print_modules(context, status);
        if (context.is_given("--queues"))
            print_queues(context, status);
        for (const auto& warning : list_of(status, "warnings"))
            context.terminal.out << context.terminal.styled("warning:", Style::warning) << ' '
                                 << harmless(warning.as_string()) << '\n';
        return Exit::done;
    });
}

} // namespace

Command status_command() {
    return {"status", "how the daemon, its ledger, attachments and modules stand",      "",
            {},       {{"--queues", "", "the queues between events and modules, too"}}, run};
}

} // namespace ombud::cli
