#pragma once
// HTTP/1.1 without TLS for a program of this machine that asks for others, such as a reverse proxy.

#include "events/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ombud::api {

struct HttpServerOptions {
    std::string listen; ///< "inet:ADDRESS:PORT" (port 0: any free one) or "unix:/ABSOLUTE/PATH"
    std::string group;  ///< of a unix socket, mode 0660; empty: the process's own
    std::size_t header_bytes_max = 32 * 1024;
    std::size_t body_bytes_max = 256 * 1024;
    std::size_t connections_max = 512;
    std::size_t workers = 16;                          ///< handlers that run at once
    std::chrono::milliseconds request_timeout{65'000}; ///< for a whole request, and the pause before it
    std::chrono::milliseconds answer_timeout{10'000};  ///< for the peer to take a whole answer
    std::chrono::milliseconds stop_timeout{2'000};     ///< for answers under way when the server stops
};

/// One call as it came; nothing in it is checked but that it is HTTP.
struct HttpCall {
    std::string_view method, target, body;
    std::vector<std::pair<std::string_view, std::string_view>> fields; ///< in order, as often as they came

    /// The value of a field, whatever the case of its name; empty: it is not there.
    [[nodiscard]] std::string_view field(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

struct HttpAnswer {
    unsigned status = 200;
    std::string content_type; ///< empty: no body, and no word on caching
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields;
};

/// Answers one call. May block, but not for ever. An exception becomes status 500. Thread  several at once
using HttpHandler = std::function<HttpAnswer(const HttpCall&)>;

/// Serves until it is destroyed, which waits for handlers that run.
class HttpServer {
  public:
    /// Errors  invalid_input  listen cannot be read, or no such group;  those of SocketFile::listen
    ///         unavailable    the address is taken, or cannot be listened on
    static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options, HttpHandler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const; ///< 0: a unix socket

  private:
    class Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::api
