#include "daemon/site_witness.hpp"

#include <boost/json/array.hpp>

namespace ombud::daemon {
namespace {

constexpr std::size_t request_bytes_max = 64 * 1024; // 63 hashes and a checkpoint have some 4 KiB

api::HttpAnswer answer(witness::Witness& witness, const api::HttpCall& call) {
    if (call.target != "/add-checkpoint")
        return {404, "text/plain; charset=utf-8", "this is a witness (c2sp.org/tlog-witness): POST /add-checkpoint\n", {}};
    if (call.method != "POST")
        return {405, "text/plain; charset=utf-8", "add-checkpoint is a POST\n", {{"Allow", "POST"}}};
    auto reply = witness.add_checkpoint(call.body);
    return {reply.status, std::move(reply.content_type), std::move(reply.body), {}};
}

} // namespace

SiteWitness::~SiteWitness() = default;

Result<void> SiteWitness::apply(const std::optional<config::WitnessService>& wanted) {
    const std::lock_guard lock(mutex_);
    if (wanted == applied_)
        return {};
    if (!wanted) {
        server_.reset();
        applied_.reset();
        return {};
    }
    std::vector<signing::NoteVerifier> logs;
    for (const std::string& key : wanted->logs) {
        auto verifier = signing::NoteVerifier::parse(key);
        if (!verifier)
            return fail(std::move(verifier.error()).within("<witness> <log>"));
        logs.push_back(std::move(*verifier));
    }
    if (!witness_) {
        auto opened = witness::Witness::open(folder_, name_, clock_);
        if (!opened)
            return fail(std::move(opened.error()).within("witness"));
        witness_ = std::move(*opened);
    }
    if (!applied_ || applied_->listen != wanted->listen) {
        api::HttpServerOptions options;
        options.listen = "inet:" + wanted->listen;
        options.body_bytes_max = request_bytes_max;
        options.connections_max = 64;
        options.workers = 2;
        auto started = api::HttpServer::start(options, [raw = witness_.get()](const api::HttpCall& call) { return answer(*raw, call); });
        if (!started)
            return fail(std::move(started.error()).within("witness"));
        server_ = std::move(*started);
    }
    witness_->trust(std::move(logs));
    applied_ = wanted;
    return {};
}

boost::json::object SiteWitness::status() const {
    const std::lock_guard lock(mutex_);
    if (!applied_)
        return {};
    boost::json::array logs;
    if (const auto all = witness_->witnessed())
        for (const witness::Witnessed& one : *all)
            logs.push_back({{"origin", one.checkpoint.origin}, {"size", one.checkpoint.size}, {"at_utc_ns", one.at_utc_ns}});
    const std::string address = applied_->listen.substr(0, applied_->listen.rfind(':') + 1);
    return {{"listens", address + std::to_string(server_->port())}, {"key", witness_->verifier().verifier_key()}, {"logs", std::move(logs)}};
}

} // namespace ombud::daemon
