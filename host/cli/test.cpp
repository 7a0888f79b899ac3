// `ombud test`: policy tests as files, in the style of a unit-test runner.
#include "cli/command.hpp"
#include "cli/module_library.hpp"
#include "cli/wording.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "config/policy_tests.hpp"
#include "daemon/people.hpp"
#include "replay/policy_test.hpp"

namespace ombud::cli {
namespace {

namespace fs = std::filesystem;
using boost::json::object;

constexpr std::string_view file_ending = "_test.xml";

/// The files that an argument names: itself, or those below it, in the order of their names.
Result<std::vector<fs::path>> files_of(const fs::path& named) {
    std::error_code error;
    if (!fs::is_directory(named, error))
        return std::vector<fs::path>{named};
    std::vector<fs::path> files;
    fs::recursive_directory_iterator at(named, error), end;
    for (; !error && at != end; at.increment(error))
        if (at->is_regular_file(error) && at->path().filename().string().ends_with(file_ending))
            files.push_back(at->path());
    if (error)
        return fail(ErrorCode::unavailable, named.string() + ": " + error.message());
    if (files.empty())
        return fail(ErrorCode::not_found, named.string() + ": holds no file *" + std::string(file_ending) +
                                              "\nhint: the form is in manifests/schema/README.md; name a file to run it whatever it is called");
    std::ranges::sort(files);
    return files;
}

/// What is known of a module's rules after all files.
struct Rules {
    const config::Manifest* manifest = nullptr;
    std::set<std::string> named;
    std::vector<config::RuleElsewhere> elsewhere;
};

struct Totals {
    std::size_t cases = 0, failed = 0;
    boost::json::array json;
};

void print(const Context& context, const std::string& file, const replay::CaseResult& result) {
    const auto& out = context.terminal;
    const std::string place = file + ":" + std::to_string(result.line);
    out.out << (result.passed() ? out.styled("ok    ", Style::good) : out.styled("FAILED", Style::bad)) << "  " << harmless(place) << "  "
            << harmless(result.name) << '\n';
    for (const replay::Failure& failure : result.failures) {
        const std::string at = "        " + harmless(file) + ":" + std::to_string(failure.line) + ": ";
        if (failure.expected.empty())
            out.out << at << harmless(failure.got) << '\n';
        else
            out.out << at << "expected " << harmless(failure.expected) << '\n' << "          got      " << harmless(failure.got) << '\n';
    }
}

object to_json(const std::string& file, const replay::CaseResult& result) {
    boost::json::array failures;
    for (const replay::Failure& one : result.failures)
        failures.push_back(object{{"line", one.line}, {"expected", one.expected}, {"got", one.got}});
    boost::json::array rules;
    for (const std::string& rule : result.rules)
        rules.push_back(boost::json::value(rule));
    return {{"file", file}, {"line", result.line}, {"name", result.name}, {"passed", result.passed()}, {"rules", std::move(rules)},
            {"failures", std::move(failures)}};
}

std::string joined(const std::set<std::string>& all) {
    std::string text;
    for (const std::string& one : all)
        text += (text.empty() ? "" : ", ") + one;
    return text;
}

object to_json(const std::string& module, const replay::RuleCoverage& coverage) {
    const auto list = [](const std::set<std::string>& all) {
        boost::json::array array;
        for (const std::string& one : all)
            array.push_back(boost::json::value(one));
        return array;
    };
    object elsewhere;
    for (const auto& [control, why] : coverage.elsewhere)
        elsewhere[control] = why;
    return {{"module", module}, {"exercised", list(coverage.exercised)}, {"never", list(coverage.never)}, {"elsewhere", std::move(elsewhere)},
            {"undeclared", list(coverage.undeclared)}, {"mistaken", list(coverage.mistaken)}};
}

void print(const Context& context, const std::string& module, const replay::RuleCoverage& coverage) {
    auto& out = context.terminal.out;
    const std::size_t all = coverage.exercised.size() + coverage.never.size();
    out << module << ": " << coverage.exercised.size() << " of " << all << " rules exercised";
    if (!coverage.never.empty())
        out << "; never: " << joined(coverage.never);
    if (!coverage.undeclared.empty())
        out << "; not in the manifest: " << joined(coverage.undeclared);
    out << '\n';
    for (const auto& [control, why] : coverage.elsewhere)
        out << "  " << control << " is kept elsewhere: " << harmless(why) << '\n';
    for (const std::string& control : coverage.mistaken)
        out << "  " << harmless(control) << " is said to be kept elsewhere, and a case exercised it, or the manifest does not list it\n";
}

Result<replay::Tested> tested_of(const config::PolicyTests& tests, const config::Manifests& manifests, ModuleLibrary& library) {
    const auto manifest = manifests.find(tests.module);
    if (manifest == manifests.end())
        return fail(ErrorCode::not_found, tests.file + ": there is no manifest of module '" + tests.module +
                                              "'\nhint: name the folder that holds it by --manifests");
    auto plugin = library.load(manifest->second);
    if (!plugin)
        return fail(Error(plugin.error()).within(tests.file));
    config::Site site = replay::empty_site();
    if (!tests.site.empty()) {
        auto read = config::read_site(tests.site, manifests);
        if (!read)
            return fail(read.error().error());
        site = std::move(*read);
    }
    auto declarations = daemon::declared_registers({{manifest->first, manifest->second}}, site);
    return replay::Tested{std::move(*plugin), &manifest->second, std::move(site), std::move(declarations)};
}

Result<void> run_file(const Context& context, const fs::path& file, const config::Manifests& manifests, ModuleLibrary& library,
                      std::map<std::string, Rules>& rules, Totals& totals) {
    const auto tests = config::read_policy_tests(file);
    if (!tests)
        return fail(tests.error().error());
    const auto tested = tested_of(*tests, manifests, library);
    if (!tested)
        return fail(tested.error());
    Rules& of_module = rules[tests->module];
    of_module.manifest = tested->manifest;
    of_module.elsewhere.insert(of_module.elsewhere.end(), tests->elsewhere.begin(), tests->elsewhere.end());
    for (const config::TestCase& one : tests->cases) {
        if (one.name.find(context.text("--filter")) == std::string::npos)
            continue;
        const replay::CaseResult result = replay::run_case(*tested, *tests, one);
        of_module.named.insert(result.rules.begin(), result.rules.end());
        ++totals.cases;
        totals.failed += result.passed() ? 0U : 1U;
        if (context.json)
            totals.json.push_back(to_json(tests->file, result));
        else
            print(context, tests->file, result);
    }
    return {};
}

Exit test(Context& context) {
    const auto manifests = manifests_of(context);
    if (!manifests)
        return context.failed(manifests.error());
    ModuleLibrary library(context);
    std::map<std::string, Rules> rules;
    Totals totals;
    for (const std::string& named : context.texts("PATH")) {
        const auto files = files_of(named);
        if (!files)
            return context.failed(files.error());
        for (const fs::path& file : *files)
            if (const auto ran = run_file(context, file, *manifests, library, rules, totals); !ran)
                return context.failed(ran.error());
    }
    if (totals.cases == 0)
        return context.failed({ErrorCode::not_found, "no case is called like '" + context.text("--filter") + "'; nothing was tested"});

    bool is_covered = true;
    boost::json::array coverages;
    const bool is_whole = !context.is_given("--filter"); // of a part nothing can be said
    if (!context.json)
        context.terminal.out << count_words(static_cast<std::int64_t>(totals.cases), "case", "cases") << ", " << totals.failed << " failed\n";
    for (const auto& [module, known] : rules) {
        if (!is_whole)
            break;
        const auto coverage = replay::coverage_of(*known.manifest, known.named, known.elsewhere);
        is_covered = is_covered && coverage.never.empty() && coverage.undeclared.empty() && coverage.mistaken.empty();
        if (context.json)
            coverages.push_back(to_json(module, coverage));
        else
            print(context, module, coverage);
    }
    const bool is_good = totals.failed == 0 && (is_covered || !context.is_given("--every-rule"));
    if (context.json)
        context.terminal.out << boost::json::serialize(object{{"ok", is_good}, {"cases", std::move(totals.json)}, {"rules", std::move(coverages)}})
                             << '\n';
    return is_good ? Exit::done : Exit::wrong;
}

} // namespace

Command test_command() {
    return {"test",
            "run policy tests: what modules must answer, written in files",
            "Each case shows a module a site, registers and an inventory, tells and asks it, and compares what it answers with what the "
            "file expects. Nothing is enforced or recorded; needs no daemon. The module's code runs with your rights, with --sandboxed in a "
            "confined process. Of a folder every file *_test.xml below it is run. The exit code is 1 when a case fails, and with "
            "--every-rule when a rule of a module's manifest is never exercised, or an answer names a rule that is not in it.",
            {{"PATH", "", "files or folders", true, true, {}, "", Completes::file}},
            {{"--filter", "TEXT", "only cases whose name holds this text; nothing is then said about rules"},
             sandboxed_option(),
             {"--every-rule", "", "fail when a rule of a manifest is exercised by no case, and not said to be kept elsewhere; and when an answer names one that the manifest lacks"},
             plugins_option(),
             manifests_option()},
            test};
}

} // namespace ombud::cli
