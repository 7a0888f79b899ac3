// What the ledger holds: verdicts, and personal values that may be erased.
#include "daemon/route_nouns.hpp"

namespace ombud::daemon {
namespace {

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

} // namespace

void add_ledger_routes(api::Router& router, Host& host) {
    router.add({Method::get, "/v1/verdicts", [&host](const Request& request) { return verdicts_json(host, request); },
                {"limit", "after"}, {}});
    router.add({Method::post, "/v1/ledger/erase", [&host](const Request& request) { return erase(host, request); }, {},
                {"entry", "value", "before_utc_ns", "reason"}});
}

} // namespace ombud::daemon
