#pragma once
// Policy tests as files: what a module is shown and told, and what it must answer.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/problem.hpp"

namespace ombud::config {

/// A point in time: nanoseconds since 1970 UTC, or from the moment at which the step is made.
struct TestMoment {
    std::int64_t ns = 0;
    bool is_relative = false;
};

/// A field of an event or record.
struct TestField {
    std::string key;
    std::variant<std::int64_t, std::string, TestMoment> value;
    bool is_personal = false;
};

/// An answer that is wanted. What is not set is not looked at.
struct ExpectedVerdict {
    std::size_t line = 0;
    std::string action; ///< allow, deny, transform, abstain, defer or fault
    std::optional<std::string> rule;
    std::string says;                  ///< part of the reason, of a fault its words
    std::optional<std::string> tracks; ///< "audio:remove"
    std::vector<std::uint32_t> parts;
    std::map<std::string, std::string> fields; ///< texts that are set, by key
};

/// A finding or an action that is wanted. What is empty is not looked at.
struct ExpectedSent {
    enum class Kind { finding, cleared, action };
    std::size_t line = 0;
    Kind kind = Kind::finding;
    std::string what; ///< finding: its control; cleared: its key; action: its kind
    std::string control, severity, key, device, recording, tracks, says;
};

/// One thing that happens in a case.
struct TestStep {
    enum class Kind { record, remove, device, recording, storage, coverage, ask, tell, audit, wait, restart };
    Kind kind = Kind::wait;
    std::size_t line = 0;
    std::string name;       ///< register, hook, type of event or control
    std::string key;        ///< of a register's record
    std::string corrects;   ///< key of the record that it stands for
    std::string attachment; ///< may be empty
    std::string level;      ///< of coverage
    std::map<std::string, std::string> values; ///< of a register's record, as people write them
    std::vector<TestField> fields;
    std::int64_t wait_ns = 0;
    bool corrects_findings = false; ///< audit: it may ask for corrections
    std::optional<ExpectedVerdict> verdict;
    std::vector<ExpectedSent> sent;
    bool allows_others = false; ///< findings and actions beside those wanted are no failure
    std::string refused;        ///< audit: it must fail with these words; empty: it must not
};

/// A setting of the module, as site.xml would have it.
struct TestOption {
    std::size_t line = 0;
    std::string name, text;
};

struct TestCase {
    std::size_t line = 0;
    std::string name;
    std::optional<std::int64_t> at_utc_ns;
    std::vector<TestOption> options;
    std::vector<TestStep> steps;
    std::string refused; ///< the module must refuse to start, in these words; empty: it must start
};

/// A rule of the manifest that somebody else keeps, so that no case can exercise it.
struct RuleElsewhere {
    std::string control, why;
};

/// One file.
struct PolicyTests {
    std::string file; ///< as the caller named it
    std::string module;
    std::filesystem::path site; ///< absolute or from the caller's folder; empty: a site of no cameras
    std::int64_t at_utc_ns = 0; ///< when a case begins that does not say so itself
    std::vector<TestOption> options;
    std::vector<TestStep> given; ///< before each case: what the world is like
    std::vector<RuleElsewhere> elsewhere;
    std::vector<TestCase> cases;
};

/// Reads a file of policy tests.
///
/// @param text  the XML document: UTF-8, at most 4 MiB, no DOCTYPE
/// @param name  the file's name for messages; a relative `site` starts from its folder
/// Errors       invalid_input  every problem with its line
/// Thread any   Source manifests/schema/tests.xsd, version 1
[[nodiscard]] Checked<PolicyTests> parse_policy_tests(std::string_view text, const std::string& name);

/// Reads one such file; see parse_policy_tests().
/// Errors  not_found: no such file; unavailable: not readable; invalid_input
[[nodiscard]] Checked<PolicyTests> read_policy_tests(const std::filesystem::path& file);

} // namespace ombud::config
