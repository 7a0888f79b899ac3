#pragma once
// An answer as a canonical line: the same answer gives the same bytes.

#include <string>

#include <boost/json/object.hpp>

#include "events/names.hpp"
#include "verdicts/verdict.hpp"

namespace ombud::replay {

/// {"action", "rule"?, "reason"?, "tracks"?, "parts"?, "set"?}, or {"fault"}. `set` has the SHA-256 of each text that a field gets, by
/// key: what leaves may tell of a person. Until when an answer holds is left out: two clocks are read for it, one after the other.
boost::json::object verdict_line(const Verdict& verdict, const Names& names);
boost::json::object fault_line(const std::string& fault);
/// `{"call":7,"action":…}` without a line end.
std::string line_text(std::uint64_t call, const boost::json::object& line);

} // namespace ombud::replay
