#include "api/http_server.hpp"

#include "api/http_listener.hpp"
#include "api/peer.hpp"
#include "api/socket_file.hpp"
#include "api/tcp_listen.hpp"

#include <boost/asio/local/stream_protocol.hpp>

namespace ombud::api {
namespace {

using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

HttpLimits limits_of(const HttpServerOptions& options) {
    return {options.header_bytes_max, options.body_bytes_max, options.workers,
            options.request_timeout,  options.answer_timeout, options.stop_timeout};
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

HttpReply reply_to(const HttpRequest& request, const HttpHandler& handler) try {
    HttpCall call{view(request.method_string()), view(request.target()), request.body(), {}};
    for (const auto& field : request)
        call.fields.emplace_back(view(field.name_string()), view(field.value()));
    HttpAnswer answer = handler(call);
    HttpReply reply;
    reply.answer.status = answer.status;
    reply.answer.body = std::move(answer.body);
    reply.content_type = std::move(answer.content_type);
    reply.fields = std::move(answer.fields);
    return reply;
} catch (const std::exception& exception) {
    HttpReply reply;
    reply.answer = answer_of({ErrorCode::internal, std::string("a handler failed: ") + exception.what()});
    return reply;
}

} // namespace

std::string_view HttpCall::field(std::string_view name) const {
    for (const auto& [known, value] : fields)
        if (beast::iequals({known.data(), known.size()}, {name.data(), name.size()}))
            return value;
    return {};
}

std::size_t HttpCall::count(std::string_view name) const {
    std::size_t found = 0;
    for (const auto& field : fields)
        found += beast::iequals({field.first.data(), field.first.size()}, {name.data(), name.size()}) ? 1U : 0U;
    return found;
}

class HttpServer::Impl {
  public:
    Impl(const HttpServerOptions& options, HttpHandler handler) : connections_max_(options.connections_max), handler_(std::move(handler)) {}

    Result<void> start_on_tcp(const HttpServerOptions& options, const std::string& address) {
        const auto endpoint = parse_listen(address);
        if (!endpoint)
            return fail(endpoint.error());
        const auto socket = listen_on(*endpoint, address);
        if (!socket)
            return fail(socket.error());
        tcp_ = std::make_unique<HttpListener<Tcp>>(limits_of(options), endpoint->protocol(), *socket,
                                                   [this](Tcp::socket accepted, HttpShared& shared) {
                                                       error_code ignored;
                                                       accepted.set_option(Tcp::no_delay(true), ignored);
                                                       admit(std::move(accepted), shared);
                                                   });
        tcp_->start();
        return {};
    }

    Result<void> start_on_file(const HttpServerOptions& options, const std::string& path) {
        std::optional<gid_t> group;
        if (!options.group.empty()) {
            const auto found = find_group(options.group);
            if (!found)
                return fail(found.error());
            group = *found;
        }
        auto file = SocketFile::listen(path, group);
        if (!file)
            return fail(file.error());
        file_.emplace(std::move(*file));
        local_ = std::make_unique<HttpListener<Local>>(
            limits_of(options), Local(), file_->release_socket(),
            [this](Local::socket accepted, HttpShared& shared) { admit(std::move(accepted), shared); });
        local_->start();
        return {};
    }

    void stop() {
        if (tcp_)
            tcp_->stop();
        if (local_)
            local_->stop();
    }
    [[nodiscard]] std::uint16_t port() const { return tcp_ ? tcp_->local_endpoint().port() : std::uint16_t{0}; }

  private:
    template <class Socket>
    void admit(Socket socket, HttpShared& shared) {
        using Stream = beast::basic_stream<typename Socket::protocol_type>;
        if (shared.connections.size() >= connections_max_)
            return;
        std::make_shared<HttpConnection<Stream>>(
            Stream(std::move(socket)), [this](const HttpRequest& request) { return reply_to(request, handler_); }, shared)
            ->read();
    }

    const std::size_t connections_max_;
    const HttpHandler handler_;
    std::optional<SocketFile> file_;
    std::unique_ptr<HttpListener<Tcp>> tcp_;
    std::unique_ptr<HttpListener<Local>> local_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() {
    impl_->stop();
}

std::uint16_t HttpServer::port() const {
    return impl_->port();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options, HttpHandler handler) try {
    const std::string_view listen = options.listen;
    const bool is_tcp = listen.starts_with("inet:");
    if (!is_tcp && !listen.starts_with("unix:"))
        return fail(ErrorCode::invalid_input, "listen: '" + options.listen + "' is neither inet:ADDRESS:PORT nor unix:/PATH");
    const SignalsBlocked blocked;
    auto impl = std::make_unique<Impl>(options, std::move(handler));
    const std::string where(listen.substr(5));
    if (auto started = is_tcp ? impl->start_on_tcp(options, where) : impl->start_on_file(options, where); !started)
        return fail(started.error());
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
} catch (const std::exception& exception) {
    return fail(ErrorCode::unavailable, "cannot serve on " + options.listen + ": " + exception.what());
}

} // namespace ombud::api
