#include "daemon/routes.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "config/controls.hpp"
#include "enforcement/actions.hpp"
#include "findings/findings.hpp"

#ifndef OMBUD_VERSION
#define OMBUD_VERSION "0"
#endif

namespace ombud::daemon {
namespace {

using api::Method;
using api::Request;
namespace json = boost::json;
using Answered = Result<json::value>;

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const std::string& one : list)
        out.emplace_back(one);
    return out;
}

Answered modules_json(Host& host) {
    json::array list;
    const auto site = host.site();
    const ModuleSet members = host.dispatcher->modules();
    auto db = host.ledger->open_for_reading();
    if (!db)
        return fail(db.error());
    for (const config::ModuleSettings& settings : site->modules) {
        const auto& manifest = host.manifests.find(settings.id)->second;
        const auto mode = host.modules->mode_of(settings);
        if (!mode)
            return fail(mode.error());
        const auto counts = findings::count(*db, settings.id);
        if (!counts)
            return fail(counts.error());
        std::string state = "off";
        std::uint64_t late = 0;
        std::size_t depth = 0;
        for (const Member& member : *members)
            if (member.id == settings.id && member.instance) {
                state = member.instance->is_stuck() ? "stuck" : "running";
                late = member.instance->late_answers();
                depth = member.instance->queue_depth();
            }
        json::array hooks;
        for (const config::HookSpec& hook : manifest.hooks)
            hooks.emplace_back(hook.name);
        list.push_back({{"id", settings.id}, {"title", manifest.title}, {"version", manifest.version},
                        {"mode", to_string(mode->mode)}, {"reason", mode->reason}, {"since_utc_ns", mode->since_utc_ns},
                        {"state", state}, {"queue", depth}, {"late_answers", late}, {"findings_open", counts->open},
                        {"hooks", std::move(hooks)}, {"controls", texts(manifest.controls)}});
    }
    return list;
}

Answered status_json(Host& host) {
    const auto site = host.site();
    const auto ledger = host.ledger->status();
    const JournalStatus journal = host.journal->status();
    const auto dispatcher = host.dispatcher->status();
    auto db = host.ledger->open_for_reading();
    if (!db)
        return fail(db.error());
    const auto found = findings::count(*db);
    const auto acted = actions::count(*db);
    auto modules = modules_json(host);
    if (!found || !acted || !modules)
        return fail(!found ? found.error() : !acted ? acted.error() : modules.error());
    json::array attachments;
    for (const config::Attachment& wanted : site->attachments) {
        const auto one = host.attachment(wanted.id);
        const AttachmentStatus status = one ? one->status() : AttachmentStatus{};
        const auto counts = host.inventory->counts(wanted.id);
        attachments.push_back({{"id", wanted.id}, {"connector", wanted.connector}, {"state", to_string(status.state)},
                               {"detail", status.detail}, {"recordings", counts ? counts->recordings : 0},
                               {"devices", counts ? counts->devices : 0}, {"events", status.events},
                               {"last_event_utc_ns", status.last_event_utc_ns}});
    }
    json::array queues;
    queues.push_back({{"name", "journal"}, {"depth", journal.waiting}, {"capacity", journal.capacity}, {"waited_ns", journal.waited_ns}});
    for (const json::value& module : modules->as_array())
        queues.push_back({{"name", module.at("id")}, {"depth", module.at("queue")}, {"capacity", 1024}, {"waited_ns", 0}});
    return json::object{
        {"version", OMBUD_VERSION}, {"site", site->id}, {"pid", ::getpid()}, {"started_utc_ns", host.started_utc_ns},
        {"ledger", {{"size", ledger.size}, {"signed_size", ledger.signed_size}, {"anchored", false},
                    {"checkpoint", ledger.checkpoint}}},
        {"journal", {{"pending", journal.waiting + dispatcher.in_flight}, {"accepted", journal.accepted}, {"judged", dispatcher.judged}}},
        {"queues", std::move(queues)}, {"modules", std::move(*modules)}, {"attachments", std::move(attachments)},
        {"findings", {{"open", found->open}, {"violation", found->violation}, {"warning", found->warning}, {"info", found->info}}},
        {"actions", {{"would", acted->would}, {"pending", acted->pending}, {"done", acted->done}, {"refused", acted->refused},
                     {"failed", acted->failed}}},
        {"faults", dispatcher.faults}, {"warnings", texts(host.warnings())}};
}

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

std::string_view level_name(std::uint32_t level) {
    switch (level) {
    case OMBUD_COVERAGE_PREVENTABLE: return "preventable";
    case OMBUD_COVERAGE_CORRECTABLE: return "correctable";
    case OMBUD_COVERAGE_OBSERVABLE: return "observable";
    default: return "blind";
    }
}

