#pragma once
// The answer to the proxy, and the page that a person sees instead of what was refused.

#include "api/http_server.hpp"
#include "gates/web/web_gate.hpp"

namespace ombud::web {

/// 204, or 200 that sends the proxy on to its own location; else the status with X-Ombud-* fields and a page or JSON.
api::HttpAnswer answer_of(const Outcome& outcome, const Asked& asked);

} // namespace ombud::web
