#include "relay.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <map>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace ombud::bench {

[[noreturn]] void run_relay(int listener, std::uint16_t to_port) {
    const int events = ::epoll_create1(0);
    const auto watch = [events](int socket) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = socket;
        ::epoll_ctl(events, EPOLL_CTL_ADD, socket, &event);
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    };
    watch(listener);
    std::vector<int> other(4096, -1);
    std::vector<char> buffer(64 * 1024);
    epoll_event ready[64];
    for (;;) {
        const int count = ::epoll_wait(events, ready, 64, -1);
        for (int at = 0; at < count; ++at) {
            const int from = ready[at].data.fd;
            if (from == listener) {
                const int viewer = ::accept(listener, nullptr, nullptr), camera = ::socket(AF_INET, SOCK_STREAM, 0);
                sockaddr_in address{};
                address.sin_family = AF_INET;
                address.sin_port = htons(to_port);
                address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                if (viewer < 0 || ::connect(camera, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
                    std::exit(1);
                other[static_cast<std::size_t>(viewer)] = camera;
                other[static_cast<std::size_t>(camera)] = viewer;
                watch(viewer);
                watch(camera);
                continue;
            }
            const int to = other[static_cast<std::size_t>(from)];
            const auto size = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (size <= 0 || ::send(to, buffer.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) {
                ::close(from);
                ::close(to);
            }
        }
    }
}

} // namespace ombud::bench
