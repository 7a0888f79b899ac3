// `ombud findings`: what is not as it should be.
#include "api/target.hpp"
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

std::string target_of(const Context& context, const std::string& state, const std::string& limit,
                      const std::string& after) {
    std::string target = "/v1/findings?state=" + state + "&limit=" + limit;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty())
            target += std::string("&") + name + "=" + api::encode_part(value);
    };
    add("module", context.text("--module"));
    add("control", context.text("--control"));
    add("after", after);
    return target;
}

/// Camera, recording and attachment as one place: `files/entrance 2026-01-31/08-00-00.mp4`.
std::string place_of(const object& row) {
    std::string place = text_of(row, "attachment");
    if (const auto device = text_of(row, "device"); !device.empty())
        place += (place.empty() ? "" : "/") + device;
    if (const auto recording = text_of(row, "recording"); !recording.empty())
        place += (place.empty() ? "" : " ") + recording;
    return place.empty() ? "site" : place;
}

void print(const Context& context, const object& answer) {
    Table table({{"SEVERITY"},
                 {"CONTROL"},
                 {"FOR", Align::right},
                 {"STATE"},
                 {"WHERE", Align::left, true},
                 {"WHAT", Align::left, true}});
    const std::int64_t now = context.clock.utc_ns();
    for (const auto& value : list_of(answer, "findings")) {
        const object& row = value.as_object();
        const std::string severity = text_of(row, "severity");
        const std::int64_t closed = number_of(row, "closed_utc_ns");
        table.add({{severity, style_of_severity(severity)},
                   text_of(row, "control"),
                   span_words((closed == 0 ? now : closed) - number_of(row, "opened_utc_ns")),
                   text_of(row, "state"),
                   place_of(row),
                   text_of(row, "text")});
    }
    if (table.is_empty())
        context.terminal.out << "no findings\n";
    else
        table.print(context.terminal);
    if (const auto next = text_of(answer, "next"); !next.empty())
        context.terminal.remark("there are more; `--after " + next + "` shows the following");
}

/// Whether a violation is open among what the options select; what is shown may be one page of many, so all are looked
/// at.
Exit judge(const Context& context) {
    std::string after;
    do {
        const auto answer = context.client().request(api::Method::get, target_of(context, "open", "1000", after));
        if (!answer)
            return context.failed(answer.error());
        for (const auto& value : list_of(answer->as_object(), "findings"))
            if (text_of(value.as_object(), "severity") == "violation")
                return Exit::wrong;
        after = text_of(answer->as_object(), "next");
    } while (!after.empty());
    return Exit::done;
}

Exit run(Context& context) {
    const auto limit = context.integer("--limit", 1, 10'000);
    if (!limit)
        return context.misused(limit.error().message);
    const std::string target =
        target_of(context, context.text("--show"), std::to_string(*limit), context.text("--after"));
    const Exit shown = context.call(api::Method::get, target, nullptr, [&](const boost::json::value& answer) {
        print(context, answer.as_object());
        return Exit::done;
    });
    return shown == Exit::done && context.is_given("--fail") ? judge(context) : shown;
}

} // namespace

Command findings_command() {
    return {"findings",
            "what is not as it should be",
            "With --fail the exit code is 1 while violations are open among those that the other "
            "options select.",
            {},
            {{"--show", "STATE", "which ones", false, false, {"open", "closed", "all"}, "open"},
             {"--module", "ID", "of this module only", false, false, {}, "", Completes::module},
             {"--control", "ID", "of this requirement only, such as RET-3"},
             {"--limit", "N", "at most so many, 1 to 10000", false, false, {}, "1000"},
             {"--after", "CURSOR", "those that follow an earlier answer"},
             {"--fail", "", "exit code 1 when a violation is open"}},
            run};
}

} // namespace ombud::cli
