#include "api/server.hpp"

#include "api/http_listener.hpp"
#include "api/peer.hpp"
#include "api/socket_file.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <unistd.h>

namespace ombud::api {
namespace {

using Local = asio::local::stream_protocol;
using Connection = HttpConnection<beast::basic_stream<Local>>;

HttpLimits limits_of(const ServerOptions& options) {
    return {options.header_bytes_max, options.body_bytes_max, options.workers,
            options.request_timeout,  options.answer_timeout, options.stop_timeout};
}

} // namespace

class Server::Impl {
  public:
    Impl(SocketFile file, ServerOptions options, Router router, gid_t group)
        : file_(std::move(file)), options_(std::move(options)), router_(std::move(router)), group_(group),
          listener_(limits_of(options_), Local(), file_.release_socket(),
                    [this](Local::socket socket, HttpShared& shared) { admit(std::move(socket), shared); }) {}

    void start() { listener_.start(); }
    void stop() { listener_.stop(); }

  private:
    void admit(Local::socket socket, HttpShared& shared) {
        const auto peer = read_peer(socket.native_handle(), group_, options_.people);
        if (!peer)
            return;
        const std::size_t max = options_.connections_max;
        const std::size_t limit = peer->access == Access::write ? max : max - max / 4;
        const bool full = shared.connections.size() >= limit;
        const bool absurd = shared.connections.size() >= 2 * max;
        if (absurd)
            return;
        const auto respond = [this, who = *peer](const HttpRequest& request) {
            const auto method = request.method_string();
            const auto target = request.target();
            return HttpReply{
                router_.dispatch({method.data(), method.size()}, {target.data(), target.size()}, request.body(), who),
                {}};
        };
        auto connection =
            std::make_shared<Connection>(beast::basic_stream<Local>(std::move(socket)), respond, shared);
        if (full)
            connection->refuse(503, {ErrorCode::unavailable,
                                     std::to_string(limit) + " connections are open already\nhint: try again later"});
        else
            connection->read();
    }

    SocketFile file_;
    const ServerOptions options_;
    const Router router_;
    const gid_t group_;
    HttpListener<Local> listener_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
    impl_->stop();
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) try {
    std::optional<gid_t> group;
    if (!options.group.empty()) {
        auto found = find_group(options.group);
        if (!found)
            return fail(std::move(found.error()));
        group = *found;
    }
    auto file = SocketFile::listen(options.socket_path, group);
    if (!file)
        return fail(std::move(file.error()));

    const SignalsBlocked blocked;
    auto impl =
        std::make_unique<Impl>(std::move(*file), std::move(options), std::move(router), group.value_or(getegid()));
    impl->start();
    return std::unique_ptr<Server>(new Server(std::move(impl)));
} catch (const std::exception& exception) {
    return fail(ErrorCode::unavailable, std::string("the local API cannot start: ") + exception.what());
}

} // namespace ombud::api
