// `ombud findings`: what is not as it should be.
#include "api/target.hpp"
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

/// The query that the options ask for; `limit` and `severity` stand in for the options' own values when given.
std::string target_of(const Context& context, const std::string& limit, const std::string& severity) {
    std::string target = "/v1/findings?state=" + api::encode_part(context.text("--show")) + "&limit=" + limit;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty())
            target += std::string("&") + name + "=" + api::encode_part(value);
    };
    add("module", context.text("--module"));
    add("control", context.text("--control"));
    add("severity", severity);
    add("after", context.text("--after"));
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
    const auto shown = static_cast<std::int64_t>(list_of(answer, "findings").size());
    const std::int64_t total = number_of(answer, "total");
    if (shown > 0)
        table.print(context.terminal);
    else
        context.terminal.out << "no findings\n";
    if (const auto next = text_of(answer, "next"); !next.empty())
        context.terminal.remark(std::to_string(shown) + " of " + std::to_string(total) + " are shown; `--after " +
                                next + "` shows the following");
}

Exit run(Context& context) {
    const auto limit = context.integer("--limit", 1, 1'000);
    if (!limit)
        return context.misused(limit.error().message);
    const Exit shown =
        context.call(api::Method::get, target_of(context, std::to_string(*limit), context.text("--severity")), nullptr,
                     [&](const boost::json::value& answer) {
                         print(context, answer.as_object());
                         return Exit::done;
                     });
    if (shown != Exit::done || !context.is_given("--fail"))
        return shown;
    // What is shown may be one page of many, so the count is asked for.
    context.values["--show"] = {"open"};
    context.values.erase("--after");
    const auto violations = context.client().request(api::Method::get, target_of(context, "1", "violation"));
    if (!violations)
        return context.failed(violations.error());
    return number_of(violations->as_object(), "total") > 0 ? Exit::wrong : Exit::done;
}

} // namespace

Command findings_command() {
    return {"findings",
            "what is not as it should be",
            "The newest first. With --fail the exit code is 1 while violations are open among those that the other "
            "options select.",
            {},
            {{"--show", "STATE", "which ones", false, false, {"open", "closed", "all"}, "open"},
             {"--module", "ID", "of this module only", false, false, {}, "", Completes::module},
             {"--control", "ID", "of this requirement only, such as RET-3"},
             {"--severity", "LEVEL", "of this severity only", false, false, {"info", "warning", "violation"}},
             {"--limit", "N", "at most so many, 1 to 1000", false, false, {}, "100"},
             {"--after", "CURSOR", "those that follow an earlier answer"},
             {"--fail", "", "exit code 1 when a violation is open"}},
            run};
}

} // namespace ombud::cli
