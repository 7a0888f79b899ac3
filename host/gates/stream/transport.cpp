#include "gates/stream/transport.hpp"

#include <algorithm>

#include "events/printable.hpp"
#include "gates/stream/rtsp.hpp"

namespace ombud::stream {
namespace {

constexpr std::size_t header_bytes_max = 2048, ways_max = 16;

/// Takes what stands before `mark` off `rest`.
std::string_view take(std::string_view& rest, char mark) {
    const std::size_t end = rest.find(mark);
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return trimmed(part);
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

/// "A-B", or "A" alone with the next number as second.
Result<Pair> parse_pair(std::string_view name, std::string_view text, unsigned long least, unsigned long most) {
    std::string_view rest = text;
    const auto first = parse_number(take(rest, '-'), 5);
    const auto second = rest.empty() && first ? std::optional(*first + 1) : parse_number(trimmed(rest), 5);
    if (!first || !second || *first < least || *first > most || *second < least || *second > most || *first == *second)
        return fail(ErrorCode::invalid_input, "Transport: " + std::string(name) + "=" + printable(text.substr(0, 40)) +
                                                  " is not two numbers of " + std::to_string(least) + " to " +
                                                  std::to_string(most));
    return Pair{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*second)};
}

/// Nothing when it is one that the gate does not carry.
Result<std::optional<Transport>> parse_way(std::string_view way) {
    Transport transport;
    std::string_view rest = way;
    std::string protocol(take(rest, ';'));
    for (char& c : protocol)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    bool is_carried = true;
    if (protocol.ends_with("/TCP")) {
        protocol.resize(protocol.size() - 4);
    } else {
        transport.carrier = Transport::Carrier::udp;
        if (protocol.ends_with("/UDP"))
            protocol.resize(protocol.size() - 4);
    }
    is_carried = protocol == "RTP/AVP" || protocol == "RTP/AVPF" || protocol == "RTP/SAVP" || protocol == "RTP/SAVPF";
    transport.profile = protocol;
    while (!rest.empty()) {
        std::string_view parameter = take(rest, ';');
        if (parameter.empty())
            continue;
        const bool has_value = parameter.find('=') != std::string_view::npos;
        const std::string name = lower(take(parameter, '='));
        const std::string_view value = has_value ? trimmed(parameter) : std::string_view();
        const auto read = [&](std::optional<Pair>& into, unsigned long least, unsigned long most) -> Result<void> {
            const auto pair = parse_pair(name, value, least, most);
            if (!pair)
                return fail(pair.error());
            into = *pair;
            return {};
        };
        Result<void> done;
        if (name == "unicast") {
        } else if (name == "multicast") {
            is_carried = false;
        } else if (name == "interleaved") {
            done = read(transport.channels, 0, 255);
        } else if (name == "client_port") {
            done = read(transport.client_ports, 1, 65'535);
        } else if (name == "server_port") {
            done = read(transport.server_ports, 1, 65'535);
        } else if (name == "destination" || name == "source" || name == "port" || name == "ttl" || name == "layers") {
            // Addresses are those of the connections: a stream is never sent where a header says.
        } else if (!name.empty() && is_plain(name) && is_plain(value)) {
            transport.others.emplace_back(name, value);
        }
        if (!done)
            return fail(done.error());
    }
    if (transport.carrier == Transport::Carrier::interleaved && transport.client_ports)
        transport.client_ports.reset();
    if (transport.carrier == Transport::Carrier::udp && transport.channels) { // some say RTP/AVP;interleaved=
        transport.carrier = Transport::Carrier::interleaved;
        transport.client_ports.reset();
    }
    return is_carried ? std::optional(std::move(transport)) : std::nullopt;
}

} // namespace

std::string Transport::text() const {
    const auto pair = [](const char* name, const std::optional<Pair>& numbers) {
        return numbers ? ";" + std::string(name) + "=" + std::to_string(numbers->rtp) + "-" + std::to_string(numbers->rtcp)
                       : std::string();
    };
    std::string text = profile + (carrier == Carrier::interleaved ? "/TCP" : "") + ";unicast" +
                       pair("interleaved", channels) + pair("client_port", client_ports) + pair("server_port", server_ports);
    for (const auto& [name, value] : others)
        text.append(";").append(name).append(value.empty() ? "" : "=").append(value);
    return text;
}

Result<std::vector<Transport>> parse_transport(std::string_view header) {
    if (header.size() > header_bytes_max)
        return fail(ErrorCode::invalid_input, "Transport: more than " + std::to_string(header_bytes_max) + " bytes");
    std::vector<Transport> ways;
    std::size_t told = 0;
    while (!header.empty()) {
        const std::string_view way = take(header, ',');
        if (way.empty())
            continue;
        if (++told > ways_max)
            return fail(ErrorCode::invalid_input, "Transport: more than " + std::to_string(ways_max) + " ways");
        auto transport = parse_way(way);
        if (!transport)
            return fail(transport.error());
        if (*transport)
            ways.push_back(std::move(**transport));
    }
    return ways;
}

} // namespace ombud::stream
