#pragma once
// Unpredictable bytes, and identifiers made of them.

#include "events/result.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace ombud::signing {

/// Fills `bytes` from the system's generator.
/// Errors  unavailable  the generator failed; the content of `bytes` must not be used
/// Thread  any
[[nodiscard]] Result<void> random_bytes(std::span<std::uint8_t> bytes);

/// 16 bytes that sort by time and collide with nobody's.
using Uuid = std::array<std::uint8_t, 16>;

/// A version 7 UUID.
/// @param utc_ns  nanoseconds since 1970-01-01T00:00:00Z, 0 or more; its milliseconds lead the UUID
/// Errors  unavailable  as random_bytes
/// Source  RFC 9562, section 5.7
[[nodiscard]] Result<Uuid> uuid_v7(std::int64_t utc_ns);

/// `xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx`, lower case.
[[nodiscard]] std::string to_string(const Uuid& uuid);

} // namespace ombud::signing
