// `ombud man`: the command table as a manual page.
#include "cli/command.hpp"

namespace ombud::cli {
namespace {

/// Text as roff takes it: nothing in it is a command or an escape.
std::string roff(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\\')
            escaped += "\\e";
        else if (c == '-')
            escaped += "\\-";
        else if (c == '\'')
            escaped += "\\(aq";
        else if (c == '`')
            escaped += "\\(ga";
        else
            escaped += c;
    }
    if (!escaped.empty() && escaped.front() == '.')
        escaped.insert(0, "\\&");
    return escaped;
}

std::string sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return roff(text) + ".";
}

std::string bold(std::string_view text) {
    return "\\fB" + roff(text) + "\\fR";
}
std::string italic(std::string_view text) {
    return "\\fI" + roff(text) + "\\fR";
}

std::string usage_of(const Command& command) {
    std::string text = bold("ombud " + command.path);
    for (const Option& argument : command.arguments) {
        const std::string name = italic(argument.name) + (argument.repeats ? "..." : "");
        text += argument.required ? " " + name : " [" + name + "]";
    }
    for (const Option& option : command.options) {
        const std::string name = bold(option.name) + (option.value.empty() ? "" : " " + italic(option.value));
        text += option.required ? " " + name : " [" + name + "]";
    }
    return text;
}

std::string entry_of(const Option& option) {
    std::string head = option.name.front() == '-' ? bold(option.name) : italic(option.name);
    if (!option.value.empty())
        head += " " + italic(option.value);
    std::string help = option.help;
    for (std::size_t i = 0; i < option.choices.size() && option.name.front() == '-'; ++i)
        help += (i == 0 ? ": " : i + 1 == option.choices.size() ? " or " : ", ") + option.choices[i];
    if (!option.fallback.empty())
        help += "; " + option.fallback + " when not given";
    return ".TP\n" + head + "\n" + sentence(help) + "\n";
}

std::string commands_part() {
    std::string text;
    for (const Command& command : all_commands()) {
        if (command.is_hidden)
            continue;
        text += ".SS " + roff(command.path) + "\n" + usage_of(command) + "\n.PP\n" + sentence(command.summary) + "\n";
        if (!command.details.empty())
            text += ".PP\n" + roff(command.details) + "\n";
        for (const auto* list : {&command.arguments, &command.options})
            for (const Option& option : *list)
                text += entry_of(option);
    }
    return text;
}

std::string page() {
    std::string text =
        ".TH OMBUD 1 \"\" \"ombud " + std::string(OMBUD_VERSION) + "\" \"User Commands\"\n" +
        ".SH NAME\nombud \\- compliance host for video management systems\n" +
        ".SH SYNOPSIS\n.B ombud\n[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]\n" + ".SH DESCRIPTION\n" +
        roff("Ombud watches and, where it is allowed to, corrects what a video management system does "
             "with recordings, sound and metadata. The daemon is `ombud run`; all other commands talk to "
             "it over its local socket, or read its ledger. Results go to standard output, messages to "
             "standard error.") +
        "\n.SH OPTIONS\nThese stand anywhere on the line.\n";
    for (const Option& option : global_options())
        text += entry_of(option);
    text += entry_of({"--help", "", "what there is and how it is called"});
    text += entry_of({"--version", "", "the version of this program"});
    text += ".SH COMMANDS\n" + commands_part();
    text += ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nWhat was checked is not as it should be.\n.TP\n2\n"
            "Called wrongly; nothing was done.\n.TP\n3\nCould not be done.\n";
    text += ".SH ENVIRONMENT\n.TP\n.B OMBUD_STATE\nAs " + bold("--state") + ".\n.TP\n.B OMBUD_SOCKET\nas " +
            bold("--socket") + ".\n.TP\n.B NO_COLOR\nAs " + bold("--no-color") + " when it is not empty.\n";
    text += ".SH FILES\n.TP\n.I STATE/ombud.sock\nWhere the daemon listens. Root and its own user may do everything, "
            "members of the socket's group may read.\n.TP\n.I STATE/ledger\nThe ledger.\n";
    return text;
}

} // namespace

Command man_command() {
    return {"man",
            "print this program's manual page",
            "In roff, for man: ombud man > ombud.1",
            {},
            {},
            [](Context& context) {
                context.terminal.out << page();
                return Exit::done;
            }};
}

} // namespace ombud::cli
