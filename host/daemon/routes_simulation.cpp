// What another site would have decided.
#include "daemon/route_nouns.hpp"

#include <charconv>
#include <filesystem>

#include "daemon/simulation.hpp"

namespace ombud::daemon {
namespace {

Result<std::int64_t> number_of(const Request& request, std::string_view name, std::int64_t min, std::int64_t max) {
    const auto text = request.body_text(name);
    if (!text)
        return fail(text.error());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size() || number < min || number > max)
        return fail(ErrorCode::invalid_input, std::string(name) + ": '" + *text + "' is not an integer in " + std::to_string(min) + ".." + std::to_string(max));
    return number;
}

json::object simulated_json(const Simulated& simulated) {
    json::array verdicts, matters;
    for (const OtherVerdict& one : simulated.verdicts)
        verdicts.push_back({{"ledger_index", one.ledger_index}, {"at_utc_ns", one.at_utc_ns}, {"module", one.module}, {"hook", one.hook},
                            {"attachment", one.attachment}, {"subject", one.subject}, {"was", one.was}, {"becomes", one.becomes}, {"reason", one.reason}});
    for (const OtherMatter& one : simulated.matters)
        matters.push_back({{"module", one.module}, {"control", one.control}, {"what", one.what}, {"subject", one.subject}, {"is_new", one.is_new},
                           {"text", one.text}});
    json::object unknown;
    for (const auto& [module, count] : simulated.unknown)
        unknown[module] = count;
    return {{"judged", simulated.judged}, {"compared", simulated.compared}, {"unknown", std::move(unknown)}, {"verdicts", std::move(verdicts)},
            {"more_verdicts", simulated.more_verdicts}, {"matters", std::move(matters)}, {"more_matters", simulated.more_matters},
            {"problems", texts(simulated.problems)}};
}

} // namespace

void add_simulation_routes(api::Router& router, Host& host) {
    router.add({Method::post, "/v1/simulate", [&host](const Request& request) -> Answered {
                    const auto xml = request.body_text("site_xml");
                    const auto name = request.body_text_or("name", "site.xml");
                    const auto since = number_of(request, "since_utc_ns", 0, INT64_MAX);
                    const auto entries = number_of(request, "entries", 1, 10'000'000);
                    for (const auto* one : {&since, &entries})
                        if (!*one)
                            return fail(one->error());
                    if (!xml || !name)
                        return fail(!xml ? xml.error() : name.error());
                    auto parsed = config::parse_site(*xml, *name, std::filesystem::absolute(host.options.site).parent_path(), *host.manifests());
                    if (!parsed)
                        return fail(parsed.error().error());
                    const auto simulated = simulate(host, *parsed, *since, static_cast<std::uint64_t>(*entries));
                    if (!simulated)
                        return fail(simulated.error());
                    return simulated_json(*simulated);
                },
                {}, {"site_xml", "name", "since_utc_ns", "entries"}});
}

} // namespace ombud::daemon
