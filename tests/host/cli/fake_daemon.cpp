#include "fake_daemon.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

using namespace ombud;
using api::Method;
using api::Request;

namespace {

boost::json::value read_answer(const std::string& name) {
    std::ifstream stream(std::string(OMBUD_TEST_FOLDER "/answers/") + name + ".json");
    std::ostringstream text;
    text << stream.rdbuf();
    return boost::json::parse(text.str());
}

constexpr const char* method_names[] = {"GET", "PUT", "POST", "DELETE"};

} // namespace

FakeDaemon::FakeDaemon() {
    std::string name = (std::filesystem::temp_directory_path() / "ombud-cli-XXXXXX").string();
    if (!mkdtemp(name.data()))
        throw std::runtime_error("mkdtemp " + name);
    folder_ = name;

    api::Router router;
    const auto canned = [&](Method method, const char* path, const char* answer, std::vector<std::string> query,
                            std::vector<std::string> body) {
        router.add({method, path, [this, answer](const Request& request) { return record(request, answer); },
                    std::move(query), std::move(body)});
    };
    canned(Method::get, "/v1/status", "status", {}, {});
    canned(Method::get, "/v1/modules", "modules", {}, {});
    canned(Method::get, "/v1/plugins", "plugins", {}, {});
    canned(Method::get, "/v1/findings", "findings", {"state", "module", "control", "limit", "after"}, {});
    canned(Method::get, "/v1/coverage", "coverage", {}, {});
    canned(Method::get, "/v1/verdicts", "verdicts", {"limit", "after"}, {});
    canned(Method::get, "/v1/actions", "actions", {"state", "limit"}, {});
    canned(Method::post, "/v1/events", "event", {}, {"type", "attachment", "fields"});
    canned(Method::post, "/v1/ask/recording.delete", "ask_denied", {}, {"fields", "attachment", "dry_run"});
    canned(Method::post, "/v1/ask/recording.finished", "ask_monitored", {}, {"fields", "attachment", "dry_run"});
    canned(Method::post, "/v1/config/diff", "diff", {}, {"site_xml", "name"});
    canned(Method::post, "/v1/config/apply", "apply", {}, {"site_xml", "name", "reason"});
    canned(Method::post, "/v1/ledger/erase", "erase", {}, {"entry", "value", "before_utc_ns", "reason"});
    canned(Method::post, "/v1/audits", "audit_started", {}, {"module", "correct"});
    canned(Method::get, "/v1/registers", "registers", {}, {});
    canned(Method::get, "/v1/registers/{module}/{register}", "register", {"key", "after", "limit", "all"}, {});
    canned(Method::post, "/v1/registers/{module}/{register}/rows", "register_row", {}, {"fields", "corrects", "reason"});
    canned(Method::post, "/v1/registers/{module}/{register}/erase", "register_erased", {}, {"key", "reason"});
    canned(Method::post, "/v1/registers/email_whitelist/recipients", "register_proposed", {}, {"key", "remove", "fields", "reason"});
    canned(Method::post, "/v1/registers/push_consent_guard/{register}", "register_changed", {}, {"key", "remove", "existing", "fields", "reason"});
    canned(Method::post, "/v1/devices", "device_added", {}, {"device", "fields", "reason"});
    canned(Method::post, "/v1/devices/lost", "register_same", {}, {"device", "reason"});
    canned(Method::get, "/v1/approvals", "approvals", {"state", "limit"}, {});
    canned(Method::post, "/v1/approvals/{id}", "approved", {}, {"decision", "reason"});
    canned(Method::get, "/v1/exports", "exports", {"state", "limit"}, {});
    canned(Method::get, "/v1/exports/{id}", "export", {}, {});
    canned(Method::post, "/v1/exports", "export_asked", {}, {"files", "fields"});
    canned(Method::post, "/v1/exports/{id}/describe", "export_refused", {}, {"fields"});
    canned(Method::post, "/v1/exports/{id}/retry", "export", {}, {});
    canned(Method::post, "/v1/exports/{id}/withdraw", "export", {}, {"reason"});
    canned(Method::post, "/v1/exports/{id}/sheets", "export_sheets", {}, {});
    canned(Method::get, "/v1/exports/{id}/sheets/{name}", "export_sheet", {"offset"}, {});
    canned(Method::post, "/v1/exports/{id}/review", "export", {}, {"decision", "reason"});
    const auto audit_route = [&](Method method) {
        router.add({method, "/v1/audits/{id}", [this](const Request& request) { return audit(request); }, {}, {}});
    };
    audit_route(Method::get);
    audit_route(Method::del);
    canned(Method::post, "/v1/modules/{id}/reload", "reload", {}, {"reason"});
    canned(Method::post, "/v1/modules/{id}/shadow", "shadow", {}, {"act", "reason"});
    router.add({Method::put,
                "/v1/modules/{id}/mode",
                [this](const Request& request) -> Result<boost::json::value> {
                    if (request.parameter("id") != "retention_auditor")
                        return fail(ErrorCode::not_found, "no module '" + std::string(request.parameter("id")) +
                                                              "'\nhint: `ombud module list` shows what there is");
                    auto answer = record(request, "mode");
                    answer->as_object()["mode"] = request.body.at("mode");
                    return answer;
                },
                {},
                {"mode", "reason"}});

    api::ServerOptions options;
    options.socket_path = socket();
    auto server = api::Server::start(options, std::move(router));
    if (!server)
        throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
}

