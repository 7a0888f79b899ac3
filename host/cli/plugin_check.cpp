// `ombud plugin check`: does a plugin keep the rules of the ABI?
#include "cli/plugin_files.hpp"
#include "conformance/conformance.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <algorithm>
#include <cstdint>

namespace ombud::cli {
namespace {

using boost::json::object;
using conformance::CheckResult;
using conformance::Outcome;

constexpr std::size_t name_columns = 30;

Result<conformance::Request> request_of(const Context& context) {
    conformance::Request request;
    request.file = context.text("FILE");
    request.manifest = context.text("--manifest");
    request.manifests = OMBUD_MANIFESTS_FOLDER;
    request.libraries = context.texts("--allow-library");
    request.signers = signers_of(context);
    if (context.is_given("--key") && !request.signers)
        return fail(request.signers.error());
    request.only = context.text("--only");
    const auto seed = context.integer("--seed", 0, INT64_MAX);
    if (!seed)
        return fail(seed.error());
    request.seed = static_cast<std::uint64_t>(*seed);
    for (const std::string& option : context.texts("--option")) {
        const auto equals = option.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(ErrorCode::invalid_input, "--option: '" + option + "' is not NAME=VALUE");
        request.options[option.substr(0, equals)] = option.substr(equals + 1);
    }
    return request;
}

void print(const Context& context, const CheckResult& check) {
    const Style style = check.outcome == Outcome::pass ? Style::good : check.outcome == Outcome::fail ? Style::bad : Style::faint;
    std::string outcome(conformance::to_string(check.outcome));
    outcome.resize(4, ' ');
    std::string name = check.name;
    name.resize(std::max(name.size(), name_columns), ' ');
    context.terminal.out << context.terminal.styled(outcome, style) << "  " << name << "  " << harmless(check.seen) << '\n';
    if (!check.advice.empty())
        context.terminal.out << "      do: " << harmless(check.advice) << '\n';
    context.terminal.out.flush(); // before the next process is forked, and for whoever waits
}

Exit check(Context& context) {
    const auto request = request_of(context);
    if (!request)
        return context.misused(request.error().message);
    const auto report = conformance::check_plugin(*request, [&](const CheckResult& one) {
        if (!context.json)
            print(context, one);
    });
    if (!report)
        return report.error().code == ErrorCode::invalid_input ? context.misused(report.error().message) : context.failed(report.error());
    const auto failed = std::count_if(report->checks.begin(), report->checks.end(), [](const CheckResult& one) { return one.outcome == Outcome::fail; });
    if (context.json) {
        boost::json::array checks;
        for (const CheckResult& one : report->checks)
            checks.push_back(object{{"name", one.name},
                                    {"outcome", one.outcome == Outcome::pass ? "pass" : one.outcome == Outcome::fail ? "fail" : "not_applicable"},
                                    {"seen", harmless(one.seen)},
                                    {"advice", one.advice}});
        context.terminal.out << boost::json::serialize(object{{"ok", report->passes()},
                                                              {"file", request->file.string()},
                                                              {"manifest", report->manifest.string()},
                                                              {"seed", request->seed},
                                                              {"checks", std::move(checks)}})
                             << '\n';
    } else {
        context.terminal.out << request->file.string() << ": " << (failed == 0 ? "keeps the rules" : std::to_string(failed) + " checks failed")
                             << ", of " << report->checks.size() << " checks; seed " << request->seed << '\n';
    }
    return report->passes() ? Exit::done : Exit::wrong;
}

} // namespace

Command plugin_check_command() {
    return {"plugin check",
            "try whether a plugin keeps the rules of the ABI",
            "Each check runs in a process of its own, so that a crash, a hang or an exit of the plugin is a failed check. Run it as "
            "a user who may do no harm: the plugin's code runs with your rights. Needs no daemon. The exit code is 1 when a check "
            "fails.",
            {{"FILE", "", "the plugin, a .so", true, false, {}, "", Completes::file}},
            {{"--manifest", "FILE", "its manifest; NAME.xml beside it, or the installed one, when not given", false, false, {}, "", Completes::file},
             {"--option", "NAME=VALUE", "a setting, as site.xml would have it; the rest is made up of the manifest", false, true},
             {"--allow-library", "SONAME", "a library that it may need beside those of C and C++", false, true},
             public_key_option(),
             trust_option(),
             {"--seed", "NUMBER", "seed of what is made up, events, packets and threads; the same seed makes the same", false, false, {}, "1"},
             {"--only", "NAME", "one check, such as hooks.deadline, or one group, such as hooks"}},
            check};
}

} // namespace ombud::cli
