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

/// How two releases compare so far.
std::string comparison(const object& shadow) {
    return text_of(shadow, "asked") + " asked, " + text_of(shadow, "same") + " the same, " + text_of(shadow, "different") + " different, " +
           text_of(shadow, "missed") + " missed";
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
            std::string state = text_of(row, "state");
            if (const auto* shadow = row.if_contains("shadow"); shadow != nullptr && shadow->is_object())
                state += "; shadow " + text_of(shadow->get_object(), "version") + ": " + comparison(shadow->get_object());
            table.add(
                {text_of(row, "id"),
                 text_of(row, "version"),
                 {mode, style_of_mode(mode)},
                 since == 0 ? "-" : span_words(context.clock.utc_ns() - since),
                 state,
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

Exit reload(Context& context) {
    const std::string target = "/v1/modules/" + api::encode_part(context.text("MODULE")) + "/reload";
    const boost::json::value body{{"reason", context.text("--reason")}};
    return context.call(api::Method::post, target, body, [&](const boost::json::value& answer) {
        const object& row = answer.as_object();
        context.terminal.out << text_of(row, "id") << ": " << text_of(row, "was") << " -> " << text_of(row, "version") << ", questions waited "
                             << number_of(row, "paused_ns") / 1'000'000 << " ms, ledger entry " << text_of(row, "ledger_index") << '\n';
        return Exit::done;
    });
}

Exit shadow(Context& context) {
    const std::string module = context.text("MODULE");
    const bool ends = context.is_given("--end");
    const std::string target = "/v1/modules/" + api::encode_part(module) + "/shadow";
    const boost::json::value body{{"act", ends ? "end" : "begin"}, {"reason", context.text("--reason")}};
    return context.call(api::Method::post, target, body, [&](const boost::json::value& answer) {
        const object& row = answer.as_object();
        context.terminal.out << module << ": version " << text_of(row, "version")
                             << (ends ? " is not asked any more; " + comparison(row) : std::string(" is asked beside the one that judges")) << '\n';
        if (!ends || number_of(row, "different") > 0)
            context.terminal.out << "differences: ombud ledger show --kind module.shadow_differs\n";
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
        {"module reload",
         "take the release that lies in the folder of plugins now",
         "It is judged and started as at a start of the host. It takes over between two events, with what the running one kept; "
         "what that one was asked is recorded first, so no event is lost or judged twice. If anything is wrong with it, the "
         "running one stays. Connectors are taken at the host's next start.",
         {module_argument},
         {reason},
         reload},
        {"module shadow",
         "ask the release that lies in the folder of plugins beside the running one",
         "Its answers are compared and count for nothing; what it sends is dropped. `ombud module list` shows how many differ, "
         "the ledger the first hundred (kind module.shadow_differs). `ombud module reload` makes it the one that judges.",
         {module_argument},
         {{"--end", "", "ask it no more"}, reason},
         shadow},
    };
}

} // namespace ombud::cli
