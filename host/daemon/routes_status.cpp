// What the host is doing, and how far each requirement reaches.
#include "daemon/route_nouns.hpp"

#include <algorithm>
#include <unistd.h>

#include "config/controls.hpp"
#include "daemon/not_given.hpp"
#include "enforcement/actions.hpp"
#include "findings/findings.hpp"

#ifndef OMBUD_VERSION
#define OMBUD_VERSION "0"
#endif

namespace ombud::daemon {
namespace {

bool is_anchored(const std::vector<anchors::AnchorStatus>& all) {
    return std::any_of(all.begin(), all.end(), [](const auto& one) { return one.kept_size > 0 && !one.is_behind && !one.contradicts; });
}

json::array anchors_json(const std::vector<anchors::AnchorStatus>& all) {
    json::array list;
    for (const anchors::AnchorStatus& one : all)
        list.push_back({{"name", one.name}, {"state", one.contradicts ? "contradicts" : one.is_behind ? "behind" : one.failure.empty() ? "up" : "failing"},
                        {"kept_size", one.kept_size}, {"kept_utc_ns", one.kept_utc_ns}, {"waiting_size", one.waiting_size}, {"failure", one.failure}});
    return list;
}

Answered status_json(Host& host) {
    const auto site = host.site();
    const auto ledger = host.ledger->status();
    const auto anchors = host.anchors->status();
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
        {"ledger", {{"size", ledger.size}, {"signed_size", ledger.signed_size}, {"anchored", is_anchored(anchors)},
                    {"anchors", anchors_json(anchors)}, {"checkpoint", ledger.checkpoint}, {"log_holds_removed", ledger.log_holds_removed}, {"witness", host.witness->status()}}},
        {"journal", {{"pending", journal.waiting + dispatcher.in_flight}, {"accepted", journal.accepted}, {"judged", dispatcher.judged}}},
        {"queues", std::move(queues)}, {"modules", std::move(*modules)}, {"attachments", std::move(attachments)},
        {"findings", {{"open", found->open}, {"violation", found->violation}, {"warning", found->warning}, {"info", found->info}}},
        {"actions", {{"would", acted->would}, {"pending", acted->pending}, {"done", acted->done}, {"refused", acted->refused},
                     {"failed", acted->failed}}},
        {"gates", host.gates->status()}, {"faults", dispatcher.faults}, {"warnings", texts(host.warnings())}};
}

std::string_view level_name(std::uint32_t level) {
    switch (level) {
    case OMBUD_COVERAGE_PREVENTABLE: return "preventable";
    case OMBUD_COVERAGE_CORRECTABLE: return "correctable";
    case OMBUD_COVERAGE_OBSERVABLE: return "observable";
    default: return "blind";
    }
}

// Beside the attachments: what gates of mail, push and exports see, whichever VMS it comes from. No id of an attachment has a space.
constexpr std::string_view gates_column = "at gates";

struct Given {
    Coverage coverage;
    std::vector<std::string> kept; ///< cameras for which it does not hold
};

// A control reaches no camera that its module is not given.
// @param attachment  empty: what passes gates, whichever camera it is of
Given as_given(const config::Site& site, const config::ModuleSettings& settings, const config::Manifest& manifest, const std::string& attachment,
               Coverage coverage) {
    if (settings.cameras.empty() || coverage.level == OMBUD_COVERAGE_BLIND || !looks_at_cameras(manifest))
        return {std::move(coverage), {}};
    auto kept = cameras_kept_from(site, settings, attachment);
    const bool sees_any = attachment.empty() || std::ranges::any_of(settings.cameras, [&](const std::string& id) {
                              return site.camera(id) != nullptr && site.camera(id)->attachment == attachment;
                          });
    const std::string note = "not given to " + settings.id + ": " + (kept.empty() ? "" : "cameras " + camera_list(kept) + ", and ") +
                             "devices that are no camera of the site";
    if (!sees_any)
        return {{OMBUD_COVERAGE_BLIND, note}, {}};
    return {{coverage.level, note + ". " + coverage.note}, std::move(kept)};
}

json::object level_json(const Given& given) {
    json::object level{{"level", level_name(given.coverage.level)}, {"note", given.coverage.note}};
    if (!given.kept.empty())
        level["not_given"] = texts(given.kept);
    return level;
}

// Every control of every module of the site: what no module watches is not listed as if it were.
Answered coverage_json(Host& host) {
    const auto site = host.site();
    json::array attachments, controls;
    for (const config::Attachment& one : site->attachments)
        attachments.emplace_back(one.id);
    const auto& gates = site->gates;
    if (gates.mail || gates.push || gates.exports)
        attachments.emplace_back(gates_column);
    const auto manifests = host.manifests();
    for (const config::ModuleSettings& settings : site->modules) {
        const auto& manifest = manifests->find(settings.id)->second;
        const auto mode = host.modules->mode_of(settings);
        if (!mode)
            return fail(mode.error());
        for (const std::string& id : manifest.controls) {
            const config::Control* control = config::find_control(id);
            const auto in_mode = [&](Coverage coverage) {
                if (mode->mode == Mode::off)
                    return Coverage{OMBUD_COVERAGE_BLIND, settings.id + " is off: nobody looks"};
                if (mode->mode == Mode::monitor && coverage.level > OMBUD_COVERAGE_OBSERVABLE)
                    return Coverage{OMBUD_COVERAGE_OBSERVABLE, settings.id + " is in monitor; in enforce: " +
                                                                   std::string(level_name(coverage.level)) + ". " + coverage.note};
                return coverage;
            };
            json::object levels;
            for (const config::Attachment& one : site->attachments) {
                Coverage coverage = host.inventory->coverage(one.id, id);
                if (coverage.note.empty() && coverage.level == OMBUD_COVERAGE_BLIND)
                    coverage.note = "the connector does not say that it can see this";
                if (const auto at_gate = host.gates->coverage(id, *site, one.id)) {
                    coverage.note = at_gate->note + ". " + coverage.note;
                    coverage.level = std::max(coverage.level, at_gate->level);
                }
                coverage = in_mode(std::move(coverage));
                levels[one.id] = level_json(as_given(*site, settings, manifest, one.id, std::move(coverage)));
            }
            const auto at_gate = host.gates->coverage(id);
            const Coverage passing = at_gate ? in_mode(*at_gate) : Coverage{};
            levels[gates_column] = at_gate ? level_json(as_given(*site, settings, manifest, {}, passing))
                                           : json::object{{"level", "none"}, {"note", ""}};
            controls.push_back({{"control", id}, {"title", control == nullptr ? "" : control->title}, {"module", settings.id},
                                {"mode", to_string(mode->mode)}, {"levels", std::move(levels)}});
        }
    }
    std::vector<std::string> warnings = unwatched(*site, *manifests, *host.dispatcher->modules());
    for (std::string& one : anchor_warnings(host.anchors->status()))
        warnings.push_back(std::move(one));
    return json::object{{"attachments", std::move(attachments)}, {"controls", std::move(controls)},
                        {"warnings", texts(warnings)}};
}

} // namespace

void add_status_routes(api::Router& router, Host& host) {
    router.add({Method::get, "/v1/status", [&host](const Request&) { return status_json(host); }, {}, {}});
    router.add({Method::get, "/v1/coverage", [&host](const Request&) { return coverage_json(host); }, {}, {}});
}

} // namespace ombud::daemon
