// What scripts tell and ask.
#include "daemon/route_nouns.hpp"

#include <algorithm>
#include <iterator>

#include <ombud/hook.h>
#include <ombud/vocabulary.h>

namespace ombud::daemon {
namespace {

// Those that ombud/vocabulary.h calls personal.
bool tells_of_a_person(std::string_view key) {
    constexpr std::string_view personal[] = {OMBUD_KEY_USER, OMBUD_KEY_LOCK_OWNER, OMBUD_KEY_SENDER, OMBUD_KEY_RECIPIENT, OMBUD_KEY_RECIPIENTS,
                                             OMBUD_KEY_HEADER_RECIPIENTS, OMBUD_KEY_PERSON, OMBUD_KEY_TITLE, OMBUD_KEY_TEXT, OMBUD_KEY_DATA, OMBUD_KEY_PEER};
    return std::ranges::find(personal, key) != std::end(personal);
}

// Fields of a request as a record: text, integers.
Result<EventRef> event_of(Host& host, const std::string& type, const json::object& fields, const std::string& attachment) {
    EventBuilder builder(*host.names, type, host.clock.utc_ns());
    if (!attachment.empty())
        builder.text(OMBUD_KEY_ATTACHMENT, attachment);
    for (const auto& [key, value] : fields) {
        if (value.is_string())
            builder.text(key, value.get_string(), tells_of_a_person(key));
        else if (value.is_int64())
            builder.integer(key, value.get_int64());
        else if (value.is_uint64() && value.get_uint64() <= INT64_MAX)
            builder.integer(key, static_cast<std::int64_t>(value.get_uint64()));
        else
            return fail(ErrorCode::invalid_input, "field '" + std::string(key) + "' is neither a text nor an integer");
    }
    return builder.build();
}

Answered accept_event(Host& host, const Request& request) {
    const auto type = request.body_text("type");
    const auto attachment = request.body_text_or("attachment", "");
    const auto fields = request.body_object("fields");
    if (!type || !attachment || !fields)
        return fail(!type ? type.error() : !attachment ? attachment.error() : fields.error());
    if (!attachment->empty() && host.site()->attachment(*attachment) == nullptr)
        return fail(ErrorCode::not_found, "no attachment '" + *attachment + "' in this site");
    auto event = event_of(host, *type, *fields, *attachment);
    if (!event)
        return fail(event.error());
    const auto seq = host.journal->accept(attachment->empty() ? "api" : *attachment, {*event}, std::nullopt);
    if (!seq)
        return fail(seq.error());
    return json::object{{"seq", *seq}};
}

Answered ask(Host& host, const Request& request) {
    constexpr std::pair<std::string_view, std::uint32_t> hooks[] = {
        {"stream.open", OMBUD_HOOK_STREAM_OPEN},           {"recording.finished", OMBUD_HOOK_RECORDING_FINISHED},
        {"recording.delete", OMBUD_HOOK_RECORDING_DELETE}, {"export.release", OMBUD_HOOK_EXPORT_RELEASE},
        {"mail.send", OMBUD_HOOK_MAIL_SEND},               {"push.send", OMBUD_HOOK_PUSH_SEND},
        {"access.request", OMBUD_HOOK_ACCESS_REQUEST}};
    std::uint32_t hook = 0;
    std::string known;
    for (const auto& [name, id] : hooks) {
        known += (known.empty() ? "" : ", ") + std::string(name);
        if (name == request.parameter("hook"))
            hook = id;
    }
    if (hook == 0)
        return fail(ErrorCode::not_found, "no hook '" + std::string(request.parameter("hook")) + "'; there are " + known);
    const auto fields = request.body_object("fields");
    const auto attachment = request.body_text_or("attachment", "");
    const auto dry_run = request.body_flag("dry_run", false);
    if (!fields || !attachment || !dry_run)
        return fail(!fields ? fields.error() : !attachment ? attachment.error() : dry_run.error());
    auto event = event_of(host, std::string(request.parameter("hook")), *fields, *attachment);
    if (!event)
        return fail(event.error());
    const auto judged = host.dispatcher->ask(hook, *event, *attachment, *dry_run ? OMBUD_CALL_DRYRUN : 0U);
    if (!judged)
        return fail(judged.error());
    json::array answers;
    for (const Answer& answer : judged->answers)
        answers.push_back({{"module", answer.module}, {"mode", to_string(answer.mode)},
                           {"action", answer.fault ? "fault" : to_string(answer.verdict.action)}, {"rule", answer.verdict.rule},
                           {"reason", answer.fault ? *answer.fault : answer.verdict.reason}});
    return json::object{{"action", to_string(judged->merged.action)}, {"applied", to_string(judged->applied.action)},
                        {"reason", judged->merged.reason}, {"rule", judged->merged.rule}, {"ledger_index", judged->ledger_index},
                        {"answers", std::move(answers)}};
}

} // namespace

void add_event_routes(api::Router& router, Host& host) {
    router.add({Method::post, "/v1/events", [&host](const Request& request) { return accept_event(host, request); }, {},
                {"type", "attachment", "fields"}});
    router.add({Method::post, "/v1/ask/{hook}", [&host](const Request& request) { return ask(host, request); }, {},
                {"fields", "attachment", "dry_run"}});
}

} // namespace ombud::daemon
