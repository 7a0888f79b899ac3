#include "config/gates_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "config/endpoint.hpp"
#include "config/exports_reader.hpp"
#include "config/secret_source.hpp"

namespace ombud::config {
namespace {

constexpr UrlRule camera_url{.encrypted = "rtsps", .plain = "rtsp", .example = "rtsp://10.0.0.5:554/h264"};
constexpr UrlRule web_url{
    .encrypted = "https", .plain = "http", .is_plain_for_loopback = true, .example = "https://push.example/alarms"};
constexpr UrlRule broker_url{.encrypted = "mqtts",
                             .plain = "mqtt",
                             .is_plain_for_loopback = true,
                             .is_host_alone = true,
                             .example = "mqtts://broker.example:8883"};

/// Which attributes a kind of forwarder has beside those that each has.
struct KindRule {
    ForwarderKind kind;
    std::vector<const char*> needs, may_have;
};

const KindRule& rule_of(ForwarderKind kind) {
    static const std::array<KindRule, 4> rules{{{ForwarderKind::web_push, {"contact"}, {}},
                                                {ForwarderKind::webhook, {"url"}, {}},
                                                {ForwarderKind::ntfy, {"url"}, {}},
                                                {ForwarderKind::mqtt, {"url", "topic"}, {"user"}}}};
    return *std::ranges::find(rules, kind, &KindRule::kind);
}

/// Reads the gates of one site; what the readers share.
class GatesReader {
  public:
    GatesReader(XmlReader& xml, const std::set<std::string>& cameras, const std::filesystem::path& base_dir)
        : xml_(xml), cameras_(cameras), base_dir_(base_dir) {}

    StreamGate read_streams(pugi::xml_node node);
    MailGate read_mail(pugi::xml_node node);
    PushGate read_push(pugi::xml_node node);

  private:
    StreamSource read_stream(pugi::xml_node node);
    std::optional<PortRange> read_udp_ports(pugi::xml_node node, std::size_t streams);
    Forwarder read_forwarder(pugi::xml_node node);
    void check_kind(pugi::xml_node node, ForwarderKind kind);
    std::vector<Login> read_logins(pugi::xml_node node, const char* name);
    /// An address to listen on; empty: the element has none, or a problem was added.
    std::string read_address(pugi::xml_node node, const char* attribute);
    std::filesystem::path read_path(pugi::xml_node node, const char* attribute);
    std::string read_url(pugi::xml_node node, const UrlRule& rule);
    /// What is sent in a line of a protocol.
    std::optional<Secret> read_line_secret(pugi::xml_node node, const std::string& what);
    /// Adds a problem when the key was seen before.
    void check_once(std::set<std::string>& seen, const std::string& key, pugi::xml_node node, const std::string& what);

