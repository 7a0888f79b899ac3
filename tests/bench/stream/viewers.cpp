#include "viewers.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include "gates/stream/digest_access.hpp"
#include "gates/stream/rtsp.hpp"
#include "traffic.hpp"

namespace ombud::bench {
namespace {

/// Opens one stream over a blocking socket.
class Opening {
  public:
    Opening(std::uint16_t port, std::string url) : url_(std::move(url)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("no connection to port " + std::to_string(port));
        const auto described = ask(stream::request("DESCRIBE", url_));
        for (int track = 0; track < 2; ++track) {
            const std::string name = described.body.find("track-") == std::string::npos ? (track == 0 ? "v" : "a") : "track-" + std::to_string(track);
            if (described.body.find("control:" + name) == std::string::npos)
                continue;
            auto set_up = stream::request("SETUP", url_ + "/" + name);
            set_up.set("Transport", "RTP/AVP/TCP;unicast;interleaved=" + std::to_string(2 * track) + "-" + std::to_string(2 * track + 1));
            const auto done = ask(std::move(set_up));
            session_ = std::string(done.header("Session").substr(0, done.header("Session").find(';')));
        }
        ask(stream::request("PLAY", url_));
    }
    int socket() const { return socket_; }

  private:
    stream::Message ask(stream::Message request) {
        for (int attempt = 0; attempt < 2; ++attempt) {
            request.set("CSeq", std::to_string(++cseq_));
            if (!session_.empty())
                request.set("Session", session_);
            if (challenge_)
                request.set("Authorization", challenge_->authorization("vms", "secret", request.method, request.url, "0011"));
            const std::string bytes = request.bytes();
            ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            auto answer = receive();
            if (answer.status == 401 && !challenge_) {
                challenge_ = stream::Challenge::choose(answer.all("WWW-Authenticate")).value();
                continue;
            }
            if (answer.status != 200)
                throw std::runtime_error(request.method + ": " + std::to_string(answer.status) + " " + answer.reason);
            return answer;
        }
        throw std::runtime_error(request.method + ": no login");
    }
    stream::Message receive() {
        for (;;) {
            if (auto parsed = stream::parse_message(input_, {}).value()) {
                input_.erase(0, parsed->size);
                return parsed->message;
            }
            std::array<char, 4096> bytes{};
            const auto count = ::recv(socket_, bytes.data(), 1, 0); // not beyond the answer: packets follow the last one
            if (count <= 0)
                throw std::runtime_error("the connection ended");
            input_.append(bytes.data(), static_cast<std::size_t>(count));
        }
    }

    std::string url_, session_, input_;
    int socket_, cseq_ = 0;
    std::optional<stream::Challenge> challenge_;
};

} // namespace

Viewers::Viewers(int count, std::uint16_t port) {
    for (int number = 0; number < count; ++number)
        sockets_.push_back(Opening(port, "rtsp://127.0.0.1:" + std::to_string(port) + "/cam" + std::to_string(number)).socket());
    thread_ = std::thread([this] { run(); });
}

Viewers::~Viewers() {
    over_ = true;
    thread_.join();
    for (const int socket : sockets_)
        ::close(socket);
}

Viewers::Seen Viewers::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
}

void Viewers::run() {
    std::vector<pollfd> polled;
    for (const int socket : sockets_)
        polled.push_back({socket, POLLIN, 0});
    std::vector<std::vector<std::uint8_t>> rests(sockets_.size());
    std::vector<std::uint8_t> bytes(1 << 18);
    while (!over_) {
        if (::poll(polled.data(), polled.size(), 100) <= 0)
            continue;
        for (std::size_t at = 0; at < polled.size(); ++at) {
            if (!(polled[at].revents & POLLIN))
                continue;
            auto& rest = rests[at];
            std::copy(rest.begin(), rest.end(), bytes.begin());
            const auto count = ::recv(polled[at].fd, bytes.data() + rest.size(), bytes.size() - rest.size(), MSG_DONTWAIT);
            if (count <= 0) {
                polled[at].fd = -1;
                continue;
            }
            const std::int64_t now = now_ns();
            const std::size_t size = rest.size() + static_cast<std::size_t>(count);
            std::size_t done = 0;
            bool is_first = true;
            const std::lock_guard lock(mutex_);
            seen_.bytes += static_cast<std::uint64_t>(count);
            while (size - done >= 4) {
                const std::size_t frame = 4 + (std::size_t{bytes[done + 2]} << 8 | bytes[done + 3]);
                if (size - done < frame)
                    break;
                (bytes[done + 1] == 0 ? seen_.video : seen_.audio) += 1;
                if (std::exchange(is_first, false)) {
                    std::int64_t sent = 0;
                    std::memcpy(&sent, bytes.data() + done + 4 + stamp_at, sizeof sent);
                    seen_.delays_ns.push_back(now - sent);
                }
                done += frame;
            }
            rest.assign(bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        }
    }
}

} // namespace ombud::bench
