#include "config/web_reader.hpp"

#include "config/endpoint.hpp"
#include "config/values.hpp"

namespace ombud::config {
namespace {

constexpr std::int64_t lifetime_s_min = 60, lifetime_s_max = 24 * 3600;

/// What a program of another machine cannot reach: cookies and tokens pass here in clear.
bool is_loopback(std::string_view address) { return address.starts_with("127.") || address.starts_with("[::1]:"); }

} // namespace

WebGate read_web(XmlReader& xml, pugi::xml_node node, const std::set<std::string>& attachments) {
    WebGate gate;
    gate.listen = XmlReader::text(node, "listen");
    gate.group = XmlReader::text(node, "group");
    gate.attachment = XmlReader::text(node, "attachment");
    gate.enforces = XmlReader::text(node, "mode") == "enforce";
    const std::string_view listen = gate.listen;
    const bool is_unix = listen.starts_with("unix:");
    const auto where = listen.substr(std::min<std::size_t>(5, listen.size()));
    const bool is_good = is_unix ? is_socket_path(where) : listen.starts_with("inet:") && is_listen_address(where);
    if (!is_good && !listen.empty())
        xml.add(node, "listen " + in_quotes(listen) + " is not unix:/ABSOLUTE/PATH of at most " + std::to_string(socket_path_bytes_max) +
                          " bytes, or inet:ADDRESS:PORT, such as inet:127.0.0.1:8895");
    else if (is_good && !is_unix && !is_loopback(where))
        xml.add(node, "listen " + in_quotes(listen) + " can be reached from elsewhere, and cookies pass it in clear; take 127.0.0.1, "
                                                      "[::1] or a unix socket, and a proxy on this machine");
    if (is_good && !is_unix && !gate.group.empty())
        xml.add(node, "group " + in_quotes(gate.group) + " applies to listen=\"unix:…\" alone");
    if (!gate.attachment.empty() && !attachments.contains(gate.attachment))
        xml.add(node, "attachment " + in_quotes(gate.attachment) + " is not one of <attachments>" + known_names(attachments));
    if (node.attribute("approval-lifetime")) {
        const auto lifetime = parse_duration_s(XmlReader::text(node, "approval-lifetime"));
        if (lifetime && (*lifetime < lifetime_s_min || *lifetime > lifetime_s_max))
            xml.add(node, "approval-lifetime " + in_quotes(XmlReader::text(node, "approval-lifetime")) + " is not 1m to 24h");
        else if (lifetime)
            gate.approval_lifetime_s = *lifetime;
    }
    return gate;
}

} // namespace ombud::config
