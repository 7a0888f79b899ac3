#include "cameras.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "traffic.hpp"

namespace ombud::bench {
namespace {

constexpr std::int64_t picture_ns = 1'000'000'000 / pictures_per_second;
constexpr const char* description = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=bench\r\nt=0 0\r\na=control:*\r\n"
                                    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
                                    "m=audio 0 RTP/AVP 8\r\na=control:a\r\n";

std::string header(const std::string& head, const char* name) {
    const std::size_t at = head.find(name);
    return at == std::string::npos ? "" : head.substr(at, head.find("\r\n", at) - at) + "\r\n";
}

} // namespace

struct Cameras::Connection {
    int socket = -1;
    std::string input;
    bool is_playing = false;
    std::int64_t next_ns = 0;
    std::uint16_t sequence = 0;
};

Cameras::Cameras() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 256);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

Cameras::~Cameras() {
    over_ = true;
    thread_.join();
    ::close(listener_);
}

void Cameras::answer(Connection& connection) {
    for (;;) {
        while (connection.input.size() >= 4 && connection.input[0] == '$') { // RTCP of viewers
            const std::size_t frame = 4 + (std::size_t{static_cast<std::uint8_t>(connection.input[2])} << 8 |
                                           static_cast<std::uint8_t>(connection.input[3]));
            if (connection.input.size() < frame)
                return;
            connection.input.erase(0, frame);
        }
        const std::size_t end = connection.input.find("\r\n\r\n");
        if (end == std::string::npos)
            return;
        const std::string head = connection.input.substr(0, end + 2);
        connection.input.erase(0, end + 4);
        std::string reply = "RTSP/1.0 200 OK\r\n" + header(head, "CSeq:") + "Session: 1;timeout=60\r\n" + header(head, "Transport:");
        if (head.starts_with("DESCRIBE"))
            reply += "Content-Length: " + std::to_string(std::strlen(description)) + "\r\n\r\n" + description;
        else
            reply += "\r\n";
        ::send(connection.socket, reply.data(), reply.size(), MSG_NOSIGNAL);
        if (head.starts_with("PLAY")) {
            connection.is_playing = true;
            connection.next_ns = now_ns();
        }
    }
}

void Cameras::send_picture(Connection& connection) {
    std::uint8_t frame[4 + video_packet_bytes] = {'$'};
    const auto send = [&](std::uint8_t channel, std::uint8_t type, std::size_t size) {
        frame[1] = channel;
        frame[2] = static_cast<std::uint8_t>(size >> 8);
        frame[3] = static_cast<std::uint8_t>(size);
        frame[4] = 0x80;
        frame[5] = type;
        ++connection.sequence;
        std::memcpy(frame + 6, &connection.sequence, 2);
        const std::int64_t now = now_ns();
        std::memcpy(frame + 4 + stamp_at, &now, sizeof now);
        if (::send(connection.socket, frame, 4 + size, MSG_NOSIGNAL) < 0)
            connection.is_playing = false;
    };
    for (int packet = 0; packet < packets_per_picture; ++packet)
        send(0, 96, video_packet_bytes);
    send(2, 8, audio_packet_bytes);
    send(2, 8, audio_packet_bytes);
}

void Cameras::run() {
    std::vector<Connection> connections;
    std::vector<pollfd> polled;
    while (!over_) {
        std::int64_t now = now_ns(), due = now + 20'000'000;
        for (const Connection& one : connections)
            if (one.is_playing)
                due = std::min(due, one.next_ns);
        polled.assign(1, {listener_, POLLIN, 0});
        for (const Connection& one : connections)
            polled.push_back({one.socket, POLLIN, 0});
        const timespec wait{0, std::max<std::int64_t>(due - now, 0)};
        ::ppoll(polled.data(), polled.size(), &wait, nullptr);
        for (std::size_t at = connections.size(); at-- > 0;) {
            if (!(polled[at + 1].revents & (POLLIN | POLLHUP | POLLERR)))
                continue;
            char bytes[4096];
            const auto count = ::recv(connections[at].socket, bytes, sizeof bytes, MSG_DONTWAIT);
            if (count <= 0) {
                ::close(connections[at].socket);
                connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(at));
                continue;
            }
            connections[at].input.append(bytes, static_cast<std::size_t>(count));
            answer(connections[at]);
        }
        if (polled[0].revents & POLLIN) {
            Connection added;
            added.socket = ::accept(listener_, nullptr, nullptr);
            const int on = 1;
            ::setsockopt(added.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            connections.push_back(added);
        }
        now = now_ns();
        for (Connection& one : connections) {
            if (!one.is_playing || one.next_ns > now)
                continue;
            if (now - one.next_ns > picture_ns) {
                ++late_;
                one.next_ns = now;
            }
            one.next_ns += picture_ns;
            send_picture(one);
        }
    }
    for (const Connection& one : connections)
        ::close(one.socket);
}

} // namespace ombud::bench