FakeDaemon::~FakeDaemon() {
    server_.reset();
    std::filesystem::remove_all(folder_);
}

Result<boost::json::value> FakeDaemon::record(const Request& request, const std::string& answer_name) {
    const std::lock_guard lock(mutex_);
    bodies_[std::string(method_names[static_cast<int>(request.method)]) + " " + request.path] =
        boost::json::serialize(request.body);
    if (answer_name == "findings" && request.query.count("after") > 0)
        return boost::json::value{{"findings", boost::json::array{}}, {"total", 0}, {"next", nullptr}};
    if (answer_name == "register" && request.parameter("module") == "export_watchdog")
        return read_answer("register_grows");
    if (answer_name == "register" && request.query.count("key") > 0)
        return read_answer("register_one");
    return read_answer(answer_name);
}

Result<boost::json::value> FakeDaemon::audit(const Request& request) {
    const std::lock_guard lock(mutex_);
    auto status = read_answer("audit");
    auto& fields = status.as_object();
    if (request.parameter("id") != "7")
        return fail(ErrorCode::not_found, "no audit '" + std::string(request.parameter("id")) + "'");
    if (request.method == Method::del) {
        fields["state"] = "cancelled";
        fields["done"] = 400;
        return status;
    }
    if (interrupts_audits || looks_ < 2) {
        ++looks_;
        fields["state"] = "running";
        fields["done"] = 400 * looks_;
        if (interrupts_audits && looks_ == 1)
            kill(getpid(), SIGINT);
    }
    return status;
}

std::string FakeDaemon::body_of(const std::string& call) const {
    const std::lock_guard lock(mutex_);
    const auto found = bodies_.find(call);
    return found == bodies_.end() ? "(not called)" : found->second;
}

Outcome run_ombud(const std::vector<std::string>& arguments, const Place& place) {
    std::ostringstream out;
    std::ostringstream err;
    cli::Terminal terminal{out, err, place.width, place.colours, place.progress};
    const FakeClock clock(1'769'860'800'000'000'000);
    const auto exit =
        cli::run(arguments, terminal, {clock, [&](const char* name) -> const char* {
                                           const auto found = place.environment.find(name);
                                           return found == place.environment.end() ? nullptr : found->second.c_str();
                                       }});
    return {static_cast<int>(exit), out.str(), err.str()};
}
