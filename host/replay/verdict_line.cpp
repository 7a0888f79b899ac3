#include "replay/verdict_line.hpp"

#include <map>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "events/printable.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::replay {

namespace json = boost::json;

json::object verdict_line(const Verdict& verdict, const Names& names) {
    json::object line{{"action", to_string(verdict.action)}};
    if (!verdict.rule.empty())
        line["rule"] = verdict.rule;
    if (!verdict.reason.empty())
        line["reason"] = printable(verdict.reason);
    if (!verdict.tracks.empty())
        line["tracks"] = to_string(verdict.tracks);
    if (!verdict.parts.empty())
        line["parts"] = json::array(verdict.parts.begin(), verdict.parts.end());
    if (!verdict.fields.empty()) {
        std::map<std::string, std::string> sorted; // a module may set them in any order
        for (const FieldText& field : verdict.fields)
            sorted.emplace(std::string(names.name(field.key)), signing::hex(signing::sha256(field.text)));
        json::object& set = line["set"].emplace_object();
        for (const auto& [key, digest] : sorted)
            set[key] = digest;
    }
    return line;
}

json::object fault_line(const std::string& fault) { return {{"fault", printable(fault)}}; }

std::string line_text(std::uint64_t call, const json::object& line) {
    json::object whole{{"call", call}};
    for (const auto& [key, value] : line)
        whole[key] = value;
    return json::serialize(whole);
}

} // namespace ombud::replay
