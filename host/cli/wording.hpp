#pragma once
// Numbers and times in the words that people read.

#include "cli/terminal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace ombud::cli {

/// A span of time in its largest unit, rounded down: `59 s`, `5 min`, `23 h`, `400 d`. Negative spans are `0 s`.
std::string span_words(std::int64_t ns);
/// `5 min ago`; `-` for 0, which stands for never.
std::string ago_words(std::int64_t utc_ns, std::int64_t now_utc_ns);
/// `2026-01-31 08:00:00Z`; `-` for 0.
std::string utc_words(std::int64_t utc_ns);
/// `1 entry`, `2 entries`.
std::string count_words(std::int64_t count, std::string_view one, std::string_view many);

Style style_of_severity(std::string_view severity);
Style style_of_mode(std::string_view mode);

/// A member's text, made harmless; an integer in digits; empty when there is none.
std::string text_of(const boost::json::object& object, std::string_view name);
/// A member's integer; 0 when there is none.
std::int64_t number_of(const boost::json::object& object, std::string_view name);
bool flag_of(const boost::json::object& object, std::string_view name);
/// A member's list or object, an empty one when there is none. Borrowed from `object`.
const boost::json::array& list_of(const boost::json::object& object, std::string_view name);
const boost::json::object& object_of(const boost::json::object& object, std::string_view name);
/// The texts of a list with commas between them.
std::string joined(const boost::json::array& list);
/// `-` in place of nothing.
std::string or_dash(std::string text);

} // namespace ombud::cli
