// How amounts are told to people, and to programs (evidence).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ombud::retention {

/// "7 days", "48 hours", "36 hours 5 minutes", "12 seconds": two units at most, days and hours from 3 days on.
/// Nanoseconds; a negative length is told by its amount.
std::string in_words(int64_t length_ns);

/// "2026-11-22 06:00 UTC" of nanoseconds since 1970; seconds are cut off.
std::string date_of(int64_t utc_ns);

/// "2.1 GB" (decimal units), "size unknown" below 0.
std::string size_in_words(int64_t size_bytes);

/// "1 recording", "2,000,000 recordings".
std::string count_of(uint64_t count, std::string_view singular);

/// A JSON object of integers; the names need no escaping.
std::string evidence(std::initializer_list<std::pair<const char*, int64_t>> members);

} // namespace ombud::retention
