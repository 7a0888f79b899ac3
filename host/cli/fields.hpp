#pragma once
// Fields of an event or a question, as they are given on the command line.

#include "events/result.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace ombud::cli {

/// `NAME=TEXT` is a text, `NAME:=INTEGER` a 64-bit integer; the name is [a-z0-9_.], 1 to 64 bytes.
/// Errors  invalid_input  another form, or a name given twice
Result<boost::json::object> parse_fields(const std::vector<std::string>& arguments);

} // namespace ombud::cli
