#include "gates/web/describer.hpp"

#include <atomic>
#include <future>

#include <ombud/view.hpp>
#include <ombud/vocabulary.h>
#include <ombud/web.h>

#include "events/printable.hpp"

namespace ombud::web {
namespace {

Result<Description> read_answer(const ombud_web_answer& answer) {
    Description said;
    switch (answer.standing) {
    case OMBUD_WEB_OPEN: said.standing = Standing::open; break;
    case OMBUD_WEB_GRANTED: said.standing = Standing::granted; break;
    case OMBUD_WEB_LACKING: said.standing = Standing::lacking; break;
    case OMBUD_WEB_NOBODY: said.standing = Standing::nobody; break;
    case OMBUD_WEB_STRANGE: said.standing = Standing::strange; break;
    default: return fail(ErrorCode::internal, "the connector gave no standing");
    }
    said.changes = (answer.flags & OMBUD_WEB_CHANGES) != 0;
    said.is_by_cookie = (answer.flags & OMBUD_WEB_BY_COOKIE) != 0;
    if (said.standing == Standing::open)
        return said;
    auto event = Event::copy(answer.event);
    if (!event)
        return fail(Error(event.error()).within("the connector's event"));
    said.event = std::move(*event);
    said.note = printable(sdk::to_text(answer.note).substr(0, 512));
    return said;
}

/// Outlives an asker that lost patience.
struct Question {
    std::string method, target, cookie, authorization, content_type, body, peer;
    std::uint32_t flags = 0;
    std::atomic<bool> given_up{false};
    std::promise<Result<Description>> answer;
};

} // namespace

std::string_view to_string(Standing standing) {
    switch (standing) {
    case Standing::open: return "open";
    case Standing::granted: return "granted";
    case Standing::lacking: return "lacking";
    case Standing::nobody: return "nobody";
    case Standing::strange: return "strange";
    case Standing::cross_site: return "cross-site";
    case Standing::unknown: break;
    }
    return "unknown";
}

Result<std::unique_ptr<Describer>> Describer::create(std::shared_ptr<Instance> instance, std::chrono::milliseconds patience) {
    const ombud_web* web = instance->plugin().web();
    if (web == nullptr)
        return fail(ErrorCode::invalid_input, "connector " + instance->plugin().id() + " cannot tell what its VMS's pages mean (" OMBUD_WEB_ID ")");
    return std::unique_ptr<Describer>(new Describer(std::move(instance), web, patience));
}

Describer::~Describer() { instance_->stop(); }

Result<Description> Describer::describe(const Asked& asked) const {
    auto question = std::make_shared<Question>();
    question->method = asked.method;
    question->target = asked.target;
    question->cookie = asked.cookie;
    question->authorization = asked.authorization;
    question->content_type = asked.content_type;
    question->body = asked.body;
    question->peer = asked.peer;
    question->flags = asked.is_body_unseen ? OMBUD_WEB_BODY_UNSEEN : 0U;
    auto waiting = question->answer.get_future();
    const bool posted = instance_->post([question, web = web_](ombud_instance* self, CallScope& scope) {
        if (question->given_up)
            return;
        ombud_web_request request{};
        request.struct_size = sizeof request;
        request.flags = question->flags;
        request.method = sdk::to_view(question->method);
        request.target = sdk::to_view(question->target);
        request.cookie = sdk::to_view(question->cookie);
        request.authorization = sdk::to_view(question->authorization);
        request.content_type = sdk::to_view(question->content_type);
        request.body = sdk::to_view(question->body);
        request.peer = sdk::to_view(question->peer);
        ombud_web_answer answer{};
        answer.struct_size = sizeof answer;
        const ombud_status status = web->describe(self, &request, &answer);
        if (status == OMBUD_OK)
            question->answer.set_value(read_answer(answer));
        else
            question->answer.set_value(fail(ErrorCode::unavailable,
                                            scope.error.empty() ? "status " + std::to_string(status) : printable(scope.error)));
    });
    if (!posted)
        return fail(ErrorCode::unavailable, "the gate is being taken away");
    if (waiting.wait_for(patience_) != std::future_status::ready) {
        question->given_up = true;
        return fail(ErrorCode::unavailable, "the connector gives no answer within " + std::to_string(patience_.count()) + " ms");
    }
    return waiting.get();
}

} // namespace ombud::web
