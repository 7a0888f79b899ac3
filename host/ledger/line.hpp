#pragma once
// The form of an entry: one line of JSON with sorted keys, integers and strings only.

#include "events/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ombud::ledger {

/// Longest line, in bytes: what an entry bundle of c2sp.org/tlog-tiles can carry.
inline constexpr std::size_t line_bytes_max = 65'535;

/// Keys and kinds: 1 to 64 characters of a-z, 0-9, '_', '-' and '.', the first one a letter.
[[nodiscard]] bool is_key(std::string_view text);

/// Offset of the first byte that is not well-formed UTF-8, or npos. Source RFC 3629.
[[nodiscard]] std::size_t find_bad_utf8(std::string_view text);

/// Appends `text`, well-formed UTF-8, as a JSON string; escapes only what must be escaped, in the shortest way.
/// Source  RFC 8785, section 3.2.2.2
void append_json_string(std::string& out, std::string_view text);

struct Field {
    std::string key;
    std::variant<std::int64_t, std::string> value;
};

/// Takes a line apart, and accepts nothing but the form that entries are written in.
///
/// @return fields in the order of their keys, which are unique
/// Errors  invalid_input  with the offset of the first byte that is wrong
Result<std::vector<Field>> parse_line(std::string_view line);

/// The text of one field; empty: it has none of that key, or is no entry.
std::string text_field(std::string_view line, std::string_view key);
/// The number that an entry `ledger.pruned` has as `below`; 0: it says none.
std::uint64_t pruned_below(std::string_view line);

/// What every entry has, found without taking the whole line apart.
struct LineHead {
    std::string_view at; ///< RFC 3339, borrowed from the line
    std::int64_t index = -1;
    std::string_view kind; ///< borrowed from the line
};

/// The three fields of any well-formed line; a missing one is left as in a fresh LineHead.
/// Errors  invalid_input  not the form of an entry
Result<LineHead> read_head(std::string_view line);

} // namespace ombud::ledger
