// `ombud plugin list`: which files the daemon has found, and what it thinks of them.
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {

Command plugin_list_command() {
    const auto run = [](Context& context) {
        return context.call(api::Method::get, "/v1/plugins", nullptr, [&](const boost::json::value& answer) {
            Table table({{"PLUGIN"},
                         {"KIND"},
                         {"VERSION"},
                         {"ABI"},
                         {"STATE"},
                         {"SIGNER"},
                         {"LEVEL"},
                         {"SHA-256", Align::left, true},
                         {"FILE", Align::left, true},
                         {"PROBLEM OR WHY UNSIGNED", Align::left, true}});
            for (const auto& value : answer.as_array()) {
                const auto& row = value.as_object();
                const std::string problem = text_of(row, "problem");
                table.add({text_of(row, "id"),
                           text_of(row, "kind"),
                           text_of(row, "version"),
                           text_of(row, "abi"),
                           text_of(row, "state"),
                           or_dash(text_of(row, "signer")),
                           or_dash(text_of(row, "level")),
                           text_of(row, "sha256"),
                           text_of(row, "file"),
                           problem.empty() ? Cell{text_of(row, "unsigned_reason")} : Cell{problem, Style::bad}});
            }
            table.print(context.terminal);
            return Exit::done;
        });
    };
    return {"plugin list", "every plugin file, its version, signer and hash, and why it is not in use", "", {}, {}, run};
}

} // namespace ombud::cli
