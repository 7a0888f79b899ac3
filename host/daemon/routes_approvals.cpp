// What waits for a second person, and their decision.
#include "daemon/people.hpp"
#include "daemon/route_nouns.hpp"

namespace ombud::daemon {
namespace {

using approvals::Proposal;

Result<std::int64_t> proposal_number(const Request& request) {
    const std::string text(request.parameter("id"));
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
        return fail(ErrorCode::invalid_input, "'" + text + "' is no proposal's number");
    return std::stoll(text);
}

Answered list(Host& host, const Request& request) {
    const auto state = request.query_text("state", "open", {"open", "all"});
    const auto limit = request.query_integer("limit", 1000, 1, 10'000);
    if (!state || !limit)
        return fail(!state ? state.error() : limit.error());
    const auto rows = host.approvals->list({*state == "all", *limit});
    const auto open = host.approvals->count_open();
    if (!rows || !open)
        return fail(!rows ? rows.error() : open.error());
    json::array all;
    for (const Proposal& one : *rows)
        all.push_back(proposal_json(one, request.peer.access));
    return json::object{{"approvals", std::move(all)}, {"open", *open}};
}

Answered show(Host& host, const Request& request) {
    const auto id = proposal_number(request);
    const auto found = id ? host.approvals->find(*id) : Result<Proposal>(fail(id.error()));
    if (!found)
        return fail(found.error());
    return proposal_json(*found, request.peer.access);
}

Answered decide(Host& host, const Request& request) {
    const auto id = proposal_number(request);
    const auto decision = request.body_text("decision", {"approve", "refuse", "withdraw"});
    const auto reason = request.body_text_or("reason", "");
    if (!id || !decision || !reason)
        return fail(!id ? id.error() : !decision ? decision.error() : reason.error());
    const approvals::Person person = person_of(request.peer);
    const auto ended = *decision == "approve"  ? host.approvals->approve(*id, *reason, person)
                       : *decision == "refuse" ? host.approvals->refuse(*id, *reason, person)
                                               : host.approvals->withdraw(*id, *reason, person);
    if (!ended)
        return fail(ended.error());
    return proposal_json(*ended, request.peer.access);
}

} // namespace

json::object proposal_json(const Proposal& one, api::Access access) {
    const bool hidden = one.request.personal && access < api::Access::approve;
    json::object shown{{"id", one.id}, {"kind", one.request.kind}, {"state", to_string(one.state)},
                       {"subject", hidden ? "(personal)" : one.request.subject}, {"reason", one.request.reason},
                       {"asked_by", access < api::Access::approve ? "(personal)" : name_of(one.asker)},
                       {"asked_utc_ns", one.asked_utc_ns}, {"expires_utc_ns", one.expires_utc_ns}, {"ended_utc_ns", one.ended_utc_ns},
                       {"end_reason", one.end_reason}, {"ledger_index", one.ledger_index}, {"end_ledger_index", one.end_ledger_index}};
    if (json::error_code error; !hidden && !one.request.payload.empty())
        shown["details"] = json::parse(one.request.payload, error);
    return shown;
}

void add_approval_routes(api::Router& router, Host& host) {
    router.add({Method::get, "/v1/approvals", [&host](const Request& request) { return list(host, request); }, {"state", "limit"}, {}});
    router.add({Method::get, "/v1/approvals/{id}", [&host](const Request& request) { return show(host, request); }, {}, {}});
    router.add({Method::post, "/v1/approvals/{id}", [&host](const Request& request) { return decide(host, request); }, {},
                {"decision", "reason"}, api::Access::approve});
}

} // namespace ombud::daemon
