#pragma once
// One request to a VMS's pages, as a reverse proxy tells it.

#include "api/http_server.hpp"
#include "events/result.hpp"

#include <string>
#include <string_view>

namespace ombud::web {

/// Views into the call.
struct Asked {
    std::string_view method, target;     ///< of the request line, undecoded
    std::string_view peer;               ///< address
    std::string_view host, cookie, authorization, content_type, body;
    std::string_view origin, referer, fetch_site; ///< what a browser tells of where the request comes from
    std::string_view forward;            ///< where to the proxy wants to be sent: a named location; empty: it only asks
    bool is_body_unseen = false;
    bool wants_page = false;             ///< a person looks at the answer
    std::string strange;                 ///< fields that could mean something else elsewhere; empty: none
};

/// Reads the fields X-Original-URI, X-Original-Method and X-Real-IP, which the proxy must set itself, and those of the request.
/// Errors  invalid_input  the proxy is not set up: which field is missing
Result<Asked> read_asked(const api::HttpCall& call);

/// Whether the request shows that a page of the same site sent it (or that a person typed it): Sec-Fetch-Site, else Origin,
/// else Referer. A request that shows nothing of these does not.
/// Source  W3C Fetch Metadata, 2.3; RFC 6454
[[nodiscard]] bool is_same_site(const Asked& asked);

} // namespace ombud::web
