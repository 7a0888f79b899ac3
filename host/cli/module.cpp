// `ombud module …`: what is checked and enforced, and how far that may go.
#include "api/target.hpp"
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

/// Who answers for its code; of what nobody signed, why it runs all the same.
Cell signed_words(const object& row) {
    const std::string signer = text_of(row, "signer"), level = text_of(row, "level");
    if (!signer.empty())
        return signer + " (" + level + ")";
    return level.empty() ? Cell("-") : Cell("no: " + text_of(row, "unsigned_reason"), Style::warning);
}

Exit list(Context& context) {
    return context.call(api::Method::get, "/v1/modules", nullptr, [&](const boost::json::value& answer) {
        Table table({{"MODULE"},
                     {"VERSION"},
                     {"MODE"},
                     {"FOR", Align::right},
                     {"STATE", Align::left, true},
                     {"SIGNED"},
                     {"OPEN", Align::right},
                     {"LATE", Align::right},
                     {"CONTROLS", Align::left, true}});
        for (const auto& value : answer.as_array()) {
            const object& row = value.as_object();
            const std::string mode = text_of(row, "mode");
            const std::int64_t since = number_of(row, "since_utc_ns");
            table.add(
                {text_of(row, "id"),
                 text_of(row, "version"),
                 {mode, style_of_mode(mode)},
                 since == 0 ? "-" : span_words(context.clock.utc_ns() - since),
                 text_of(row, "state"),
                 signed_words(row),
                 text_of(row, "findings_open"),
                 {text_of(row, "late_answers"), number_of(row, "late_answers") > 0 ? Style::warning : Style::plain},
                 joined(list_of(row, "controls"))});
        }
        table.print(context.terminal);
        return Exit::done;
    });
}

Exit set_mode(Context& context, const std::string& mode) {
    const std::string target = "/v1/modules/" + api::encode_part(context.text("MODULE")) + "/mode";
    const boost::json::value body{{"mode", mode}, {"reason", context.text("--reason")}};
    return context.call(api::Method::put, target, body, [&](const boost::json::value& answer) {
        const object& row = answer.as_object();
        context.terminal.out << text_of(row, "id") << ": " << text_of(row, "was") << " -> " << text_of(row, "mode")
                             << ", ledger entry " << text_of(row, "ledger_index") << '\n';
        return Exit::done;
    });
}

const Option module_argument{"MODULE", "", "id of the module", true, false, {}, "", Completes::module};
const Option reason{"--reason", "TEXT", "why; it enters the ledger", true};

} // namespace

Commands module_commands() {
    return {
        {"module list", "every module, its mode and what it found", "", {}, {}, list},
        {"module mode",
         "change how far a module may go",
         "off: it is not asked. monitor: its verdicts are recorded and never applied. enforce: they are applied. The "
         "change is whole or not at all, loses no event, and is recorded with its reason.",
         {module_argument, {"MODE", "", "off, monitor or enforce", true, false, {"off", "monitor", "enforce"}}},
         {reason},
         [](Context& context) { return set_mode(context, context.text("MODE")); }},
        {"module enable",
         "let a module watch: the mode monitor",
         "",
         {module_argument},
         {reason},
         [](Context& context) { return set_mode(context, "monitor"); }},
        {"module disable",
         "stop asking a module: the mode off",
         "",
         {module_argument},
         {reason},
         [](Context& context) { return set_mode(context, "off"); }},
    };
}

} // namespace ombud::cli
