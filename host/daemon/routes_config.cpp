// The site as it is configured.
#include "daemon/route_nouns.hpp"

namespace ombud::daemon {
namespace {

json::array changes_json(const std::vector<config::Change>& changes) {
    json::array list;
    for (const config::Change& change : changes)
        list.push_back({{"path", change.path}, {"was", change.was}, {"becomes", change.becomes}});
    return list;
}

} // namespace

void add_config_routes(api::Router& router, Host& host) {
    router.add({Method::post, "/v1/config/check",
                [&host](const Request& request) -> Answered {
                    const auto xml = request.body_text("site_xml");
                    const auto name = request.body_text_or("name", "site.xml");
                    if (!xml || !name)
                        return fail(!xml ? xml.error() : name.error());
                    if (auto changes = host.difference(*xml, *name); !changes)
                        return fail(changes.error());
                    return json::object{{"ok", true}};
                },
                {}, {"site_xml", "name"}});
    router.add({Method::post, "/v1/config/diff",
                [&host](const Request& request) -> Answered {
                    const auto xml = request.body_text("site_xml");
                    const auto name = request.body_text_or("name", "site.xml");
                    if (!xml || !name)
                        return fail(!xml ? xml.error() : name.error());
                    const auto changes = host.difference(*xml, *name);
                    if (!changes)
                        return fail(changes.error());
                    return json::object{{"changes", changes_json(*changes)}};
                },
                {}, {"site_xml", "name"}});
    router.add({Method::post, "/v1/config/apply",
                [&host](const Request& request) -> Answered {
                    const auto xml = request.body_text("site_xml");
                    const auto name = request.body_text_or("name", "site.xml");
                    const auto reason = request.body_text("reason");
                    if (!xml || !name || !reason)
                        return fail(!xml ? xml.error() : !name ? name.error() : reason.error());
                    const auto applied = host.apply_site(*xml, *name, *reason, request.peer.name);
                    if (!applied)
                        return fail(applied.error());
                    return json::object{{"changes", changes_json(applied->changes)}, {"ledger_index", applied->ledger_index}};
                },
                {}, {"site_xml", "name", "reason"}});
}

} // namespace ombud::daemon
