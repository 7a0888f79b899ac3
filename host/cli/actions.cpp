// `ombud actions`: corrections that were asked for, and what became of them.
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

Style style_of_state(std::string_view state) {
    return state == "failed" || state == "refused" ? Style::bad : state == "done" ? Style::good : Style::plain;
}

std::string place_of(const object& row) {
    std::string place = text_of(row, "attachment");
    for (const char* part : {"device", "recording", "export", "user"})
        if (const auto text = text_of(row, part); !text.empty())
            place += (place.empty() ? "" : " ") + text;
    return place;
}

/// How far one is that is being carried out: `40 %`.
std::string progress_of(const object& row) {
    const auto* share = row.if_contains("progress");
    if (!share || !share->is_double() || share->get_double() <= 0.0)
        return {};
    return std::to_string(static_cast<int>(share->get_double() * 100.0)) + " %";
}

Exit run(Context& context) {
    const auto limit = context.integer("--limit", 1, 10'000);
    if (!limit)
        return context.misused(limit.error().message);
    const std::string target = "/v1/actions?state=" + context.text("--show") + "&limit=" + std::to_string(*limit);
    return context.call(api::Method::get, target, nullptr, [&](const boost::json::value& answer) {
        const std::int64_t now = context.clock.utc_ns();
        Table table({{"STATE"},
                     {"WHAT"},
                     {"CONTROL"},
                     {"ASKED", Align::right},
                     {"TRIES", Align::right},
                     {"WHERE", Align::left, true},
                     {"WHY", Align::left, true},
                     {"PROOF", Align::left, true}});
        for (const auto& value : list_of(answer.as_object(), "actions")) {
            const object& row = value.as_object();
            const std::string state = text_of(row, "state");
            const std::string proof = text_of(row, "proof");
            table.add({{state, style_of_state(state)},
                       text_of(row, "kind"),
                       text_of(row, "control"),
                       ago_words(number_of(row, "requested_utc_ns"), now),
                       text_of(row, "attempts"),
                       place_of(row),
                       text_of(row, "reason"),
                       proof.empty() ? progress_of(row) : proof});
        }
        if (table.is_empty())
            context.terminal.out << "no actions\n";
        else
            table.print(context.terminal);
        return Exit::done;
    });
}

} // namespace

Command actions_command() {
    return {"actions",
            "corrections that were asked for, and what became of them",
            "The state `would` is what a module in monitor would have done.",
            {},
            {{"--show",
              "STATE",
              "which ones",
              false,
              false,
              {"pending", "done", "refused", "failed", "would", "all"},
              "all"},
             {"--limit", "N", "at most so many, 1 to 10000", false, false, {}, "1000"}},
            run};
}

} // namespace ombud::cli
