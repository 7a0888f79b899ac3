// What people keep for modules.
#include "daemon/people.hpp"
#include "daemon/push_devices.hpp"
#include "daemon/route_nouns.hpp"

namespace ombud::daemon {
namespace {

using registers::Content;
using registers::Declaration;

bool is_personal(const Declaration& declared) {
    bool personal = declared.key_personal;
    for (const registers::Field& field : declared.fields)
        personal |= field.personal;
    return personal;
}

Answered list(Host& host) {
    json::array all;
    for (const auto& [place, content] : *host.registers->all()) {
        const Declaration& declared = *content->declaration;
        json::array fields;
        for (const registers::Field& field : declared.fields)
            fields.push_back({{"name", field.name}, {"help", field.help}, {"personal", field.personal}});
        all.push_back({{"module", declared.module}, {"register", declared.name}, {"title", declared.title},
                       {"key_title", declared.key_title}, {"personal", is_personal(declared)},
                       {"change", declared.append_only ? "append" : declared.two_persons ? "two-persons" : "one-person"}, {"fields", std::move(fields)},
                       {"records", content->records.size()}, {"revision", content->revision}});
    }
    return all;
}

Result<registers::ContentRef> wanted(Host& host, const Request& request) {
    return host.registers->content(std::string(request.parameter("module")), std::string(request.parameter("register")));
}

json::object record_json(const Content& content, const registers::Record& record) {
    json::object fields;
    for (const auto& [name, value] : record.values)
        fields[name] = value.text;
    json::object row{{"key", record.key}, {"fields", std::move(fields)}, {"changed_utc_ns", record.changed_utc_ns}, {"ledger_index", record.ledger_index}};
    if (content.declaration->append_only) {
        const auto newer = content.corrected_by.find(record.key);
        row["corrects"] = record.corrects.empty() ? json::value(nullptr) : json::value(record.corrects);
        row["corrected_by"] = newer == content.corrected_by.end() ? json::value(nullptr) : json::value(newer->second);
    }
    return row;
}

Error no_record(const Declaration& declared, const std::string& key) {
    const std::string name = declared.module + "/" + declared.name;
    return {ErrorCode::not_found, name + " has no record '" + key + "'\nhint: ombud register show " + name};
}

Answered show(Host& host, const Request& request) {
    const auto key = request.query_text("key", "");
    const auto after = request.query_text("after", "");
    const auto every = request.query_integer("all", 0, 0, 1);
    const auto limit = request.query_integer("limit", 1000, 1, 10'000);
    const auto content = wanted(host, request);
    if (!key || !after || !every || !limit || !content)
        return fail(!key ? key.error() : !after ? after.error() : !every ? every.error() : !limit ? limit.error() : content.error());
    const Declaration& declared = *(*content)->declaration;
    if (is_personal(declared) && request.peer.access < api::Access::approve)
        return fail(ErrorCode::refused, request.peer.name + " may read, but " + declared.module + "/" + declared.name +
                                            " is about persons\nhint: the site's approvers and administrators see it");
    json::array records;
    json::value next;
    if (!key->empty()) {
        const auto record = (*content)->find(*key);
        if (!record)
            return fail(no_record(declared, *key));
        records.push_back(record_json(**content, *record));
    } else {
        auto at = (*content)->behind(*after);
        for (; at != (*content)->records.end() && static_cast<std::int64_t>(records.size()) < *limit; ++at)
            if (*every == 1 || (*content)->counts(**at))
                records.push_back(record_json(**content, **at));
        while (at != (*content)->records.end() && *every == 0 && !(*content)->counts(**at))
            ++at; // what is corrected is no reason to ask for more
        if (at != (*content)->records.end())
            next = records.back().at("key");
    }
    json::array names;
    for (const registers::Field& field : declared.fields)
        names.emplace_back(field.name);
    return json::object{{"module", declared.module}, {"register", declared.name}, {"key_title", declared.key_title},
                        {"change", declared.append_only ? "append" : declared.two_persons ? "two-persons" : "one-person"},
                        {"field_names", std::move(names)},
                        {"revision", (*content)->revision}, {"total", (*content)->records.size()},
                        {"records", std::move(records)}, {"next", std::move(next)}};
}

Result<registers::Texts> texts_in(const json::object& fields) {
    registers::Texts texts;
    for (const auto& field : fields) {
        const json::value& value = field.value();
        if (value.is_string())
            texts.emplace(field.key(), value.get_string());
        else if (value.is_null())
            texts.emplace(field.key(), "");
        else if (value.is_bool() || value.is_int64())
            texts.emplace(field.key(), json::serialize(value));
        else
            return fail(ErrorCode::invalid_input, "field '" + std::string(field.key()) + "' is neither a text, an integer nor true or false");
    }
    return texts;
}

json::object changed_json(const RegisterChanged& changed, api::Access access) {
    return {{"changed", !changed.proposal && !changed.same}, {"same", changed.same}, {"revision", changed.revision},
            {"ledger_index", changed.ledger_index},
            {"proposal", changed.proposal ? json::value(proposal_json(*changed.proposal, access)) : json::value(nullptr)}};
}

Answered change(Host& host, const Request& request) {
    const auto key = request.body_text("key");
    const auto removes = request.body_flag("remove", false);
    const auto existing = request.body_flag("existing", false);
    const auto fields = request.body_object("fields");
    const auto reason = request.body_text("reason");
    if (!key || !removes || !existing || !fields || !reason)
        return fail(!key ? key.error() : !removes ? removes.error() : !existing ? existing.error() : !fields ? fields.error() : reason.error());
    if (*existing) {
        const auto content = wanted(host, request);
        if (!content)
            return fail(content.error());
        if (!(*content)->find(*key))
            return fail(no_record(*(*content)->declaration, *key));
    }
    if (*removes && !fields->empty())
        return fail(ErrorCode::invalid_input, "body: fields of a record that is removed mean nothing");
    auto texts = texts_in(*fields);
    if (!texts)
        return fail(texts.error());
    const auto changed = host.registers->change({std::string(request.parameter("module")), std::string(request.parameter("register")), *key,
                                                 *removes, std::move(*texts), *reason, false},
                                                person_of(request.peer));
    if (!changed)
        return fail(changed.error());
    return changed_json(*changed, request.peer.access);
}

Answered append(Host& host, const Request& request) {
    const auto fields = request.body_object("fields");
    const auto corrects = request.body_text_or("corrects", "");
    const auto reason = request.body_text_or("reason", "");
    if (!fields || !corrects || !reason)
        return fail(!fields ? fields.error() : !corrects ? corrects.error() : reason.error());
    auto texts = texts_in(*fields);
    if (!texts)
        return fail(texts.error());
    const auto added = host.registers->append(
        {std::string(request.parameter("module")), std::string(request.parameter("register")), std::move(*texts), *corrects, *reason},
        person_of(request.peer));
    if (!added)
        return fail(added.error());
    return json::object{{"key", added->key}, {"revision", added->revision}, {"ledger_index", added->ledger_index}};
}

Answered erase(Host& host, const Request& request) {
    const auto key = request.body_text("key");
    const auto reason = request.body_text("reason");
    if (!key || !reason)
        return fail(!key ? key.error() : reason.error());
    const auto erased = host.registers->erase({std::string(request.parameter("module")), std::string(request.parameter("register"))}, *key,
                                              *reason, person_of(request.peer));
    if (!erased)
        return fail(erased.error());
    return json::object{{"rows", *erased}};
}

Answered lose(Host& host, const Request& request) {
    const auto device = request.body_text("device");
    const auto reason = request.body_text("reason");
    if (!device || !reason)
        return fail(!device ? device.error() : reason.error());
    const auto changed = lose_device(*host.registers, *device, *reason, person_of(request.peer));
    if (!changed)
        return fail(changed.error());
    if (auto dropped = host.gates->drop_device(*device); !dropped) // the register says lost already: nothing new goes to it
        return fail(dropped.error());
    Mode mode = Mode::off;
    for (const Member& member : *host.dispatcher->modules())
        if (member.id == "push_consent_guard")
            mode = member.mode;
    const auto asked = disable_account_of(*host.registers, *host.ledger, mode, *device, host.clock.utc_ns());
    if (!asked)
        return fail(Error(asked.error()).within("the device is lost now; its person's account"));
    if (*asked == AccountAsked::asked)
        host.notices.publish({Notice::Kind::action_requested, "push_consent_guard", 0, 1});
    json::object answer = changed_json(*changed, request.peer.access);
    answer["account"] = to_string(*asked);
    return answer;
}

Answered add_device(Host& host, const Request& request) {
    const auto device = request.body_text("device");
    const auto fields = request.body_object("fields");
    const auto reason = request.body_text("reason");
    if (!device || !fields || !reason)
        return fail(!device ? device.error() : !fields ? fields.error() : reason.error());
    auto texts = texts_in(*fields);
    if (!texts)
        return fail(texts.error());
    auto added = PushDevices(*host.registers).add(*device, std::move(*texts), host.clock.utc_ns(), *reason, person_of(request.peer));
    if (!added)
        return fail(added.error());
    json::object answer = changed_json(added->changed, request.peer.access);
    answer["token"] = added->token;
    return answer;
}

} // namespace

void add_register_routes(api::Router& router, Host& host) {
    router.add({Method::get, "/v1/registers", [&host](const Request&) { return list(host); }, {}, {}});
    router.add({Method::get, "/v1/registers/{module}/{register}", [&host](const Request& request) { return show(host, request); },
                {"key", "after", "limit", "all"}, {}});
    router.add({Method::post, "/v1/registers/{module}/{register}/rows", [&host](const Request& request) { return append(host, request); }, {},
                {"fields", "corrects", "reason"}});
    router.add({Method::post, "/v1/registers/{module}/{register}/erase", [&host](const Request& request) { return erase(host, request); }, {},
                {"key", "reason"}});
    router.add({Method::post, "/v1/registers/{module}/{register}", [&host](const Request& request) { return change(host, request); }, {},
                {"key", "remove", "existing", "fields", "reason"}});
    router.add({Method::post, "/v1/devices", [&host](const Request& request) { return add_device(host, request); }, {},
                {"device", "fields", "reason"}});
    router.add({Method::post, "/v1/devices/lost", [&host](const Request& request) { return lose(host, request); }, {}, {"device", "reason"}});
}

} // namespace ombud::daemon
