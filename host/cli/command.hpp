#pragma once
// The table of commands: the parser, the help, the manual page and the completion are all made from it.

#include "api/client.hpp"
#include "cli/terminal.hpp"
#include "events/clock.hpp"
#include "events/result.hpp"

#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::cli {

/// What the shell offers for a value, besides `choices`.
enum class Completes { nothing, file, folder, module, register_path };

/// An argument or an option of a command.
struct Option {
    std::string name;  ///< `MODULE` for an argument, `--reason` for an option
    std::string value; ///< `TEXT`; empty for an argument and for a switch
    std::string help;  ///< one clause, lower case, no full stop
    bool required = false;
    bool repeats = false; ///< an argument takes several words, an option is given several times
    std::vector<std::string> choices = {};
    std::string fallback = {}; ///< used when the option is not given
    Completes completes = Completes::nothing;
};

/// What a command is run with.
class Context {
  public:
    Terminal& terminal;
    const Clock& clock;
    std::function<const char*(const char*)> environment; ///< as getenv
    std::filesystem::path state;                         ///< folder of ledger and registers
    std::filesystem::path socket;                        ///< of the running daemon
    bool json = false;
    std::map<std::string, std::vector<std::string>> values; ///< by the option's name

    /// The value of an argument or option, its fallback when it was not given, or empty text.
    [[nodiscard]] std::string text(const std::string& name) const;
    [[nodiscard]] const std::vector<std::string>& texts(const std::string& name) const;
    [[nodiscard]] bool is_given(const std::string& name) const { return values.count(name) > 0; }
    /// The value as a decimal integer within min..max.
    /// Errors  invalid_input  anything else
    [[nodiscard]] Result<std::int64_t> integer(const std::string& name, std::int64_t min, std::int64_t max) const;

    [[nodiscard]] api::Client client() const { return api::Client(socket); }
    [[nodiscard]] std::filesystem::path ledger_folder() const { return state / "ledger"; }

    /// Says what went wrong and how.
    [[nodiscard]] Exit failed(const Error& error) const;
    /// Says how the command is called wrongly.
    [[nodiscard]] Exit misused(const std::string& message) const;

    /// Calls the daemon, and shows its answer: as it came with --json, else by `show`. A failed call is reported.
    using Show = std::function<Exit(const boost::json::value&)>;
    [[nodiscard]] Exit call(api::Method method, const std::string& target, const boost::json::value& body,
                            const Show& show) const;
};

struct Command {
    std::string path;    ///< `module mode`
    std::string summary; ///< one clause, lower case, no full stop
    std::string details; ///< sentences for help and manual; may be empty
    std::vector<Option> arguments;
    std::vector<Option> options;
    std::function<Exit(Context&)> run;
    bool is_hidden = false;
};

using Commands = std::vector<Command>;

// One function a noun; each is in the file of its name, those of registers in people.cpp and disclosure.cpp.
Command run_command();
Command status_command();
Commands module_commands();
Command plugin_list_command();
Command plugin_check_command();
Command plugin_new_command();
Command findings_command();
Command coverage_command();
Command verdicts_command();
Command actions_command();
Commands register_commands();
Command approve_command();
Commands export_commands();
Commands whitelist_commands();
Commands consent_commands();
Commands device_commands();
Commands disclosure_commands();
Commands medium_commands();
Commands destruction_commands();
Commands config_commands();
Command event_command();
Command ask_command();
Command mask_command();
Command test_command();
Commands capture_commands();
Command replay_command();
Command simulate_command();
Commands ledger_commands();
Commands seal_commands();
Commands audit_commands();
Commands completion_commands();
Command man_command();

/// All commands, in the order in which the manual shows them.
const Commands& all_commands();
/// The options that every command takes.
const std::vector<Option>& global_options();
/// A group's summary, such as `module`'s.
std::string_view group_summary(std::string_view group);

} // namespace ombud::cli
