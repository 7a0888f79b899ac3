// The only unit that holds CLI11: the command table becomes its parser.
#include "cli/program.hpp"

#include "cli/command.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cctype>
#include <memory>

namespace ombud::cli {
namespace {

constexpr std::string_view version = OMBUD_VERSION;

/// Where CLI11 puts what it reads; it outlives the parse.
struct Read {
    CLI::App* app = nullptr;
    const Command* command = nullptr;
    std::map<std::string, std::vector<std::string>> values;
    std::map<std::string, bool> switches;
};

std::string help_of(const Option& option) {
    return option.fallback.empty() ? option.help : option.help + " (" + option.fallback + ")";
}

void add_option(CLI::App& app, const Option& option, Read& read) {
    const bool is_argument = option.name.front() != '-';
    if (!is_argument && option.value.empty()) {
        app.add_flag(option.name, read.switches[option.name], option.help);
        return;
    }
    auto* added = app.add_option(option.name, read.values[option.name], help_of(option));
    added->type_name(is_argument ? "" : option.value);
    added->required(option.required);
    // Only a repeated argument takes more words than one; an option takes exactly the word behind it, each time.
    added->expected(1, option.repeats ? 10'000 : 1);
    added->allow_extra_args(is_argument && option.repeats);
    if (!is_argument)
        added->multi_option_policy(option.repeats ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::Throw);
    if (!option.choices.empty())
        added->check(
            [choices = option.choices](const std::string& value) {
                std::string known;
                for (const auto& choice : choices) {
                    if (choice == value)
                        return std::string();
                    known += (known.empty() ? "" : ", ") + choice;
                }
                return "'" + value + "' is not one of " + known;
            },
            "", "choices");
}

using Groups = std::map<std::string, CLI::App*>;

std::string last_word(const std::string& path) {
    const auto space = path.rfind(' ');
    return space == std::string::npos ? path : path.substr(space + 1);
}

/// Where a command of that path is added: the program itself, or the group that the words before its last name.
CLI::App& group_of(CLI::App& app, const std::string& path, Groups& groups) {
    const auto space = path.rfind(' ');
    if (space == std::string::npos)
        return app;
    const std::string name = path.substr(0, space);
    CLI::App*& group = groups[name];
    if (!group) {
        group = group_of(app, name, groups).add_subcommand(last_word(name), std::string(group_summary(name)));
        group->require_subcommand(1);
        group->fallthrough();
    }
    return *group;
}

/// CLI11's messages begin in upper case, and some end with a full stop.
std::string in_our_style(std::string message) {
    if (message.size() > 1 && std::isupper(static_cast<unsigned char>(message[0])) &&
        !std::isupper(static_cast<unsigned char>(message[1])))
        message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
    while (!message.empty() && (message.back() == '.' || message.back() == '\n'))
        message.pop_back();
    return message;
}

Exit run_parsed(const Read& global, const Read& read, Terminal& terminal, const Surroundings& surroundings) {
    Context context{terminal, surroundings.clock, surroundings.environment, {}, {}, false, {}};
    const auto setting = [&](const std::string& option, const char* variable) -> std::string {
        if (const auto& given = global.values.at(option); !given.empty())
            return given.back();
        const char* value = surroundings.environment(variable);
        return value ? value : "";
    };
    const std::string state = setting("--state", "OMBUD_STATE");
    context.state = state.empty() ? "/var/lib/ombud" : state;
    const std::string socket = setting("--socket", "OMBUD_SOCKET");
    context.socket = socket.empty() ? context.state / "ombud.sock" : std::filesystem::path(socket);
    context.json = global.switches.at("--json");
    terminal.quiet = global.switches.at("--quiet");
    const char* no_color = surroundings.environment("NO_COLOR");
    if (global.switches.at("--no-color") || (no_color && *no_color != '\0'))
        terminal.colours = false;

    for (const auto& [name, given] : read.values)
        if (!given.empty())
            context.values[name] = given;
    for (const auto& [name, given] : read.switches)
        if (given)
            context.values[name] = {"yes"};
    for (const auto* list : {&read.command->arguments, &read.command->options})
        for (const Option& option : *list)
            if (!option.fallback.empty())
                context.values.try_emplace(option.name, std::vector<std::string>{option.fallback});
    return read.command->run(context);
}

} // namespace

Exit run(const std::vector<std::string>& arguments, Terminal& terminal, const Surroundings& surroundings) try {
    CLI::App app("compliance host for video management systems", "ombud");
    app.set_version_flag("--version", "ombud " + std::string(version), "the version of this program");
    app.set_help_flag("--help,-h", "what there is and how it is called");
    app.fallthrough();
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    Read global;
    for (const Option& option : global_options())
        add_option(app, option, global);

    Groups groups;
    std::vector<std::unique_ptr<Read>> commands;
    for (const Command& command : all_commands()) {
        auto read = std::make_unique<Read>();
        read->command = &command;
        read->app = group_of(app, command.path, groups).add_subcommand(last_word(command.path), command.summary);
        read->app->fallthrough();
        read->app->footer(command.details.empty() ? "" : "\n" + command.details);
        if (command.is_hidden)
            read->app->group("");
        for (const auto* list : {&command.arguments, &command.options})
            for (const Option& option : *list)
                add_option(*read->app, option, *read);
        commands.push_back(std::move(read));
    }

    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); // CLI11 wants them backwards
    } catch (const CLI::Success& asked) {
        const bool is_version = asked.get_exit_code() == 0 && asked.get_name() == "CallForVersion";
        if (is_version)
            terminal.out << "ombud " << version << '\n';
        else
            terminal.out << app.help("", asked.get_name() == "CallForAllHelp" ? CLI::AppFormatMode::All
                                                                              : CLI::AppFormatMode::Normal);
        return Exit::done;
    } catch (const CLI::ParseError& error) {
        std::string path = "ombud";
        for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
            at = at->get_subcommands().front();
            path += " " + at->get_name();
        }
        std::string message = in_our_style(error.what());
        // CLI11 names the missing command first; the word in its place says more.
        if (const auto unknown = app.remaining(true); !unknown.empty())
            message = unknown.front().front() == '-' ? "there is no option '" + unknown.front() + "'"
                                                     : "'" + unknown.front() + "' is not expected here";
        terminal.print_error({ErrorCode::invalid_input, message + "\nhint: `" + path + " --help` shows what there is"});
        return Exit::usage;
    }
    for (const auto& read : commands)
        if (read->app->parsed())
            return run_parsed(global, *read, terminal, surroundings);
    return Exit::usage; // require_subcommand leaves no other way here
} catch (const std::exception& exception) {
    terminal.print_error({ErrorCode::internal, exception.what()});
    return Exit::failed;
}

} // namespace ombud::cli
