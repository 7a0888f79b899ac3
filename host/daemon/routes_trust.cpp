// Whose plugins run here.
#include "daemon/route_nouns.hpp"

namespace ombud::daemon {

void add_trust_routes(api::Router& router, Host& host) {
    router.add({Method::get, "/v1/trust", [&host](const Request&) -> Answered {
                    json::array keys, indexes;
                    const auto signers = host.trust->signers();
                    for (const trust::Signer& one : signers.all())
                        keys.push_back({{"signer", one.name}, {"level", one.is_withdrawn ? "withdrawn" : to_string(one.level)},
                                        {"until", one.until}, {"key", trust::fingerprint(one.key)}, {"reason", one.reason},
                                        {"file", one.file.string()}});
                    for (const auto& one : host.trust->indexes())
                        indexes.push_back({{"signer", one.signer}, {"serial", one.serial}, {"made", one.made}, {"sha256", one.sha256},
                                           {"releases", one.releases}, {"withdrawn", one.withdrawn}});
                    return json::object{{"dev", host.trust->is_dev()}, {"keys", std::move(keys)}, {"indexes", std::move(indexes)},
                                        {"warnings", texts(host.trust->warnings())}};
                }, {}, {}});
    // Reads what lies in root's folders, and nothing from the caller: trusting more code takes the right to write there.
    router.add({Method::post, "/v1/trust", [&host](const Request& request) -> Answered {
                    const auto reason = request.body_text("reason");
                    if (!reason)
                        return fail(reason.error());
                    const auto changes = host.reload_trust(*reason, request.peer.name);
                    if (!changes)
                        return fail(changes.error());
                    json::array list;
                    for (const auto& one : *changes)
                        list.push_back({{"what", one.what}, {"ledger_index", one.ledger_index}});
                    return json::object{{"changes", std::move(list)}, {"problems", texts(host.trust->problems())}};
                }, {}, {"reason"}});
}

} // namespace ombud::daemon
