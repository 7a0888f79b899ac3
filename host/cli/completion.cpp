// `ombud completion bash`: the command table as a completion script.
#include "cli/command.hpp"
#include "cli/wording.hpp"

#include <boost/json/array.hpp>
#include <map>
#include <set>

namespace ombud::cli {
namespace {

std::string words_of(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

/// The shell commands that offer what may stand where `option` does.
std::string offer(const Option& option) {
    if (!option.choices.empty())
        return "_ombud_words '" + words_of(option.choices) + "'";
    switch (option.completes) {
    case Completes::file:
        return "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))";
    case Completes::folder:
        return "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))";
    case Completes::module:
        return "_ombud_words \"$(_ombud_ask complete modules)\"";
    case Completes::register_path:
        return "_ombud_words \"$(_ombud_ask complete registers)\"";
    case Completes::nothing:
        break;
    }
    return ":";
}

std::vector<std::string> option_names(const std::vector<Option>& options) {
    std::vector<std::string> names;
    for (const Option& option : options)
        names.push_back(option.name);
    return names;
}

/// The words before each space of a path: `plugin` and `plugin trust` of `plugin trust add`.
std::vector<std::string> groups_of(const std::string& path) {
    std::vector<std::string> groups;
    for (auto space = path.find(' '); space != std::string::npos; space = path.find(' ', space + 1))
        groups.push_back(path.substr(0, space));
    return groups;
}

/// One `case` branch a place where words may stand: after a group's name, or within a command.
std::string branches() {
    std::map<std::string, std::set<std::string>> groups;
    std::string text;
    for (const Command& command : all_commands()) {
        if (command.is_hidden)
            continue;
        groups[""].insert(command.path.substr(0, command.path.find(' ')));
        for (const std::string& group : groups_of(command.path)) {
            const auto next = command.path.substr(group.size() + 1);
            groups[group].insert(next.substr(0, next.find(' ')));
        }

        text += "        '" + command.path + "')\n            case $prev in\n";
        for (const Option& option : command.options)
            if (!option.value.empty())
                text += "            " + option.name + ") " + offer(option) + "; return ;;\n";
        text += "            esac\n            options='" + words_of(option_names(command.options)) + "'\n";
        for (std::size_t i = 0; i < command.arguments.size(); ++i)
            text += "            [ $arguments -eq " + std::to_string(i) + " ] && [[ $cur != -* ]] && { " +
                    offer(command.arguments[i]) + "; return; }\n";
        text += "            ;;\n";
    }
    for (const auto& [group, members] : groups)
        text += "        '" + group + "') _ombud_words '" + words_of({members.begin(), members.end()}) +
                "'; [[ $cur != -* ]] && return ;;\n";
    return text;
}

std::string bash_script() {
    std::string groups;
    for (const Command& command : all_commands())
        for (const std::string& name : groups_of(command.path))
            if (!command.is_hidden && ("|" + groups + "|").find("|" + name + "|") == std::string::npos)
                groups += (groups.empty() ? "" : "|") + name;
    std::string global_cases;
    std::string valued;
    for (const Option& option : global_options())
        if (!option.value.empty()) {
            global_cases += "    " + option.name + ") " + offer(option) + "; return ;;\n";
            valued += (valued.empty() ? "" : "|") + option.name;
        }
    for (const Command& command : all_commands())
        for (const Option& option : command.options)
            if (!option.value.empty() && ("|" + valued + "|").find("|" + option.name + "|") == std::string::npos)
                valued += "|" + option.name;

    return R"(# bash completion for ombud, made by `ombud completion bash` from its own command table.
_ombud_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
# Asks the daemon that the line so far names; silent and quick when it does not run.
_ombud_ask() { command ombud "${given[@]}" "$@" 2>/dev/null; }
_ombud() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} path= options= arguments=0 word i
    local -a given=()
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --socket | --state) given+=("$word" "${COMP_WORDS[i + 1]}"); ((i++)) ;;
        )" +
           valued +
           R"() ((i++)) ;;
        -*) ;;
        *)
            case "|)" +
           groups + R"(|" in
            *"|$path|"*) path="$path $word" ;;
            *) [ -z "$path" ] && path=$word || ((arguments++)) ;;
            esac
            ;;
        esac
    done
    case $prev in
)" + global_cases +
           R"(    esac
    case $path in
)" + branches() +
           R"(    esac
    [[ $cur == -* ]] && _ombud_words "$options )" +
           words_of(option_names(global_options())) + R"( --help"
    return 0
}
complete -F _ombud ombud
)";
}

/// Ids for the script above, one a line; nothing when the daemon does not answer.
Exit complete_ids(Context& context) {
    const bool modules = context.text("WHAT") == "modules";
    const auto answer = api::Client(context.socket, std::chrono::milliseconds(500))
                            .request(api::Method::get, modules ? "/v1/modules" : "/v1/registers");
    if (!answer || !answer->is_array())
        return Exit::failed;
    for (const auto& one : answer->get_array())
        if (const auto* row = one.if_object())
            context.terminal.out << (modules ? text_of(*row, "id") : text_of(*row, "module") + "/" + text_of(*row, "register")) << '\n';
    return Exit::done;
}

} // namespace

Commands completion_commands() {
    return {
        {"completion bash",
         "print a completion script for bash",
         "Put it where bash-completion looks: ombud completion bash > /etc/bash_completion.d/ombud",
         {},
         {},
         [](Context& context) {
             context.terminal.out << bash_script();
             return Exit::done;
         }},
        {"complete",
         "ids for the completion script",
         "",
         {{"WHAT", "", "modules or registers", true, false, {"modules", "registers"}}},
         {},
         complete_ids,
         true},
    };
}

} // namespace ombud::cli
