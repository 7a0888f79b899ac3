#pragma once
// Runs policy tests: each case in a world of its own, and what was said against what was wanted.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/manifest.hpp"
#include "config/policy_tests.hpp"
#include "config/site.hpp"
#include "plugin_runtime/plugin.hpp"
#include "registers/declaration.hpp"

namespace ombud::replay {

/// What is tested, and the site that it is told of.
struct Tested {
    std::shared_ptr<const Plugin> plugin;
    const config::Manifest* manifest = nullptr;
    config::Site site;
    std::vector<registers::Declaration> declarations; ///< of the manifest's registers, in the site's time zone
};

/// Where a case did not go as wanted.
struct Failure {
    std::size_t line = 0;
    std::string expected; ///< empty: `got` says what is wrong with the test itself
    std::string got;
};

struct CaseResult {
    std::size_t line = 0;
    std::string name;
    std::vector<Failure> failures; ///< none: it passed. What follows a step that cannot be made is not looked at
    std::set<std::string> rules;   ///< that answers, findings and actions named
    [[nodiscard]] bool passed() const { return failures.empty(); }
};

/// Runs one case of a file. The module gets no flag: it is to do all that it would do live.
CaseResult run_case(const Tested& tested, const config::PolicyTests& tests, const config::TestCase& one);

/// A site without cameras, in UTC: of tests that name none.
config::Site empty_site();

/// Which of a manifest's rules cases exercised.
struct RuleCoverage {
    std::set<std::string> exercised;
    std::set<std::string> never;                  ///< neither exercised nor said to be kept elsewhere
    std::map<std::string, std::string> elsewhere; ///< control, why
    std::set<std::string> undeclared;             ///< named by an answer, and not in the manifest
    std::set<std::string> mistaken;               ///< said to be kept elsewhere, and exercised or not in the manifest
};
RuleCoverage coverage_of(const config::Manifest& manifest, const std::set<std::string>& named,
                         const std::vector<config::RuleElsewhere>& elsewhere);

} // namespace ombud::replay
