#pragma once
// The daemon's half of the local API: HTTP/1.1 over a Unix socket.

#include "api/peer.hpp"
#include "api/router.hpp"
#include "events/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace ombud::api {

struct ServerOptions {
    std::filesystem::path socket_path; ///< at most 107 bytes; its folder exists
    std::string group;                 ///< name or number; its members may read. Empty: the process's own group
    People people;                     ///< what the site lets accounts do beyond that; asked at each connection
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t connections_max = 64;                  ///< a quarter is kept for those who may write
    std::size_t workers = 4;                           ///< handlers that run at once
    std::chrono::milliseconds request_timeout{30'000}; ///< for a whole request, and for the pause before it
    std::chrono::milliseconds answer_timeout{30'000};  ///< for the peer to take a whole answer
    std::chrono::milliseconds stop_timeout{2'000};     ///< for answers under way when the server stops
};

/// Serves a Router until it is destroyed. Whatever peers send, they get an answer or lose their connection; nothing
/// else changes, and nothing is thrown. Thread  handlers run on `workers` threads; all threads of the server block
/// every signal
class Server {
  public:
    /// Listens, and serves once it returns. The socket has mode 0660.
    ///
    /// Errors  as SocketFile::listen and find_group
    static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);

    /// Stops: takes no more calls, waits for handlers that run, lets answers go out for `stop_timeout`, removes the
    /// socket. Never from a handler: it would wait for itself.
    ~Server();

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::api
