#include "http_double.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace ombud::zoneminder {

std::string http(int status, const std::string& type, const std::string& body, const std::string& more_headers) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "Connection: close\r\n\r\n" +
           body;
}

HttpDouble::HttpDouble(HttpAnswer answer)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, raw, length) != 0 || listen(listener_, 8) != 0 || getsockname(listener_, raw, &length) != 0)
        throw std::runtime_error("the test's web server cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

HttpDouble::~HttpDouble() {
    stops_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
}

std::vector<HttpRequest> HttpDouble::requests() const {
    const std::lock_guard lock(guard_);
    return requests_;
}

void HttpDouble::serve() {
    while (!stops_) {
        const int client = accept(listener_, nullptr, nullptr);
        if (client < 0)
            continue;
        talk(client);
        close(client);
    }
}

void HttpDouble::talk(int client) {
    std::string text;
    char bytes[4096];
    std::size_t end = std::string::npos;
    std::size_t length = 0;
    while (end == std::string::npos || text.size() < end + 4 + length) {
        const auto got = recv(client, bytes, sizeof bytes, 0);
        if (got <= 0)
            return;
        text.append(bytes, static_cast<std::size_t>(got));
        end = text.find("\r\n\r\n");
        if (const auto at = text.find("Content-Length: "); end != std::string::npos && at < end)
            length = std::stoul(text.substr(at + 16));
    }
    const auto first = text.find("\r\n");
    HttpRequest request{text.substr(0, first), text.substr(first + 2, end - first - 2), text.substr(end + 4)};
    {
        const std::lock_guard lock(guard_);
        requests_.push_back(request);
    }
    const std::string answer = answer_(request);
    send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    const std::string more(65536, 'x');
    while (never_ends && !stops_ && send(client, more.data(), more.size(), MSG_NOSIGNAL) > 0) {
    }
    while (hangs && !stops_) {
        pollfd gone{client, POLLIN, 0};
        if (poll(&gone, 1, 50) > 0)
            return;
    }
}

} // namespace ombud::zoneminder
