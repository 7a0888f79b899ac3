#pragma once
// What callers of the gate are told.

#include "api/https_server.hpp"
#include "events/result.hpp"
#include "verdicts/verdict.hpp"

#include <string>
#include <vector>

namespace ombud::push {

/// What became of a message for one device.
struct Outcome {
    enum class Kind {
        queued,  ///< on its way
        refused, ///< a module says no; rule, reason and advice are its own
        failed,  ///< there is no way to the device
    };
    Kind kind = Kind::failed;
    std::string device, forwarder;
    std::string rule, reason, advice;
};

/// 202 when anything is queued, else 403 with the first reason; `results` lists all.
api::HttpsReply reply_of(const std::vector<Outcome>& outcomes);
api::HttpsReply reply_of(const Error& error);
/// 401 with what is wanted.
api::HttpsReply unauthorised(const char* what);

} // namespace ombud::push
