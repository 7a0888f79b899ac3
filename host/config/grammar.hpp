#pragma once
// The gate that every XML file passes first: libxml2 and the embedded XSDs. The one home of libxml2.

#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace ombud::config {

enum class Grammar { site, module, controls, index, tests };

/// The published XSD, as embedded at build time.
[[nodiscard]] std::string_view schema_text(Grammar grammar);

/// A person stops reading long before; the rest is counted.
inline constexpr std::size_t problems_max = 200;

/// What the gate found.
struct GateReport {
    bool is_well_formed = false; ///< XML with the right root: worth reading on, even when problems are there
    std::vector<Problem> problems; ///< at most problems_max
    std::size_t left_out = 0;      ///< how many more there are
};

/// Checks bytes against everything that needs no knowledge of the content: size, encoding, well-formedness, grammar.
///
/// Refused whole, with the line: more than 4 MiB; not UTF-8; a DOCTYPE of any kind, so that no entity can be declared
/// (XML 1.0, 2.8); elements nested deeper than 256; a tag longer than 64 KiB; prefixed names, which the second reader
/// would not find. Nothing outside `text` is ever read: no network, no files. Thread  any
[[nodiscard]] GateReport check_grammar(std::string_view text, const std::string& name, Grammar grammar);

} // namespace ombud::config
