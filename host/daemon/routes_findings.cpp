// Findings, and the corrections that they led to.
#include <ombud/vocabulary.h>

#include "daemon/route_nouns.hpp"

#include "enforcement/actions.hpp"
#include "findings/findings.hpp"

namespace ombud::daemon {
namespace {

Answered findings_json(Host& host, const Request& request) {
    const auto state = request.query_text("state", "open", {"open", "closed", "all"});
    const auto module = request.query_text("module", "");
    const auto control = request.query_text("control", "");
    const auto limit = request.query_integer("limit", 1000, 1, 10'000);
    const auto after = request.query_integer("after", 0, 0, INT64_MAX);
    if (!state || !module || !control || !limit || !after)
        return fail(!state ? state.error() : !module ? module.error() : !control ? control.error() : !limit ? limit.error() : after.error());
    FindingQuery query{*state == "open"     ? FindingQuery::State::open
                       : *state == "closed" ? FindingQuery::State::closed
                                            : FindingQuery::State::all,
                       *module, *control, *after, *limit};
    auto db = host.ledger->open_for_reading();
    if (!db)
        return fail(db.error());
    const auto rows = findings::query(*db, query);
    const auto selected = findings::count_selected(*db, query);
    if (!rows || !selected)
        return fail(!rows ? rows.error() : selected.error());
    json::array list;
    for (const FindingRow& row : *rows)
        list.push_back({{"id", row.id}, {"module", row.module}, {"control", row.control}, {"key", row.key},
                        {"severity", findings::severity_name(row.severity)}, {"state", row.closed_utc_ns == 0 ? "open" : "closed"},
                        {"attachment", row.attachment}, {"device", row.device}, {"recording", row.recording}, {"text", row.text},
                        {"opened_utc_ns", row.opened_utc_ns}, {"last_utc_ns", row.last_utc_ns},
                        {"closed_utc_ns", row.closed_utc_ns}, {"ledger_index", row.ledger_index}});
    const json::value next = static_cast<std::int64_t>(rows->size()) == *limit ? json::value(rows->back().id) : json::value(nullptr);
    return json::object{{"findings", std::move(list)}, {"total", *selected}, {"next", next}};
}

// Whom an action is about: from the opening in its request's entry, while that exists, for those who may see persons.
Result<std::string> user_of(ledger::Reader& reader, const ActionRow& action, api::Access access) {
    if (action.kind != OMBUD_ACTION_DISABLE_ACCOUNT || access < api::Access::approve)
        return std::string();
    const auto fields = reader.show(action.ledger_index);
    if (!fields)
        return fail(fields.error());
    for (const ledger::ShownField& field : *fields)
        if (field.key == "user")
            return field.opening.value_or("(erased)");
    return std::string();
}

Answered actions_json(Host& host, const Request& request) {
    const auto state = request.query_text("state", "all", {"pending", "done", "refused", "failed", "would", "all"});
    const auto limit = request.query_integer("limit", 1000, 1, 10'000);
    if (!state || !limit)
        return fail(!state ? state.error() : limit.error());
    auto db = host.ledger->open_for_reading();
    if (!db)
        return fail(db.error());
    const auto rows = actions::query(*db, *state == "all" ? "" : *state, *limit);
    const auto counts = actions::count(*db);
    if (!rows || !counts)
        return fail(!rows ? rows.error() : counts.error());
    auto reader = host.ledger->reader();
    if (!reader)
        return fail(reader.error());
    const auto [current, share] = host.enforcer->progress();
    json::array list;
    for (const ActionRow& row : *rows) {
        const auto user = user_of(*reader, row, request.peer.access);
        if (!user)
            return fail(user.error());
        list.push_back({{"id", row.id}, {"kind", row.kind}, {"state", row.state}, {"module", row.module}, {"control", row.control},
                        {"attachment", row.attachment}, {"device", row.device}, {"recording", row.recording}, {"export", row.export_id},
                        {"user", *user}, {"reason", row.reason}, {"proof", row.proof}, {"attempts", row.attempts},
                        {"requested_utc_ns", row.requested_utc_ns}, {"ended_utc_ns", row.ended_utc_ns},
                        {"ledger_index", row.ledger_index}, {"progress", row.id == current ? share : 0.0}});
    }
    return json::object{{"actions", std::move(list)},
                        {"total", counts->would + counts->pending + counts->done + counts->refused + counts->failed}};
}

} // namespace

void add_finding_routes(api::Router& router, Host& host) {
    router.add({Method::get, "/v1/findings", [&host](const Request& request) { return findings_json(host, request); },
                {"state", "module", "control", "limit", "after"}, {}});
    router.add({Method::get, "/v1/actions", [&host](const Request& request) { return actions_json(host, request); },
                {"state", "limit"}, {}});
}

} // namespace ombud::daemon
