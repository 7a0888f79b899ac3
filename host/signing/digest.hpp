#pragma once
// SHA-256 and HMAC-SHA-256.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace ombud::signing {

/// 32 bytes: a SHA-256 or an HMAC-SHA-256.
using Digest = std::array<std::uint8_t, 32>;

/// The bytes of a text, for functions that take bytes.
[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// SHA-256 over bytes that arrive in pieces; the object is meant to be kept and reused.
///
/// Thread  one at a time
/// Source  FIPS 180-4
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::span<const std::uint8_t> bytes);
    void update(std::string_view text) { update(bytes_of(text)); }
    /// The digest of what was added since construction or the last `finish`; starts anew.
    Digest finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// SHA-256 in one call. Thread any (each keeps one context).
[[nodiscard]] Digest sha256(std::span<const std::uint8_t> bytes);
[[nodiscard]] inline Digest sha256(std::string_view text) {
    return sha256(bytes_of(text));
}

/// HMAC-SHA-256 of `message` under `key`. Thread any.
/// Source  RFC 2104, RFC 4231
[[nodiscard]] Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message);

/// Whether both hold the same bytes, in a time that does not depend on where they differ.
[[nodiscard]] bool constant_time_equal(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right);

} // namespace ombud::signing
