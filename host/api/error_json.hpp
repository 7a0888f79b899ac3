#pragma once
// Errors as they travel between the daemon and its clients.

#include "events/result.hpp"

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace ombud::api {

/// A message's two halves: what is wrong, and what to do next.
/// Anywhere in the host, a last line of an error's message that begins with `hint: ` is the hint.
struct Advice {
    std::string message;
    std::string hint; ///< empty: none
};
Advice split_hint(std::string_view message);

/// The name of a code in JSON: `not_found`, `invalid_input`, …
std::string_view name_of(ErrorCode code);

/// HTTP status of a code, as host/api/README.md lists them.
unsigned http_status_of(ErrorCode code);

/// `{"error":{"code":…,"message":…,"hint":…}}`; `hint` is there only when the message has one.
boost::json::value error_to_json(const Error& error);

/// The error that an answer with a status of 400 or more stands for; the same code and message (with its hint line) as
/// went into error_to_json. An answer without a readable error becomes `internal` with the status in the message.
Error error_from_json(const boost::json::value& answer, unsigned status);

} // namespace ombud::api
