#pragma once
// Asking a time stamping authority over HTTP.

#include <string>

#include "events/result.hpp"

namespace ombud::outgoing {

/// Whether such an authority can be asked there: http or https, no user, no password, no fragment. What it answers is signed, so plain HTTP
/// will do.
/// Errors  invalid_input  it cannot
[[nodiscard]] Result<void> check_time_stamp_url(const std::string& url);

/// Posts a query and gives the answer, at most 64 KiB, of which nothing is looked at. Takes at most 10 s; follows no redirect, uses no proxy.
///
/// @param query  TimeStampReq in DER;  @return  what should be a TimeStampResp in DER
/// Errors  invalid_input  as above;  unavailable  unreachable, or an answer that is no time stamp: what instead
/// Thread  any, several at once
/// Source  RFC 3161, 3.4
[[nodiscard]] Result<std::string> ask_time_stamp(const std::string& url, const std::string& query);

} // namespace ombud::outgoing
