// Exports at the desk.
#include "daemon/people.hpp"
#include "daemon/route_nouns.hpp"
#include "daemon/site_gates/exports.hpp"
#include "signing/encoding.hpp"

namespace ombud::daemon {
namespace {

using exports::Export;

Result<std::shared_ptr<exports::ExportDesk>> desk_of(Host& host) { return host.gates->exports().desk(); }

Result<std::int64_t> export_number(const Request& request) {
    const std::string text(request.parameter("id"));
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
        return fail(ErrorCode::invalid_input, "'" + text + "' is no export's number");
    return std::stoll(text);
}

bool may_all(const Request& request) { return request.peer.access >= api::Access::write; }

json::object export_json(const Export& one, const api::Peer& peer) {
    const bool own = one.requester.uid == peer.uid, hidden = !own && peer.access < api::Access::approve;
    const exports::Description& said = one.description;
    json::array files;
    for (const exports::HeldFile& file : one.files)
        files.push_back({{"name", hidden ? "(personal)" : file.name}, {"format", file.format}, {"tracks", file.tracks},
                         {"size_bytes", file.size_bytes}, {"sha256", file.sha256}});
    return {{"id", one.id}, {"state", one.is_open() ? exports::to_string(one.state) : std::string_view(one.outcome)},
            {"open", one.is_open()}, {"why", hidden ? "(personal)" : one.why}, {"rule", one.rule},
            {"requester", hidden ? "(personal)" : name_of(one.requester)}, {"dropped", one.dropped},
            {"taken_utc_ns", one.taken_utc_ns}, {"changed_utc_ns", one.changed_utc_ns}, {"cameras", texts(said.cameras)},
            {"begin_utc_ns", said.begin_utc_ns}, {"end_utc_ns", said.end_utc_ns}, {"reason", said.reason}, {"grant", said.grant},
            {"summary", said.summary}, {"recipient", said.recipient}, {"destination", said.destination},
            {"destination_kind", one.kind}, {"transport", one.transport}, {"legal_ground", said.legal_ground}, {"medium", said.medium},
            {"destroy_by_utc_ns", said.destroy_by_utc_ns}, {"requester_organisation", said.requester_organisation},
            {"requester_name", hidden ? "(personal)" : said.requester_name}, {"requester_title", hidden ? "(personal)" : said.requester_title},
            {"masks", one.masks}, {"masks_note", hidden ? "(personal)" : one.masks_note},
            {"pixelated", one.pixelated}, {"pixelated_note", hidden ? "(personal)" : one.pixelated_note}, {"kept", texts(said.kept)},
            {"reviewed", exports::is_accepted(one)}, {"reviewer", !one.review ? "" : hidden ? "(personal)" : name_of(one.review->by)},
            {"unmasked", said.unmasked}, {"file_cameras", texts(said.file_cameras)}, {"would", one.would}, {"proposal", one.proposal}, {"judgement", one.decision_index},
            {"approver", !one.approver ? "" : hidden ? "(personal)" : name_of(*one.approver)},
            {"released_to", one.release_index == 0 ? "" : one.folder + "/" + one.name}, {"manifest_sha256", one.manifest_sha256},
            {"time_stamped_utc_ns", one.time_stamped_utc_ns}, {"time_stamp_missing", one.time_stamp_missing},
            {"sealed_bytes", one.sealed_bytes}, {"size_bytes", one.size_bytes()}, {"ledger_index", one.release_index},
            {"cleared", one.cleared}, {"files", std::move(files)}};
}

/// How far the copy of its pictures is, where it waits for that.
void put_covering(json::object& row, const std::optional<exports::Covering>& covering, std::int64_t id) {
    if (covering && covering->id == id)
        row["covering"] = {{"file", covering->file + 1}, {"files", covering->files}, {"share", covering->share}};
}

Answered answered(const Result<Export>& one, const Request& request) {
    if (!one)
        return fail(one.error());
    return export_json(*one, request.peer);
}

Result<exports::Fields> fields_in(const Request& request) {
    const auto given = request.body_object("fields");
    if (!given)
        return fail(given.error());
    exports::Fields fields;
    for (const auto& field : *given) {
        if (!field.value().is_string())
            return fail(ErrorCode::invalid_input, "field '" + std::string(field.key()) + "' is not a text");
        fields.emplace(field.key(), field.value().get_string());
    }
    return fields;
}

Answered submit(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    auto fields = fields_in(request);
    const auto* files = request.body.if_contains("files");
    if (!desk || !fields)
        return fail(!desk ? desk.error() : fields.error());
    exports::Submission submission;
    submission.fields = std::move(*fields);
    submission.requester = person_of(request.peer);
    if (files == nullptr || !files->is_array())
        return fail(ErrorCode::invalid_input, "'files' is no list of paths");
    for (const json::value& one : files->get_array()) {
        if (!one.is_string())
            return fail(ErrorCode::invalid_input, "'files' holds something that is no path");
        submission.files.emplace_back(one.get_string());
    }
    return answered((*desk)->submit(submission), request);
}

Answered list(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto state = request.query_text("state", "open", {"open", "all"});
    const auto limit = request.query_integer("limit", 1000, 1, 10'000);
    if (!desk || !state || !limit)
        return fail(!desk ? desk.error() : !state ? state.error() : limit.error());
    const auto rows = (*desk)->list(*state == "all", *limit);
    if (!rows)
        return fail(rows.error());
    json::array all, left;
    const auto covering = (*desk)->covering();
    for (const Export& one : *rows) {
        json::object row = export_json(one, request.peer);
        put_covering(row, covering, one.id);
        all.push_back(std::move(row));
    }
    for (const exports::Left& one : (*desk)->left())
        left.push_back({{"name", request.peer.access < api::Access::approve ? "(personal)" : one.name},
                        {"why", request.peer.access < api::Access::approve ? "(personal)" : one.why}});
    return json::object{{"exports", std::move(all)}, {"left", std::move(left)}};
}

Answered show(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto id = export_number(request);
    if (!desk || !id)
        return fail(!desk ? desk.error() : id.error());
    const auto one = (*desk)->find(*id);
    if (!one)
        return fail(one.error());
    json::object row = export_json(*one, request.peer);
    put_covering(row, (*desk)->covering(), *id);
    return row;
}

Answered describe(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto id = export_number(request);
    const auto fields = fields_in(request);
    if (!desk || !id || !fields)
        return fail(!desk ? desk.error() : !id ? id.error() : fields.error());
    return answered((*desk)->describe(*id, *fields, person_of(request.peer), may_all(request)), request);
}

Answered retry(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto id = export_number(request);
    if (!desk || !id)
        return fail(!desk ? desk.error() : id.error());
    return answered((*desk)->retry(*id, person_of(request.peer), may_all(request)), request);
}

Answered withdraw(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto id = export_number(request);
    const auto reason = request.body_text_or("reason", "");
    if (!desk || !id || !reason)
        return fail(!desk ? desk.error() : !id ? id.error() : reason.error());
    return answered((*desk)->withdraw(*id, *reason, person_of(request.peer), may_all(request)), request);
}

Answered give_sheets(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto id = export_number(request);
    if (!desk || !id)
        return fail(!desk ? desk.error() : id.error());
    const auto files = (*desk)->give_sheets(*id, person_of(request.peer));
    if (!files)
        return fail(files.error());
    json::array all;
    for (const exports::ReviewFile& one : *files)
        all.push_back({{"name", one.name}, {"size_bytes", one.size_bytes}, {"is_copy", one.is_copy}});
    return json::object{{"files", std::move(all)}};
}

// A GET that whoever may read can make; the desk gives it to those alone whom it gave the sheets, which approvers are.
Answered read_sheet(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto id = export_number(request);
    const auto offset = request.query_integer("offset", 0, 0, INT64_MAX);
    if (!desk || !id || !offset)
        return fail(!desk ? desk.error() : !id ? id.error() : offset.error());
    if (request.peer.access < api::Access::approve)
        return fail(ErrorCode::refused, "sheets are for those who review: role approver or administrator in <people> of site.xml");
    const auto piece = (*desk)->read_sheet(*id, request.parameter("name"), *offset, person_of(request.peer));
    if (!piece)
        return fail(piece.error());
    return json::object{{"base64", signing::base64(signing::bytes_of(*piece))}};
}

Answered review(Host& host, const Request& request) {
    const auto desk = desk_of(host);
    const auto id = export_number(request);
    const auto decision = request.body_text("decision", {"accept", "reject"});
    const auto reason = request.body_text_or("reason", "");
    if (!desk || !id || !decision || !reason)
        return fail(!desk ? desk.error() : !id ? id.error() : !decision ? decision.error() : reason.error());
    return answered((*desk)->review(*id, *decision == "accept", *reason, person_of(request.peer)), request);
}

} // namespace

void add_export_routes(api::Router& router, Host& host) {
    const auto on = [&host](auto handler) { return [&host, handler](const Request& request) { return handler(host, request); }; };
    router.add({Method::get, "/v1/exports", on(list), {"state", "limit"}, {}});
    router.add({Method::get, "/v1/exports/{id}", on(show), {}, {}});
    // Whoever may look may hand in what is theirs: the modules judge who may export.
    router.add({Method::post, "/v1/exports", on(submit), {}, {"files", "fields"}, api::Access::read});
    router.add({Method::post, "/v1/exports/{id}/describe", on(describe), {}, {"fields"}, api::Access::read});
    router.add({Method::post, "/v1/exports/{id}/retry", on(retry), {}, {}, api::Access::read});
    router.add({Method::post, "/v1/exports/{id}/withdraw", on(withdraw), {}, {"reason"}, api::Access::read});
    router.add({Method::post, "/v1/exports/{id}/sheets", on(give_sheets), {}, {}, api::Access::approve});
    router.add({Method::get, "/v1/exports/{id}/sheets/{name}", on(read_sheet), {"offset"}, {}});
    router.add({Method::post, "/v1/exports/{id}/review", on(review), {}, {"decision", "reason"}, api::Access::approve});
}

} // namespace ombud::daemon
