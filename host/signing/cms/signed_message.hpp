#pragma once
// A message with a signature and the signer's certificate: CMS SignedData.

#include "events/result.hpp"
#include "signing/cms/certificate.hpp"
#include "signing/cms/private_key.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ombud::signing {

constexpr std::size_t signed_message_bytes_max = 32'000'000;

/// Signs a message, which is inside the result, in DER: SHA-256, the signing time, the signer's certificate and its
/// hash (signing-certificate-v2), so that nobody can put another certificate of the same key in its place.
/// Errors  unavailable  the key cannot be used, such as a token that is gone
/// Source  RFC 5652, section 5; RFC 5035
Result<std::vector<std::uint8_t>> sign_message(std::span<const std::uint8_t> message, const PrivateKey& key,
                                               const Certificate& certificate, std::int64_t signed_at_utc_ns);

/// A message whose signature fits the certificate in it. Nothing says yet whose certificate that is.
struct SignedMessage {
    std::vector<std::uint8_t> message;
    Certificate signer;
    std::vector<Certificate> others; ///< certificates that came with it, 20 at most
    std::int64_t signed_at_utc_ns;   ///< the signer's own word, a whole second
};

/// Errors  corrupt  it cannot be read, has not exactly one signer, or the signature does not fit
Result<SignedMessage> verify_message(std::span<const std::uint8_t> der);

/// Whether one of `trusted` is the signer's certificate, or issued it (over `others`), and all of them were valid then.
/// Errors  refused  the signer is unknown, or a certificate was not valid at that time: which, and until when
Result<void> verify_signer(const SignedMessage& message, std::span<const Certificate> trusted, std::int64_t at_utc_ns);

} // namespace ombud::signing
