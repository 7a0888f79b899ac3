#pragma once
// What follows the method in a request line: a path in segments, and what was asked after `?`.

#include "events/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::api {

/// A request's target, decoded.
struct Target {
    std::string path;                         ///< as it came, without the query
    std::vector<std::string> segments;        ///< of the path, percent-decoded; none of them empty
    std::map<std::string, std::string> query; ///< percent-decoded, `+` is a space; names occur once
};

/// Splits and decodes `/v1/modules/a%2Fb/mode?state=open`.
///
/// @param text  origin form only, at most 8 KiB
/// Errors       invalid_input  no `/` in front, an empty or `.`/`..` segment, a broken percent code, text that is not
///                             UTF-8 or holds control characters, a name given twice
/// Thread       any
/// Source       RFC 9112 3.2.1, RFC 3986 3.3 and 3.4
Result<Target> parse_target(std::string_view text);

/// Percent-encodes everything but RFC 3986's unreserved characters: for one segment, name or value of a target.
std::string encode_part(std::string_view text);

} // namespace ombud::api
