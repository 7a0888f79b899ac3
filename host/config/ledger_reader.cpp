#include "config/ledger_reader.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "config/endpoint.hpp"
#include "config/secret_source.hpp"

namespace ombud::config {
namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t every_s_max = 7 * day_s;
constexpr std::int64_t keep_s_min = 30 * day_s, keep_s_max = 36'500 * day_s;
// What passes is signed by both sides, and tells nothing but a number of entries and a hash.
constexpr UrlRule anchor_url{.encrypted = "https", .plain = "http", .example = "https://witness.example:8444"};
constexpr UrlRule mail_url{.encrypted = "smtps", .plain = "smtp", .is_host_alone = true, .example = "smtp://127.0.0.1:25"};

/// Which attributes a kind of anchor has beside `every`, and how often it keeps when that is not said.
struct KindRule {
    AnchorKind kind;
    std::vector<const char*> needs, may_have;
    std::int64_t every_s;
};

const std::array<KindRule, 5>& rules() {
    static const std::array<KindRule, 5> all{{{AnchorKind::file, {"path"}, {}, 60},
                                              {AnchorKind::syslog, {}, {"path"}, 60},
                                              {AnchorKind::mail, {"url", "from", "to"}, {}, day_s},
                                              {AnchorKind::witness, {"url", "key"}, {"path", "ca-file"}, 60},
                                              {AnchorKind::time_stamp, {"url", "ca-file"}, {"path"}, 3'600}}};
    return all;
}

std::filesystem::path read_path(pugi::xml_node node, const char* attribute, const std::filesystem::path& base_dir) {
    const auto given = XmlReader::text(node, attribute);
    return given.empty() ? std::filesystem::path() : std::filesystem::path(absolute_path(base_dir, given));
}

std::string name_of_key(const std::string& verifier_key) { return verifier_key.substr(0, verifier_key.find('+')); }

void check_attributes(XmlReader& xml, pugi::xml_node node, const KindRule& rule) {
    const std::string kind = "kind " + in_quotes(anchor_kind_name(rule.kind));
    const auto has = [](const std::vector<const char*>& list, std::string_view name) {
        return std::ranges::any_of(list, [&](const char* one) { return name == one; });
    };
    for (const char* needed : rule.needs)
        if (!node.attribute(needed))
            xml.add(node, kind + " needs " + needed + "=\"…\"");
    for (const char* name : {"path", "url", "key", "ca-file", "from", "to"})
        if (node.attribute(name) && !has(rule.needs, name) && !has(rule.may_have, name))
            xml.add(node, kind + " has no " + name);
}

Anchor read_anchor(XmlReader& xml, pugi::xml_node node, const std::filesystem::path& base_dir) {
    Anchor anchor;
    const auto kind = XmlReader::text(node, "kind");
    const auto rule = std::ranges::find_if(rules(), [&](const KindRule& one) { return kind == anchor_kind_name(one.kind); });
    if (rule == rules().end())
        return anchor; // the grammar has told
    anchor.kind = rule->kind;
    check_attributes(xml, node, *rule);
    anchor.path = read_path(node, "path", base_dir);
    anchor.ca_file = read_path(node, "ca-file", base_dir);
    anchor.key = XmlReader::text(node, "key");
    anchor.from = XmlReader::text(node, "from");
    anchor.to = XmlReader::text(node, "to");
    anchor.url = XmlReader::text(node, "url");
    if (!anchor.url.empty()) {
        if (const auto problem = url_problem(anchor.url, anchor.kind == AnchorKind::mail ? mail_url : anchor_url))
            xml.add(node, "url " + *problem);
        else if (anchor.kind == AnchorKind::witness && !anchor.ca_file.empty() && !is_encrypted(anchor.url, anchor_url))
            xml.add(node, "ca-file is of no use: the url is not https://");
        if (anchor.kind == AnchorKind::witness && anchor.url.ends_with('/'))
            anchor.url.pop_back();
    }
    anchor.every_s = rule->every_s;
    if (const auto every = xml.value(node, "every", parse_duration_s, "a duration such as 30s, 10m, 48h or 7d")) {
        anchor.every_s = *every;
        if (*every < 1 || *every > every_s_max)
            xml.add(node, "every " + in_quotes(XmlReader::text(node, "every")) + " is not 1s to 7d");
    }
    return anchor;
}

WitnessService read_witness(XmlReader& xml, pugi::xml_node node) {
    WitnessService witness;
    witness.listen = XmlReader::text(node, "listen");
    if (!witness.listen.empty() && !is_listen_address(witness.listen))
        xml.add(node, "listen " + in_quotes(witness.listen) + " is not " + std::string(address_words));
    std::set<std::string> names;
    for (const auto& log : node.children("log")) {
        auto key = XmlReader::text(log, "key");
        if (!key.empty() && !names.insert(name_of_key(key)).second)
            xml.add(log, "a key of " + in_quotes(name_of_key(key)) + " is given twice; a ledger has one");
        witness.logs.push_back(std::move(key));
    }
    return witness;
}

} // namespace

const char* anchor_kind_name(AnchorKind kind) {
    switch (kind) {
    case AnchorKind::file:
        return "file";
    case AnchorKind::syslog:
        return "syslog";
    case AnchorKind::mail:
        return "mail";
    case AnchorKind::witness:
        return "witness";
    case AnchorKind::time_stamp:
        return "time-stamp";
    }
    return "";
}

std::string Anchor::name() const {
    const std::string place = kind == AnchorKind::file ? path.string() : kind == AnchorKind::mail ? to : url;
    return std::string(anchor_kind_name(kind)) + (place.empty() ? "" : " " + place);
}

LedgerSettings read_ledger(XmlReader& xml, pugi::xml_node node, const std::filesystem::path& base_dir) {
    LedgerSettings settings;
    std::set<std::string> names, paths;
    for (const auto& child : node.children("anchor")) {
        auto anchor = read_anchor(xml, child, base_dir);
        if (!names.insert(anchor.name()).second)
            xml.add(child, "anchor " + in_quotes(anchor.name()) + " is given twice");
        else if (!anchor.path.empty() && !paths.insert(anchor.path).second)
            xml.add(child, "path " + in_quotes(anchor.path.string()) + " is another anchor's, too; each needs its own");
        settings.anchors.push_back(std::move(anchor));
    }
    if (const auto witness = node.child("witness"))
        settings.witness = read_witness(xml, witness);
    if (const auto keep = xml.value(node, "keep", parse_duration_s, "a duration such as 1095d")) {
        settings.keep_s = *keep;
        if (*keep < keep_s_min || *keep > keep_s_max)
            xml.add(node, "keep " + in_quotes(XmlReader::text(node, "keep")) + " is not 30d to 36500d");
    }
    return settings;
}

} // namespace ombud::config
