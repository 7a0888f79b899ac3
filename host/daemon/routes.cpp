#include "daemon/routes.hpp"

#include "daemon/route_nouns.hpp"

namespace ombud::daemon {

api::Router make_router(Host& host) {
    api::Router router;
    for (auto add : {add_status_routes, add_module_routes, add_finding_routes, add_ledger_routes, add_event_routes,
                     add_config_routes, add_audit_routes, add_register_routes, add_approval_routes, add_export_routes,
                     add_trust_routes, add_capture_routes, add_simulation_routes})
        add(router, host);
    return router;
}

} // namespace ombud::daemon
