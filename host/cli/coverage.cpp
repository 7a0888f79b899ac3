// `ombud coverage`: what can be prevented, corrected, only observed, or not even seen, and where.
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

struct Level {
    std::string_view name;
    std::string_view word;
    Style style;
    std::string_view meaning;
};

// Blind stands out without colours, too: it must never be read as fine.
constexpr Level levels[] = {
    {"preventable", "preventable", Style::good, "stopped before it happens"},
    {"correctable", "correctable", Style::good, "put right after it happened"},
    {"observable", "observable", Style::warning, "seen and reported, not changed"},
    {"blind", "BLIND", Style::bad, "cannot be seen here: nothing is known, nothing is compliant"},
};

constexpr const char* partly = " (part)"; // of the cameras there

Cell cell_of(const object& at_attachment) {
    const std::string name = text_of(at_attachment, "level");
    if (name == "none") // the gates have nothing to do with it; shown as blind, it would be a hole that is none
        return {"-", Style::plain};
    const bool in_part = !list_of(at_attachment, "not_given").empty();
    for (const Level& level : levels)
        if (level.name == name)
            return {std::string(level.word) + (in_part ? partly : ""), in_part ? Style::warning : level.style};
    return {name.empty() ? "BLIND" : name, Style::bad};
}

void print_matrix(const Context& context, const object& answer) {
    const auto& attachments = list_of(answer, "attachments");
    std::vector<Column> columns{{"CONTROL"}, {"MODULE", Align::left, true}};
    for (const auto& attachment : attachments)
        columns.push_back({attachment.as_string().c_str()});
    columns.push_back({"WHAT", Align::left, true});
    Table table(std::move(columns));
    for (const auto& value : list_of(answer, "controls")) {
        const object& control = value.as_object();
        std::vector<Cell> row{text_of(control, "control"), or_dash(text_of(control, "module"))};
        for (const auto& attachment : attachments)
            row.push_back(cell_of(object_of(object_of(control, "levels"), attachment.as_string())));
        row.emplace_back(text_of(control, "title"));
        table.add(std::move(row));
    }
    table.print(context.terminal);
}

void print_notes(const Context& context, const object& answer) {
    Table table({{"CONTROL"}, {"ATTACHMENT"}, {"LEVEL"}, {"NOTE"}});
    for (const auto& value : list_of(answer, "controls")) {
        const object& control = value.as_object();
        for (const auto& at : object_of(control, "levels"))
            if (const object* level = at.value().if_object(); level && !text_of(*level, "note").empty())
                table.add(
                    {text_of(control, "control"), std::string(at.key()), cell_of(*level), text_of(*level, "note")});
    }
    if (table.is_empty())
        return;
    context.terminal.out << '\n';
    table.print(context.terminal);
}

bool leaves_cameras_out(const object& answer) {
    for (const auto& control : list_of(answer, "controls"))
        for (const auto& at : object_of(control.as_object(), "levels"))
            if (const object* level = at.value().if_object(); level && !list_of(*level, "not_given").empty())
                return true;
    return false;
}

Exit run(Context& context) {
    return context.call(api::Method::get, "/v1/coverage", nullptr, [&](const boost::json::value& answer) {
        print_matrix(context, answer.as_object());
        if (context.is_given("--notes"))
            print_notes(context, answer.as_object());
        context.terminal.out << '\n';
        for (const Level& level : levels) {
            std::string word(level.word);
            const std::size_t padding = 13 - word.size();
            context.terminal.out << context.terminal.styled(word, level.style) << std::string(padding, ' ')
                                 << level.meaning << '\n';
        }
        if (leaves_cameras_out(answer.as_object()))
            context.terminal.out << "(part)       not for the cameras that the module is not given; --notes names them\n";
        // What was decided is as good as the record of it.
        for (const auto& warning : list_of(answer.as_object(), "warnings"))
            context.terminal.out << context.terminal.styled("warning:", Style::warning) << ' ' << harmless(warning.as_string()) << '\n';
        return Exit::done;
    });
}

} // namespace

Command coverage_command() {
    return {"coverage",
            "how each requirement stands at each attachment",
            "A matrix of requirements and attachments: what can be prevented there, corrected, observed, or is blind. "
            "Blind is never compliant.",
            {},
            {{"--notes", "", "why it is so, line by line"}},
            run};
}

} // namespace ombud::cli
