#pragma once
// Times as people and other programs read them.

#include <cstdint>
#include <string>

namespace ombud::ledger {

/// `2026-01-31T23:59:59.123456789Z`: always 30 characters, so that text order is time order (years 0000 to 9999;
/// 64-bit nanoseconds end in 2262).
/// @param utc_ns  nanoseconds since 1970-01-01T00:00:00Z, negative before
/// Source  RFC 3339
[[nodiscard]] std::string format_utc(std::int64_t utc_ns);

} // namespace ombud::ledger
