#pragma once
// What the local API answers (host/api/README.md).

#include "api/router.hpp"
#include "daemon/host.hpp"

namespace ombud::daemon {

/// @param host  outlives the router
api::Router make_router(Host& host);

} // namespace ombud::daemon
