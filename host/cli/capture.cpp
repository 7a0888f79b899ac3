// `ombud capture …` and `ombud replay`: what modules were asked for a while, and what they answer to it again.
#include "cli/command.hpp"
#include "cli/module_library.hpp"
#include "cli/wording.hpp"

#include <fstream>
#include <iterator>

#include "replay/replay.hpp"

namespace ombud::cli {
namespace {

Exit show(const Context& context, const boost::json::value& answer) {
    const auto& row = answer.as_object();
    const std::string why = text_of(row, "ended_because");
    context.terminal.out << harmless(text_of(row, "file")) << ": " << count_words(number_of(row, "calls"), "call", "calls") << ", "
                         << text_of(row, "bytes") << " bytes; " << (why.empty() ? "being taken" : "ended: " + harmless(why)) << '\n';
    return Exit::done;
}

Exit start(Context& context) {
    return context.call(api::Method::post, "/v1/capture", {{"calls", context.text("--calls")}}, [&](const auto& answer) { return show(context, answer); });
}
Exit stop(Context& context) {
    return context.call(api::Method::del, "/v1/capture", nullptr, [&](const auto& answer) { return show(context, answer); });
}
Exit status(Context& context) {
    return context.call(api::Method::get, "/v1/capture", nullptr, [&](const auto& answer) { return show(context, answer); });
}

Result<std::string> read_expected(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return fail(ErrorCode::not_found, file + ": cannot be read");
    return std::string{std::istreambuf_iterator<char>(in), {}};
}

std::string_view take_line(std::string_view& text) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
}

/// The lines that differ, in pairs. @return how many
std::size_t print_differences(const Context& context, std::string_view wanted, std::string_view got) {
    std::size_t number = 0, different = 0;
    while (!wanted.empty() || !got.empty()) {
        ++number;
        const auto one = take_line(wanted), other = take_line(got);
        if (one == other)
            continue;
        ++different;
        context.terminal.out << "line " << number << ": expected " << harmless(one.empty() ? "nothing" : one) << '\n'
                             << "        got      " << harmless(other.empty() ? "nothing" : other) << '\n';
    }
    return different;
}

Exit replay_capture(Context& context) {
    if (context.is_given("--recorded") && context.is_given("--expect"))
        return context.misused("--recorded shows what was answered then, and --expect compares what is answered now");
    Names names;
    const auto capture = replay::read_capture(context.text("CAPTURE"), names);
    if (!capture)
        return context.failed(capture.error());
    const std::string module = context.text("--module");
    std::string said;
    const auto keep = [&](std::string_view line) { said.append(line).push_back('\n'); };
    if (context.is_given("--recorded")) {
        if (const auto told = replay::recorded_lines(*capture, module, keep); !told)
            return context.failed(told.error());
        context.terminal.out << said;
        return Exit::done;
    }
    const auto manifests = manifests_of(context);
    if (!manifests)
        return context.failed(manifests.error());
    const auto manifest = manifests->find(module);
    if (manifest == manifests->end())
        return context.failed({ErrorCode::not_found, "there is no manifest of module '" + module + "'\nhint: name the folder that holds it by --manifests"});
    ModuleLibrary library(context);
    const auto plugin = library.load(manifest->second);
    if (!plugin)
        return context.failed(plugin.error());
    if (const auto played = replay::replay(*capture, names, *plugin, manifest->second, keep); !played)
        return context.failed(played.error());
    if (!context.is_given("--expect")) {
        context.terminal.out << said;
        return Exit::done;
    }
    const auto wanted = read_expected(context.text("--expect"));
    if (!wanted)
        return context.failed(wanted.error());
    const std::size_t different = print_differences(context, *wanted, said);
    context.terminal.remark(different == 0 ? "the same, byte for byte" : count_words(static_cast<std::int64_t>(different), "line differs", "lines differ"));
    return different == 0 ? Exit::done : Exit::wrong;
}

} // namespace

Commands capture_commands() {
    return {
        {"capture start",
         "take down what modules are asked, from now on",
         "The file lies in STATE/captures, for its owner alone. It holds each event and question with its time, what the registers held, the "
         "modules' settings, and what they answered. Whatever is marked as personal enters it as a pseudonym of the same shape, the same for the same person all "
         "through; of an address the part behind the @ stays. Secrets, what modules remember, and the inventory are not in it. Applying a site or switching "
         "a mode ends it. Its start and end are recorded.",
         {},
         {{"--calls", "NUMBER", "end it after so many calls, 1 to 10000000", false, false, {}, "100000"}},
         start},
        {"capture stop", "end the capture, and tell where it lies", "", {}, {}, stop},
        {"capture status", "how large it is by now", "", {}, {}, status},
    };
}

Command replay_command() {
    return {"replay",
            "what a module answers to a capture",
            "Plays the capture to the module at the capture's times, with its registers and settings, and shows each answer as a line of JSON: the same capture "
            "and the same module give the same bytes. The module begins without memory, and audits are not run. Nothing is enforced or recorded; needs no daemon. "
            "With --expect the lines are compared with those of a file, such as another version of the module gave, or --recorded; the exit code is then "
            "1 when one differs.",
            {{"CAPTURE", "", "the file that `ombud capture` made", true, false, {}, "", Completes::file}},
            {{"--module", "ID", "which of its modules", true, false, {}, "", Completes::module},
             {"--expect", "FILE", "compare with these lines", false, false, {}, "", Completes::file},
             {"--recorded", "", "show what the host's own module answered then"},
             sandboxed_option(),
             plugins_option(),
             manifests_option()},
            replay_capture};
}

} // namespace ombud::cli
