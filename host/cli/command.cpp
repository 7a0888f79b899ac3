#include "cli/command.hpp"

#include "cli/plugin_files.hpp"

#include <boost/json/parse.hpp>
#include <charconv>
#include <iterator>
#include <utility>

namespace ombud::cli {

const std::vector<std::string>& Context::texts(const std::string& name) const {
    static const std::vector<std::string> none;
    const auto found = values.find(name);
    return found == values.end() ? none : found->second;
}

std::string Context::text(const std::string& name) const {
    const auto& all = texts(name);
    return all.empty() ? std::string() : all.back();
}

Result<std::int64_t> Context::integer(const std::string& name, std::int64_t min, std::int64_t max) const {
    const std::string value = text(name);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number < min || number > max)
        return fail(ErrorCode::invalid_input, name + ": '" + value + "' is not an integer in " + std::to_string(min) +
                                                  ".." + std::to_string(max));
    return number;
}

Exit Context::failed(const Error& error) const {
    terminal.print_error(error);
    return Exit::failed;
}

Exit Context::misused(const std::string& message) const {
    terminal.print_error({ErrorCode::invalid_input, message});
    return Exit::usage;
}

Exit Context::call(api::Method method, const std::string& target, const boost::json::value& body,
                   const Show& show) const {
    const auto answer = client().request_text(method, target, body);
    if (!answer)
        return failed(answer.error());
    boost::json::error_code error;
    const auto value = boost::json::parse(*answer, error);
    if (error)
        return failed({ErrorCode::internal, socket.string() + ": the answer is not JSON: " + error.message()});
    if (!json)
        return show(value);
    terminal.out << *answer << '\n';
    return Exit::done;
}

const Commands& all_commands() {
    static const Commands commands = [] {
        Commands all;
        const auto add = [&](Commands some) {
            all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
        };
#ifdef OMBUD_WITH_DAEMON
        add({run_command()});
#endif
        add({status_command()});
        add(module_commands());
        add({plugin_list_command(), plugin_check_command(), plugin_new_command()});
        for (auto some : {plugin_signing_commands, plugin_trust_commands, plugin_index_commands})
            add(some());
        add({findings_command(), coverage_command(), verdicts_command(), actions_command()});
        add(audit_commands());
        add(register_commands());
        add(whitelist_commands());
        add(consent_commands());
        add(device_commands());
        add(disclosure_commands());
        add(medium_commands());
        add(destruction_commands());
        add({approve_command()});
        add(export_commands());
        add(config_commands());
        add({event_command(), ask_command(), simulate_command()});
#ifdef OMBUD_WITH_DAEMON
        add({test_command()});
        add(capture_commands());
        add({replay_command(), mask_command()});
#endif
        add(ledger_commands());
        add(seal_commands());
        add(completion_commands());
        add({man_command()});
        return all;
    }();
    return commands;
}

const std::vector<Option>& global_options() {
    static const std::vector<Option> options{
        {"--state",
         "DIR",
         "folder of the ledger and the registers",
         false,
         false,
         {},
         "/var/lib/ombud",
         Completes::folder},
        {"--socket",
         "FILE",
         "socket of the running daemon; STATE/ombud.sock when not given",
         false,
         false,
         {},
         "",
         Completes::file},
        {"--json", "", "results as JSON, for programs"},
        {"--no-color", "", "no colours, on a terminal either"},
        {"--quiet", "", "errors only; no remarks, no progress"},
    };
    return options;
}

std::string_view group_summary(std::string_view group) {
    static constexpr std::pair<std::string_view, std::string_view> summaries[] = {
        {"module", "what checks and enforces, and how far it may go"},
        {"plugin", "the files that modules and connectors come from"},
        {"plugin trust", "whose plugins run here"},
        {"plugin index", "which releases there are, and which must not run any more"},
        {"capture", "taking down what modules are asked"},
        {"audit", "walking the whole inventory"},
        {"register", "what people keep for modules: who may get mail, who agreed, which devices"},
        {"whitelist", "who may get alarm mail"},
        {"consent", "who agreed to be notified"},
        {"device", "the devices that notifications go to"},
        {"export", "recordings that leave, sealed, by the desk"},
        {"disclosure", "what was disclosed to whom"},
        {"medium", "the media that recordings leave on"},
        {"destruction", "how copies and media ended"},
        {"config", "checking and changing the site's configuration"},
        {"ledger", "the record that shows every change to it"},
        {"seal", "exports, sealed for their recipients"},
        {"completion", "completion for shells"},
    };
    for (const auto& [name, summary] : summaries)
        if (name == group)
            return summary;
    return {};
}

} // namespace ombud::cli
