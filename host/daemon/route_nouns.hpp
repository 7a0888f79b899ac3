#pragma once
// The routes of the local API, by noun; each function is in the file routes_NOUN.cpp. Internal to this folder.

#include <boost/json.hpp>

#include "api/router.hpp"
#include "daemon/host.hpp"

namespace ombud::daemon {

using api::Method;
using api::Request;
namespace json = boost::json;
using Answered = Result<json::value>;

void add_status_routes(api::Router& router, Host& host);
void add_module_routes(api::Router& router, Host& host);
void add_export_routes(api::Router& router, Host& host);
void add_finding_routes(api::Router& router, Host& host);
void add_ledger_routes(api::Router& router, Host& host);
void add_event_routes(api::Router& router, Host& host);
void add_config_routes(api::Router& router, Host& host);
void add_audit_routes(api::Router& router, Host& host);
void add_register_routes(api::Router& router, Host& host);
void add_trust_routes(api::Router& router, Host& host);
void add_capture_routes(api::Router& router, Host& host);
void add_simulation_routes(api::Router& router, Host& host);
void add_approval_routes(api::Router& router, Host& host);

/// What `/v1/modules` answers; part of `/v1/status`, too.
Answered modules_json(Host& host);

/// A proposal as a peer of that access may see it: what is about persons is for those who may decide.
json::object proposal_json(const approvals::Proposal& proposal, api::Access access);

inline json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const std::string& one : list)
        out.emplace_back(one);
    return out;
}

} // namespace ombud::daemon
