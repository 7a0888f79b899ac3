#pragma once
// Times as people and other programs read them.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ombud::ledger {

/// `2026-01-31T23:59:59.123456789Z`: always 30 characters, so that text order is time order (years 0000 to 9999;
/// 64-bit nanoseconds end in 2262).
/// @param utc_ns  nanoseconds since 1970-01-01T00:00:00Z, negative before
/// Source  RFC 3339
class UtcText {
  public:
    explicit UtcText(std::int64_t utc_ns);
    [[nodiscard]] std::string_view view() const { return {text_.data(), text_.size()}; }

  private:
    std::array<char, 30> text_;
};
[[nodiscard]] inline std::string format_utc(std::int64_t utc_ns) {
    return std::string(UtcText(utc_ns).view());
}

} // namespace ombud::ledger
