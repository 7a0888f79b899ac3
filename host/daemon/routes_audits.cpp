// Audits: started, looked at, ended.
#include "daemon/route_nouns.hpp"

namespace ombud::daemon {
namespace {

json::object audit_json(const AuditStatus& status) {
    return {{"id", status.id}, {"module", status.module}, {"state", to_string(status.state)}, {"done", status.done},
            {"total", status.total}, {"findings_opened", status.findings_opened}, {"findings_closed", status.findings_closed},
            {"actions", status.actions}, {"cpu_ns", status.cpu_ns}, {"message", status.message}};
}

Result<std::int64_t> audit_number(const Request& request) {
    const std::string text(request.parameter("id"));
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
        return fail(ErrorCode::invalid_input, "'" + text + "' is no audit's number");
    return std::stoll(text);
}

} // namespace

void add_audit_routes(api::Router& router, Host& host) {
    router.add({Method::post, "/v1/audits",
                [&host](const Request& request) -> Answered {
                    const auto module = request.body_text("module");
                    const auto correct = request.body_flag("correct", false);
                    if (!module || !correct)
                        return fail(!module ? module.error() : correct.error());
                    const auto id = host.start_audit(*module, *correct, true, request.peer.name);
                    if (!id)
                        return fail(id.error());
                    return json::object{{"id", *id}};
                },
                {}, {"module", "correct"}});
    router.add({Method::get, "/v1/audits/{id}", [&host](const Request& request) -> Answered {
                    const auto id = audit_number(request);
                    const auto status = id ? host.audits->status(*id) : Result<AuditStatus>(fail(id.error()));
                    if (!status)
                        return fail(status.error());
                    return audit_json(*status);
                }, {}, {}});
    router.add({Method::del, "/v1/audits/{id}", [&host](const Request& request) -> Answered {
                    const auto id = audit_number(request);
                    const auto status = id ? host.audits->cancel(*id) : Result<AuditStatus>(fail(id.error()));
                    if (!status)
                        return fail(status.error());
                    return audit_json(*status);
                }, {}, {}});
}

} // namespace ombud::daemon
