#pragma once
// Keys on the curve P-256: they agree on a secret (ECDH), and sign (ES256).

#include "events/result.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ombud::signing {

/// An uncompressed point: 4, then x and y of 32 bytes each.  Source SEC 1, 2.3.3
using P256Point = std::array<std::uint8_t, 65>;

/// A private key. Cheap to copy. Thread any.
class P256Key {
  public:
    static Result<P256Key> generate();
    /// Reads what `openssl ecparam -name prime256v1 -genkey -noout` or `openssl genpkey` writes.
    /// Errors  invalid_input  not an unencrypted private key in PEM, or not on P-256
    static Result<P256Key> parse_pem(std::string_view pem);
    /// From the scalar and the point that belongs to it, as test vectors give them.
    /// Errors  invalid_input  they do not belong together, or are not on the curve
    static Result<P256Key> from_raw(std::span<const std::uint8_t> scalar, const P256Point& point);

    [[nodiscard]] const P256Point& point() const { return point_; }
    /// PKCS #8, unencrypted: a secret.
    [[nodiscard]] std::string pem() const;

    /// The x coordinate of the common point, the same for both sides.
    /// Errors  invalid_input  `peer` is not a point of the curve
    [[nodiscard]] Result<std::array<std::uint8_t, 32>> agree(const P256Point& peer) const;
    /// r and s, 32 bytes each.  Source RFC 7518, 3.4 (ES256)
    [[nodiscard]] Result<std::array<std::uint8_t, 64>> sign_es256(std::string_view message) const;

  private:
    struct Handle;
    P256Key(std::shared_ptr<const Handle> handle, const P256Point& point)
        : handle_(std::move(handle)), point_(point) {}

    std::shared_ptr<const Handle> handle_;
    P256Point point_;
};

} // namespace ombud::signing
