#pragma once
// The catalogue of requirements: what findings, verdicts and reports cite by id.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace ombud::config {

/// One requirement.
struct Control {
    std::string id;           ///< e.g. "RET-1"
    std::string group;        ///< e.g. "RET"
    std::string group_title;  ///< e.g. "Retention"
    std::string title;        ///< at most 80 characters
    std::string text;         ///< what is asked, in one to a few sentences
    std::string source;       ///< guide pages and articles of law
    bool can_observe = false; ///< a breach can be reported
    bool can_prevent = false; ///< a breach can be stopped where the VMS lets us
};

/// Reads a catalogue from text.
/// Errors  invalid_input  every problem with its line; also a control whose id is given twice or is not of its group
/// Thread  any
/// Source  manifests/schema/controls.xsd, version 1
[[nodiscard]] Checked<std::vector<Control>> parse_controls(std::string_view text, const std::string& name);

/// Reads a catalogue file; see parse_controls(). Errors: not_found, unavailable, invalid_input.
[[nodiscard]] Checked<std::vector<Control>> read_controls(const std::filesystem::path& file);

/// The catalogue that is built into the program (manifests/controls.xml), in its order. Thread: any.
[[nodiscard]] const std::vector<Control>& built_in_controls();

/// A built-in control by id; nullptr: there is none. Lives as long as the program. Thread: any.
[[nodiscard]] const Control* find_control(std::string_view id);

} // namespace ombud::config