// Every control of every module of the site: what no module watches is not listed as if it were.
Answered coverage_json(Host& host) {
    const auto site = host.site();
    json::array attachments, controls;
    for (const config::Attachment& one : site->attachments)
        attachments.emplace_back(one.id);
    for (const config::ModuleSettings& settings : site->modules) {
        const auto& manifest = host.manifests.find(settings.id)->second;
        const auto mode = host.modules->mode_of(settings);
        if (!mode)
            return fail(mode.error());
        for (const std::string& id : manifest.controls) {
            const config::Control* control = config::find_control(id);
            json::object levels;
            for (const config::Attachment& one : site->attachments) {
                Coverage coverage = host.inventory->coverage(one.id, id);
                if (mode->mode == Mode::off)
                    coverage = {OMBUD_COVERAGE_BLIND, settings.id + " is off: nobody looks"};
                else if (mode->mode == Mode::monitor && coverage.level > OMBUD_COVERAGE_OBSERVABLE)
                    coverage = {OMBUD_COVERAGE_OBSERVABLE, settings.id + " is in monitor; in enforce: " +
                                                               std::string(level_name(coverage.level)) + ". " + coverage.note};
                else if (coverage.note.empty() && coverage.level == OMBUD_COVERAGE_BLIND)
                    coverage.note = "the connector does not say that it can see this";
                levels[one.id] = {{"level", level_name(coverage.level)}, {"note", coverage.note}};
            }
            controls.push_back({{"control", id}, {"title", control == nullptr ? "" : control->title}, {"module", settings.id},
                                {"mode", to_string(mode->mode)}, {"levels", std::move(levels)}});
        }
    }
    return json::object{{"attachments", std::move(attachments)}, {"controls", std::move(controls)}};
}

// Verdicts are read from the ledger itself, so that nothing else can be shown.
Answered verdicts_json(Host& host, const Request& request) {
    const auto limit = request.query_integer("limit", 50, 1, 1000);
    const auto after = request.query_integer("after", -1, -1, INT64_MAX);
    if (!limit || !after)
        return fail(!limit ? limit.error() : after.error());
    auto reader = host.ledger->reader();
    if (!reader)
        return fail(reader.error());
    json::array list;
    ledger::Query query;
    query.newest_first = true;
    query.begin = static_cast<std::uint64_t>(*after + 1);
    auto done = reader->each(query, [&](const ledger::StoredEntry& stored) {
        if (stored.kind != "event.judged" && stored.kind != "hook.judged")
            return true;
        boost::system::error_code error;
        const json::value line = json::parse(stored.line, error);
        if (error || !line.as_object().contains("decision"))
            return true;
        json::array answers;
        const auto text = [&](std::string_view key) -> std::string {
            const json::value* value = line.as_object().if_contains(key);
            return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
        };
        for (const auto& [key, value] : line.as_object()) {
            if (!key.starts_with("answer.") || !value.is_string())
                continue;
            const std::string_view words = value.get_string();
            const auto space = words.find(' ');
            const auto next = words.find(' ', space + 1);
            const auto colon = words.find(": ");
            const std::string_view action = words.substr(space + 1, std::min({next, colon, words.size()}) - space - 1);
            std::string_view rule = next == std::string_view::npos ? "" : words.substr(next + 1, std::min(colon, words.size()) - next - 1);
            rule = rule.substr(0, rule.find(' '));
            answers.push_back({{"module", std::string_view(key).substr(7)}, {"mode", words.substr(0, space)}, {"action", action},
                               {"rule", rule}, {"reason", colon == std::string_view::npos ? "" : words.substr(colon + 2)}});
        }
        list.push_back({{"ledger_index", stored.index}, {"at_utc_ns", stored.at_ns}, {"hook", text("type")},
                        {"subject", text("recording").empty() ? text("device") : text("recording")},
                        {"attachment", text("attachment")}, {"action", text("decision")}, {"applied", text("applied")},
                        {"module_answers", std::move(answers)}});
        return static_cast<std::int64_t>(list.size()) < *limit;
    });
    if (!done)
        return fail(done.error());
    return json::object{{"verdicts", std::move(list)}};
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
    const auto [current, share] = host.enforcer->progress();
    json::array list;
    for (const ActionRow& row : *rows)
        list.push_back({{"id", row.id}, {"kind", row.kind}, {"state", row.state}, {"module", row.module}, {"control", row.control},
                        {"attachment", row.attachment}, {"device", row.device}, {"recording", row.recording},
                        {"reason", row.reason}, {"proof", row.proof}, {"attempts", row.attempts},
                        {"requested_utc_ns", row.requested_utc_ns}, {"ended_utc_ns", row.ended_utc_ns},
                        {"ledger_index", row.ledger_index}, {"progress", row.id == current ? share : 0.0}});
    return json::object{{"actions", std::move(list)},
                        {"total", counts->would + counts->pending + counts->done + counts->refused + counts->failed}};
}