    XmlReader& xml_;
    const std::set<std::string>& cameras_;
    const std::filesystem::path& base_dir_;
    std::set<std::string> addresses_, stream_names_, forwarder_ids_;
};

void GatesReader::check_once(std::set<std::string>& seen, const std::string& key, pugi::xml_node node,
                             const std::string& what) {
    if (!key.empty() && !seen.insert(key).second)
        xml_.add(node, what + " " + in_quotes(key) + " is given twice");
}

std::string GatesReader::read_address(pugi::xml_node node, const char* attribute) {
    auto address = XmlReader::text(node, attribute);
    if (address.empty())
        return {};
    if (!is_listen_address(address)) {
        xml_.add(node, std::string(attribute) + " " + in_quotes(address) + " is not " + std::string(address_words));
        return {};
    }
    if (!address.ends_with(":0")) // any free port is another one each time
        check_once(addresses_, address, node, attribute);
    return address;
}

std::filesystem::path GatesReader::read_path(pugi::xml_node node, const char* attribute) {
    const auto given = XmlReader::text(node, attribute);
    return given.empty() ? std::string() : absolute_path(base_dir_, given);
}

std::string GatesReader::read_url(pugi::xml_node node, const UrlRule& rule) {
    auto url = XmlReader::text(node, "url");
    if (url.empty())
        return url;
    if (const auto problem = url_problem(url, rule)) {
        xml_.add(node, "url " + *problem);
        return {};
    }
    if (node.attribute("ca-file") && !is_encrypted(url, rule))
        xml_.add(node, "ca-file is of no use: the url is not " + std::string(rule.encrypted) + "://");
    return url;
}

std::optional<Secret> GatesReader::read_line_secret(pugi::xml_node node, const std::string& what) {
    auto secret = read_secret_source(xml_, node, what, base_dir_);
    if (!secret)
        return std::nullopt;
    const auto& text = secret->reveal();
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
        xml_.add(node, what + ": its secret must be one line without control characters");
        return std::nullopt;
    }
    return secret;
}

std::vector<Login> GatesReader::read_logins(pugi::xml_node node, const char* name) {
    std::vector<Login> logins;
    std::set<std::string> seen;
    for (const auto& child : node.children(name)) {
        const auto login = XmlReader::text(child, "name");
        check_once(seen, login, child, "name");
        if (auto secret = read_line_secret(child, in_quotes(login)))
            logins.push_back({login, std::move(*secret)});
    }
    return logins;
}

StreamSource GatesReader::read_stream(pugi::xml_node node) {
    StreamSource stream;
    stream.name = XmlReader::text(node, "name");
    stream.camera = XmlReader::text(node, "camera");
    stream.url = read_url(node, camera_url);
    stream.user = XmlReader::text(node, "user");
    stream.ca_file = read_path(node, "ca-file");
    check_once(stream_names_, stream.name, node, "name");
    if (!stream.camera.empty() && !cameras_.contains(stream.camera))
        xml_.add(node, "camera " + in_quotes(stream.camera) + " is not one of <cameras>" + known_names(cameras_));
    if (!stream.user.empty())
        stream.password = read_line_secret(node, "user " + in_quotes(stream.user));
    else if (has_secret_source(node))
        xml_.add(node, in_quotes(stream.name) + " has a secret and no user; add user=\"…\"");
    return stream;
}

// RTP takes an even port and RTCP the next, each once for the viewer and once for the camera: a stream with picture and sound has 8.
std::optional<PortRange> GatesReader::read_udp_ports(pugi::xml_node node, std::size_t streams) {
    constexpr std::uint16_t least = 1024;
    constexpr std::size_t ports_of_stream = 8;
    const auto given = XmlReader::text(node, "udp-ports");
    if (given.empty())
        return std::nullopt;
    const auto wrong = [&](const std::string& why) {
        xml_.add(node, "udp-ports " + in_quotes(given) + " " + why);
        return std::nullopt;
    };
    PortRange range;
    const char* const end = given.data() + given.size();
    const auto first = std::from_chars(given.data(), end, range.first);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-')
        return wrong("is not FIRST-LAST, two ports of 1024 to 65535, e.g. 40000-40999");
    const auto last = std::from_chars(first.ptr + 1, end, range.last);
    if (last.ec != std::errc{} || last.ptr != end || range.first < least || range.last < range.first)
        return wrong("is not FIRST-LAST, two ports of 1024 to 65535, e.g. 40000-40999");
    if (range.first % 2 != 0 || range.last % 2 != 1)
        return wrong("must begin with an even and end with an odd port, as RTP takes an even one and RTCP the next, e.g. 40000-40999");
    const std::size_t count = range.last - range.first + 1u, needed = ports_of_stream * std::max<std::size_t>(streams, 1);
    if (count < needed)
        return wrong("has " + std::to_string(count) + " ports, and needs " + std::to_string(needed) + ": 8 for each stream, 4 for each of its tracks");
    return range;
}

StreamGate GatesReader::read_streams(pugi::xml_node node) {
    StreamGate gate;
    gate.listen = read_address(node, "listen");
    gate.tls_listen = read_address(node, "tls-listen");
    gate.certificate = read_path(node, "certificate");
    gate.key = read_path(node, "key");
    const bool has_tls = node.attribute("tls-listen");
    if (!has_tls && !node.attribute("listen"))
        xml_.add(node, "needs listen=\"ADDRESS:PORT\", tls-listen=\"ADDRESS:PORT\", or both");
    for (const char* attribute : {"certificate", "key"})
        if (has_tls != !node.attribute(attribute).empty())
            xml_.add(node, has_tls ? "has tls-listen, so it needs " + std::string(attribute) + "=\"FILE\""
                                   : "has " + std::string(attribute) + " and no tls-listen=\"ADDRESS:PORT\"");
    gate.viewers = read_logins(node, "viewer");
    for (const auto& child : node.children("stream"))
        gate.streams.push_back(read_stream(child));
    gate.udp_ports = read_udp_ports(node, gate.streams.size());
    return gate;
}

MailGate GatesReader::read_mail(pugi::xml_node node) {
    MailGate gate{XmlReader::text(node, "listen"), XmlReader::text(node, "group")};
    const std::string_view listen = gate.listen;
    const bool is_unix = listen.starts_with("unix:");
    const bool is_good =
        is_unix ? is_socket_path(listen.substr(5)) : listen.starts_with("inet:") && is_listen_address(listen.substr(5));
    if (!is_good && !listen.empty())
        xml_.add(node,
                 "listen " + in_quotes(listen) +
                     " is not inet:ADDRESS:PORT, such as inet:127.0.0.1:8894, or unix:/ABSOLUTE/PATH of at most " +
                     std::to_string(socket_path_bytes_max) + " bytes");
    else if (!is_unix && !listen.ends_with(":0"))
        check_once(addresses_, gate.listen.substr(std::min<std::size_t>(5, listen.size())), node, "listen");
    if (is_good && !is_unix && !gate.group.empty())
        xml_.add(node, "group " + in_quotes(gate.group) + " applies to listen=\"unix:…\" alone");
    return gate;
}

void GatesReader::check_kind(pugi::xml_node node, ForwarderKind kind) {
    const KindRule& rule = rule_of(kind);
    const std::string who = "kind " + in_quotes(forwarder_kind_name(kind));
    std::string allowed;
    for (const auto& names : {rule.needs, rule.may_have})
        for (const char* name : names)
            allowed += std::string(name) + ", ";
    for (const char* attribute : {"url", "topic", "contact", "user"}) {
        const auto is_attribute = [&](const char* name) { return std::string_view(name) == attribute; };
        const bool is_needed = std::ranges::any_of(rule.needs, is_attribute);
        if (is_needed && !node.attribute(attribute))
            xml_.add(node, who + " needs " + attribute + "=\"…\"");
        if (!is_needed && node.attribute(attribute) && std::ranges::none_of(rule.may_have, is_attribute))
            xml_.add(node, who + " has no " + attribute + "; allowed: " + allowed +
                               "secret-file, secret-credential, ca-file");
    }
}

Forwarder GatesReader::read_forwarder(pugi::xml_node node) {
    Forwarder forwarder;
    forwarder.id = XmlReader::text(node, "id");
    const auto kind_name = XmlReader::text(node, "kind");
    for (const auto kind : {ForwarderKind::web_push, ForwarderKind::webhook, ForwarderKind::ntfy, ForwarderKind::mqtt})
        if (kind_name == forwarder_kind_name(kind)) {
            forwarder.kind = kind;
            check_kind(node, kind); // an unknown one is the grammar's to refuse
        }
    forwarder.url = read_url(node, forwarder.kind == ForwarderKind::mqtt ? broker_url : web_url);
    forwarder.topic = XmlReader::text(node, "topic");
    forwarder.provider = XmlReader::text(node, "provider");
    forwarder.country = XmlReader::text(node, "country");
    forwarder.contact = XmlReader::text(node, "contact");
    forwarder.user = XmlReader::text(node, "user");
    forwarder.ca_file = read_path(node, "ca-file");

    check_once(forwarder_ids_, forwarder.id, node, "id");
    const auto& country = forwarder.country;
    const bool has_country_form =
        country.size() == 2 && std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (has_country_form && !is_country(country)) // another form is the grammar's to refuse
        xml_.add(node, "country " + in_quotes(country) + " is not assigned to a country in ISO 3166-1" +
                           (country == "UK"   ? "; the United Kingdom is GB"
                            : country == "EU" ? "; name the provider's own country"
                                              : ""));
    if (forwarder.topic.find_first_of("+#") != std::string::npos)
        xml_.add(node, "topic " + in_quotes(forwarder.topic) + " holds a wildcard (+ or #); messages go to one topic");
    if (!forwarder.contact.empty() && !forwarder.contact.starts_with("mailto:") &&
        !forwarder.contact.starts_with("https://"))
        xml_.add(node, "contact " + in_quotes(forwarder.contact) +
                           " is not mailto:ADDRESS or https://…, where the push service reaches you");
    if (forwarder.kind == ForwarderKind::web_push && kind_name == "web-push") // a key in PEM has many lines
        forwarder.secret = read_secret_source(xml_, node, in_quotes(forwarder.id), base_dir_);
    else if (has_secret_source(node) || !forwarder.user.empty())
        forwarder.secret = read_line_secret(node, in_quotes(forwarder.id));
    if (forwarder.kind == ForwarderKind::mqtt && forwarder.user.empty() && has_secret_source(node))
        xml_.add(node, in_quotes(forwarder.id) + " has a secret and no user; add user=\"…\"");
    return forwarder;
}

PushGate GatesReader::read_push(pugi::xml_node node) {
    PushGate gate;
    gate.listen = read_address(node, "listen");
    gate.certificate = read_path(node, "certificate");
    gate.key = read_path(node, "key");
    gate.senders = read_logins(node, "sender");
    for (const auto& child : node.children("forwarder"))
        gate.forwarders.push_back(read_forwarder(child));
    return gate;
}

} // namespace

Gates read_gates(XmlReader& xml, pugi::xml_node node, const std::set<std::string>& cameras,
                 const std::filesystem::path& base_dir) {
    Gates gates;
    GatesReader reader(xml, cameras, base_dir);
    if (const auto streams = node.child("streams"))
        gates.streams = reader.read_streams(streams);
    if (const auto mail = node.child("mail"))
        gates.mail = reader.read_mail(mail);
    if (const auto push = node.child("push"))
        gates.push = reader.read_push(push);
    if (const auto exports = node.child("exports"))
        gates.exports = read_exports(xml, exports, base_dir);
    return gates;
}

} // namespace ombud::config
