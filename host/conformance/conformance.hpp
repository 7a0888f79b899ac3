#pragma once
// Does a plugin keep the rules of the ABI? Named checks, each in a process of its own.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"
#include "trust/signer.hpp"

namespace ombud::conformance {

enum class Outcome { pass, fail, not_applicable };
std::string_view to_string(Outcome outcome); ///< "pass", "FAIL", "n/a"

struct CheckResult {
    std::string name;   ///< "lifecycle.hundred"
    Outcome outcome = Outcome::fail;
    std::string seen;   ///< one sentence
    std::string advice; ///< what to do; empty unless it failed
};

struct Request {
    std::filesystem::path file;     ///< the plugin
    std::filesystem::path manifest; ///< empty: NAME.xml beside the plugin, else in `manifests`
    std::filesystem::path manifests;
    std::map<std::string, std::string> options; ///< settings as site.xml would have them; the rest is made up of the manifest
    std::vector<std::string> libraries;         ///< sonames that the plugin may need beside those of C and C++
    Result<trust::Signers> signers = trust::Signers{}; ///< whose signature the manifest may have; an error counts where it has one
    std::uint64_t seed = 1;                     ///< of what is made up, events, packets, threads: the same seed, the same
    std::string only;                           ///< a check's name, or a group's ("hooks"); empty: all
    std::chrono::milliseconds timeout{20'000};  ///< of one check
};

struct Report {
    std::filesystem::path manifest; ///< that was read; empty: none was found
    std::vector<CheckResult> checks;
    [[nodiscard]] bool passes() const; ///< no check failed
};

/// Runs the checks. None of the plugin's code runs in this process: a crash, a hang or an exit of it is a failed check.
/// Processes that the plugin leaves behind are killed.
///
/// @param told  called after each check
/// Errors  not_found  no such file; invalid_input  no check of that name (all are listed); unavailable  no process or
///         scratch folder can be made
/// Thread  the only one of the process, since it forks without exec
/// Source  the rules are those of sdk/include/ombud and sdk/README.md
Result<Report> check_plugin(const Request& request, const std::function<void(const CheckResult&)>& told = {});

} // namespace ombud::conformance