json::array changes_json(const std::vector<config::Change>& changes) {
    json::array list;
    for (const config::Change& change : changes)
        list.push_back({{"path", change.path}, {"was", change.was}, {"becomes", change.becomes}});
    return list;
}

// Fields of a request as a record: text, integers; `user` is a person.
Result<EventRef> event_of(Host& host, const std::string& type, const json::object& fields, const std::string& attachment) {
    EventBuilder builder(*host.names, type, host.clock.utc_ns());
    if (!attachment.empty())
        builder.text(OMBUD_KEY_ATTACHMENT, attachment);
    for (const auto& [key, value] : fields) {
        if (value.is_string())
            builder.text(key, value.get_string(), key == OMBUD_KEY_USER || key == OMBUD_KEY_LOCK_OWNER);
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

// What a person may demand (Art. 17): the values go, that they went is an entry.
Answered erase(Host& host, const Request& request) {
    const auto reason = request.body_text("reason");
    if (!reason)
        return fail(reason.error());
    std::vector<ledger::ErasureTarget> targets;
    if (const json::value* entry = request.body.if_contains("entry"); entry != nullptr && entry->is_int64() && entry->get_int64() >= 0)
        targets.emplace_back(ledger::EntryIndex{static_cast<std::uint64_t>(entry->get_int64())});
    if (const json::value* value = request.body.if_contains("value"); value != nullptr && value->is_string())
        targets.emplace_back(ledger::PersonalValue{std::string(value->get_string())});
    if (const json::value* before = request.body.if_contains("before_utc_ns"); before != nullptr && before->is_int64())
        targets.emplace_back(ledger::OlderThan{before->get_int64()});
    if (targets.size() != 1)
        return fail(ErrorCode::invalid_input, "name what to erase by exactly one of entry, value and before_utc_ns");
    const auto erased = host.ledger->erase(targets.front(), *reason);
    if (!erased)
        return fail(erased.error());
    return json::object{{"erased", *erased}};
}

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

} // namespace

api::Router make_router(Host& host) {
    api::Router router;
    router.add({Method::get, "/v1/status", [&host](const Request&) { return status_json(host); }, {}, {}});
    router.add({Method::get, "/v1/modules", [&host](const Request&) { return modules_json(host); }, {}, {}});
    router.add({Method::put, "/v1/modules/{id}/mode",
                [&host](const Request& request) -> Answered {
                    const auto text = request.body_text("mode", {"off", "monitor", "enforce"});
                    const auto reason = request.body_text("reason");
                    if (!text || !reason)
                        return fail(!text ? text.error() : reason.error());
                    const auto mode = parse_mode(*text);
                    const std::string id(request.parameter("id"));
                    const auto done = mode ? host.switch_mode(id, *mode, *reason, request.peer.name)
                                           : Result<Host::Switched>(fail(mode.error()));
                    if (!done)
                        return fail(done.error());
                    return json::object{{"id", id}, {"mode", to_string(done->mode)}, {"was", to_string(done->was)},
                                        {"ledger_index", done->ledger_index}};
                },
                {}, {"mode", "reason"}});
    router.add({Method::get, "/v1/plugins", [&host](const Request&) -> Answered {
                    json::array list;
                    for (const PluginStatus& one : host.modules->plugin_status(host.manifests))
                        list.push_back({{"id", one.id}, {"file", one.file}, {"sha256", one.sha256}, {"abi", one.abi},
                                        {"version", one.version}, {"kind", one.kind}, {"state", one.state}, {"runner", "inline"},
                                        {"problem", one.problem}});
                    return list;
                }, {}, {}});
    router.add({Method::get, "/v1/findings", [&host](const Request& request) { return findings_json(host, request); },
                {"state", "module", "control", "limit", "after"}, {}});
    router.add({Method::get, "/v1/coverage", [&host](const Request&) { return coverage_json(host); }, {}, {}});
    router.add({Method::get, "/v1/verdicts", [&host](const Request& request) { return verdicts_json(host, request); },
                {"limit", "after"}, {}});
    router.add({Method::get, "/v1/actions", [&host](const Request& request) { return actions_json(host, request); },
                {"state", "limit"}, {}});
    router.add({Method::post, "/v1/events", [&host](const Request& request) { return accept_event(host, request); }, {},
                {"type", "attachment", "fields"}});
    router.add({Method::post, "/v1/ask/{hook}", [&host](const Request& request) { return ask(host, request); }, {},
                {"fields", "attachment", "dry_run"}});
    router.add({Method::post, "/v1/ledger/erase", [&host](const Request& request) { return erase(host, request); }, {},
                {"entry", "value", "before_utc_ns", "reason"}});
    add_config_routes(router, host);
    add_audit_routes(router, host);
    return router;
}

} // namespace ombud::daemon
