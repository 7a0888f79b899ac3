// `ombud simulate`: what a changed policy would have decided.
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"
#include "config/values.hpp"

#include <fstream>
#include <iterator>

namespace ombud::cli {
namespace {

using boost::json::object;

void print_verdicts(const Context& context, const object& answer) {
    Table table({{"ENTRY", Align::right}, {"WHEN"}, {"MODULE"}, {"HOOK"}, {"ABOUT", Align::left, true}, {"WAS"}, {"BECOMES"}, {"WHY", Align::left, true}});
    for (const auto& value : list_of(answer, "verdicts")) {
        const object& row = value.as_object();
        table.add({text_of(row, "ledger_index"), utc_words(number_of(row, "at_utc_ns")), text_of(row, "module"), text_of(row, "hook"), text_of(row, "subject"),
                   text_of(row, "was"), {text_of(row, "becomes"), Style::strong}, text_of(row, "reason")});
    }
    if (!table.is_empty())
        table.print(context.terminal);
}

void print_matters(const Context& context, const object& answer) {
    Table table({{"AUDIT"}, {"MODULE"}, {"CONTROL"}, {"WHAT"}, {"ABOUT", Align::left, true}, {"TEXT", Align::left, true}});
    for (const auto& value : list_of(answer, "matters")) {
        const object& row = value.as_object();
        const bool is_new = row.at("is_new").as_bool();
        table.add({{is_new ? "new" : "gone", is_new ? Style::warning : Style::good}, text_of(row, "module"), text_of(row, "control"), text_of(row, "what"),
                   text_of(row, "subject"), text_of(row, "text")});
    }
    if (!table.is_empty())
        table.print(context.terminal);
}

Exit show(const Context& context, const object& answer) {
    print_verdicts(context, answer);
    print_matters(context, answer);
    const auto others = static_cast<std::int64_t>(list_of(answer, "verdicts").size()) + number_of(answer, "more_verdicts");
    context.terminal.out << "of " << count_words(number_of(answer, "judged"), "judgement", "judgements") << ": "
                         << count_words(number_of(answer, "compared"), "answer", "answers") << " compared, " << others << " would be another\n";
    for (const char* key : {"more_verdicts", "more_matters"})
        if (const auto more = number_of(answer, key); more > 0)
            context.terminal.out << more << " more differences are not shown\n";
    for (const auto& [module, count] : answer.at("unknown").as_object())
        context.terminal.out << harmless(module) << ": nothing can be said of " << count_words(count.to_number<std::int64_t>(), "answer", "answers")
                             << ", since today's site does not give what was recorded: facts, registers or the site are others now\n";
    for (const auto& problem : list_of(answer, "problems"))
        context.terminal.remark(harmless(std::string(problem.as_string())));
    return list_of(answer, "problems").empty() ? Exit::done : Exit::wrong;
}

Exit simulate(Context& context) {
    const auto since_s = config::parse_duration_s(context.text("--since"));
    if (!since_s)
        return context.misused("--since: '" + context.text("--since") + "' is not a duration such as 12h or 30d");
    const auto entries = context.integer("--entries", 1, 10'000'000);
    if (!entries)
        return context.misused(entries.error().message);
    const std::string file = context.text("--site");
    std::ifstream in(file, std::ios::binary);
    const std::string xml{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof())
        return context.failed({ErrorCode::not_found, file + ": cannot be read"});
    const std::int64_t since_ns = context.clock.utc_ns() - *since_s * 1'000'000'000;
    const boost::json::value body{{"site_xml", xml}, {"name", file}, {"since_utc_ns", std::to_string(std::max<std::int64_t>(since_ns, 0))},
                                  {"entries", std::to_string(*entries)}};
    return context.call(api::Method::post, "/v1/simulate", body, [&](const boost::json::value& answer) { return show(context, answer.as_object()); });
}

} // namespace

Command simulate_command() {
    return {"simulate",
            "what a changed site would have decided",
            "Asks the modules of another site.xml what was judged since then, and has them audit today's inventory; shows only what differs. Nothing is enforced "
            "or recorded. The ledger keeps less than modules were told: where today's site, asked beside it, does not give what was recorded, nothing is said, and "
            "how often that was stands at the end.",
            {},
            {{"--site", "FILE", "the changed site", true, false, {}, "", Completes::file},
             {"--since", "DURATION", "how far back: 12h, 30d", false, false, {}, "30d"},
             {"--entries", "NUMBER", "at most the newest so many judgements", false, false, {}, "100000"}},
            simulate};
}

} // namespace ombud::cli
