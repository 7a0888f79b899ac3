#pragma once
// Time stamps: somebody else's word that bytes existed at a time.

#include "events/result.hpp"
#include "signing/cms/certificate.hpp"
#include "signing/digest.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ombud::signing {

constexpr std::size_t time_stamp_bytes_max = 1'000'000;

/// What to ask a time stamping authority, with a nonce and for its certificate, in DER.
/// Source  RFC 3161, 2.4.1
Result<std::vector<std::uint8_t>> time_stamp_query(const Digest& sha256);

/// Whether an answer grants what was asked; its signature is not looked at, since that needs the authority's
/// certificate.
/// @param query  as time_stamp_query made it
/// @return  the time in it, UTC nanoseconds
/// Errors  corrupt  it cannot be read, or is of another hash or nonce;  refused  the authority refuses, with its words
Result<std::int64_t> check_time_stamp(std::span<const std::uint8_t> response, std::span<const std::uint8_t> query);

/// Whether an answer (RFC 3161 TimeStampResp in DER) is an authority's over bytes of that hash.
/// @param authorities  who is trusted;  @param now_utc_ns  when their certificates must be valid
/// @return  the time in it, UTC nanoseconds
/// Errors  corrupt  it cannot be read, is over something else, or the signature does not fit;  refused  an unknown
/// authority
Result<std::int64_t> verify_time_stamp(std::span<const std::uint8_t> response, const Digest& sha256,
                                       std::span<const Certificate> authorities, std::int64_t now_utc_ns);

} // namespace ombud::signing
