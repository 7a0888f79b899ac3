#include "api/client.hpp"

#include "api/error_json.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace ombud::api {
namespace {

namespace http = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t answer_bytes_max = 256ULL * 1024 * 1024;

/// One connection with a moment at which patience ends.
class Line {
  public:
    Line(int socket, const std::filesystem::path& path, std::chrono::milliseconds timeout)
        : socket_(socket), path_(path.string()), timeout_(timeout), deadline_(SteadyClock::now() + timeout) {}
    ~Line() { close(socket_); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    Result<void> connect(const std::filesystem::path& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.native().size() >= sizeof address.sun_path)
            return fail(ErrorCode::invalid_input, path_ + ": too long for a socket; at most 107 bytes");
        std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
        timeval limit{};
        limit.tv_sec = static_cast<time_t>(timeout_.count() / 1000);
        limit.tv_usec = static_cast<suseconds_t>(timeout_.count() % 1000 * 1000);
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit); // connect() obeys it, too
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return {};
        switch (errno) {
        case ENOENT:
        case ENOTDIR:
        case ECONNREFUSED:
            return fail(ErrorCode::unavailable, path_ + ": nobody serves this socket\nhint: is `ombud run` running? "
                                                        "Another place is given with --socket or OMBUD_SOCKET");
        case EACCES:
        case EPERM:
            return fail(ErrorCode::refused, path_ +
                                                ": permission denied\nhint: root, the daemon's own user and members "
                                                "of the socket's group may open it");
        case EAGAIN:
            return fail(slow());
        default:
            return fail(ErrorCode::unavailable, path_ + ": " + std::strerror(errno));
        }
    }

    /// Sends it all; a peer that stops listening is no error here, since its answer may tell why.
    Result<void> send(std::string_view bytes) {
        while (!bytes.empty()) {
            if (auto ready = wait(POLLOUT); !ready)
                return ready;
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0)
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            else if (errno == EPIPE || errno == ECONNRESET)
                return {};
            else if (errno != EAGAIN && errno != EINTR)
                return fail(ErrorCode::unavailable, path_ + ": " + std::strerror(errno));
        }
        return {};
    }

    /// Appends what has come; false at the end.
    Result<bool> receive(std::string& bytes) {
        std::array<char, 65'536> part;
        while (true) {
            if (auto ready = wait(POLLIN); !ready)
                return fail(std::move(ready.error()));
            const auto size = recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
            if (size > 0)
                bytes.append(part.data(), static_cast<std::size_t>(size));
            if (size >= 0)
                return size > 0;
            if (errno == ECONNRESET)
                return false;
            if (errno != EAGAIN && errno != EINTR)
                return fail(ErrorCode::unavailable, path_ + ": " + std::strerror(errno));
        }
    }

  private:
    [[nodiscard]] Error slow() const {
        return {ErrorCode::unavailable, path_ + ": no answer within " + std::to_string(timeout_.count()) +
                                            " ms\nhint: the daemon is busy or stuck; its log tells"};
    }

    Result<void> wait(short what) {
        while (true) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - SteadyClock::now());
            if (left.count() <= 0)
                return fail(slow());
            pollfd entry{socket_, what, 0};
            const int ready = poll(&entry, 1, static_cast<int>(std::min<long long>(left.count(), 60'000)));
            if (ready > 0)
                return {};
            if (ready < 0 && errno != EINTR)
                return fail(ErrorCode::internal, path_ + ": poll: " + std::strerror(errno));
        }
    }

    int socket_;
    std::string path_;
    std::chrono::milliseconds timeout_;
    SteadyClock::time_point deadline_;
};

std::string_view name_of(Method method) {
    switch (method) {
    case Method::get:
        return "GET";
    case Method::put:
        return "PUT";
    case Method::post:
        return "POST";
    case Method::del:
        return "DELETE";
    }
    return "";
}

std::string render(Method method, const std::string& target, const boost::json::value& body) {
    std::string text =
        std::string(name_of(method)) + " " + target + " HTTP/1.1\r\nHost: ombud\r\nConnection: close\r\n";
    if (body.is_null())
        return text + "Content-Length: 0\r\n\r\n";
    const std::string json = boost::json::serialize(body);
    return text + "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n\r\n" +
           json;
}

struct Received {
    unsigned status = 0;
    std::string body;
};

Result<Received> read_answer(Line& line, const std::filesystem::path& path) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    parser.body_limit(answer_bytes_max);
    const auto foreign = [&](const std::string& why) {
        return fail(ErrorCode::internal, path.string() + ": " + why + "\nhint: is this socket the one of `ombud run`?");
    };
    std::string pending;
    while (!parser.is_done()) {
        const auto more = line.receive(pending);
        if (!more)
            return fail(more.error());
        boost::system::error_code error;
        if (*more)
            pending.erase(0, parser.put(boost::asio::buffer(pending), error));
        else if (parser.got_some())
            parser.put_eof(error);
        else
            return fail(ErrorCode::unavailable, path.string() + ": the connection was closed without an answer\nhint: "
                                                                "the daemon is stopping or overloaded; try again");
        if (error && error != http::error::need_more)
            return foreign("the answer is not HTTP: " + error.message());
    }
    return Received{parser.get().result_int(), std::move(parser.get().body())};
}

} // namespace

Result<std::string> Client::request_text(Method method, const std::string& target, const boost::json::value& body) const
    try {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return fail(ErrorCode::unavailable, std::string("no socket: ") + std::strerror(errno));
    Line line(socket, socket_path_, timeout_);
    if (auto connected = line.connect(socket_path_); !connected)
        return fail(std::move(connected.error()));
    if (auto sent = line.send(render(method, target, body)); !sent)
        return fail(std::move(sent.error()));
    auto received = read_answer(line, socket_path_);
    if (!received)
        return fail(std::move(received.error()));
    if (received->status < 400)
        return std::move(received->body);
    boost::json::error_code error;
    const auto value = boost::json::parse(received->body, error);
    return fail(error_from_json(value, received->status));
} catch (const std::exception& exception) {
    return fail(ErrorCode::internal, socket_path_.string() + ": " + exception.what());
}

Result<boost::json::value> Client::request(Method method, const std::string& target,
                                           const boost::json::value& body) const {
    auto text = request_text(method, target, body);
    if (!text)
        return fail(std::move(text.error()));
    boost::json::error_code error;
    auto value = boost::json::parse(*text, error);
    if (error)
        return fail(ErrorCode::internal, socket_path_.string() + ": the answer is not JSON: " + error.message());
    return value;
}

} // namespace ombud::api
