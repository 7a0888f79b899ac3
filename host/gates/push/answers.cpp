#include "gates/push/answers.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace ombud::push {
namespace json = boost::json;
namespace {

std::string_view name_of(Outcome::Kind kind) {
    switch (kind) {
    case Outcome::Kind::queued:
        return "queued";
    case Outcome::Kind::refused:
        return "refused";
    case Outcome::Kind::failed:
        return "failed";
    }
    return "";
}

void add(json::object& object, const char* name, const std::string& text) {
    if (!text.empty())
        object[name] = text;
}

} // namespace

api::HttpsReply reply_of(const std::vector<Outcome>& outcomes) {
    json::array results;
    const Outcome* refusal = nullptr;
    bool is_queued = false;
    for (const Outcome& one : outcomes) {
        json::object result{{"outcome", name_of(one.kind)}};
        add(result, "device", one.device);
        add(result, "forwarder", one.forwarder);
        add(result, "rule", one.rule);
        add(result, "reason", one.reason);
        add(result, "advice", one.advice);
        results.push_back(std::move(result));
        is_queued = is_queued || one.kind == Outcome::Kind::queued;
        if (!refusal)
            refusal = &one;
    }
    json::object body;
    if (!is_queued && refusal) {
        json::object error{{"code", "refused"}, {"message", refusal->reason}};
        add(error, "rule", refusal->rule);
        add(error, "hint", refusal->advice);
        body["error"] = std::move(error);
    }
    body["results"] = std::move(results);
    return {{is_queued ? 202U : 403U, json::serialize(body), {}}, {}};
}

api::HttpsReply reply_of(const Error& error) {
    return {api::answer_of(error), {}};
}

api::HttpsReply unauthorised(const char* what) {
    api::HttpsReply reply{api::answer_of({ErrorCode::refused, what}), "Bearer realm=\"ombud push\""};
    reply.answer.status = 401;
    return reply;
}

} // namespace ombud::push
