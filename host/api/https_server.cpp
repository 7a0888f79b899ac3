#include "api/https_server.hpp"

#include "api/http_listener.hpp"
#include "api/tcp_listen.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <mutex>

namespace ombud::api {
namespace {

using Tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Connection = HttpConnection<TlsStream>;

Result<std::shared_ptr<asio::ssl::context>> make_context(const signing::ServerIdentity& identity, const HttpsOptions& options) {
    using asio::ssl::context;
    auto tls = std::make_shared<context>(context::tls_server);
    error_code error;
    tls->set_options(context::default_workarounds | context::no_tlsv1 | context::no_tlsv1_1 | context::no_compression,
                     error);
    tls->use_certificate_chain(asio::buffer(identity.chain_pem), error);
    if (error)
        return fail(ErrorCode::invalid_input, options.certificate.string() + ": cannot be shown: " + error.message());
    tls->use_private_key(asio::buffer(identity.key_pem), context::pem, error);
    if (error)
        return fail(ErrorCode::invalid_input, options.key.string() + ": cannot be used: " + error.message());
    return tls;
}

} // namespace

std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size() || !beast::iequals(authorization.substr(0, scheme.size()), scheme))
        return {};
    authorization.remove_prefix(scheme.size());
    authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
    return authorization;
}

class HttpsServer::Impl {
  public:
    Impl(const HttpsOptions& options, signing::IdentityFiles files, std::shared_ptr<asio::ssl::context> tls, const Tcp& family,
         int socket, HttpsHandler handler, HttpsAdmission admission)
        : options_(options), files_(std::move(files)), tls_(std::move(tls)), handler_(std::move(handler)),
          admission_(std::move(admission)),
          listener_({options.header_bytes_max, options.body_bytes_max, options.workers, options.request_timeout,
                     options.answer_timeout, options.stop_timeout},
                    family, socket,
                    [this](Tcp::socket accepted, HttpShared& shared) { admit(std::move(accepted), shared); }) {}

    void start() { listener_.start(); }
    void stop() { listener_.stop(); }
    [[nodiscard]] std::uint16_t port() const { return listener_.local_endpoint().port(); }
    [[nodiscard]] const signing::Certificate& certificate() const { return *files_.shown(); }

    Result<bool> look_at_certificate(signing::Looking looking) {
        return files_.look(looking, [this](const signing::ServerIdentity& identity) -> Result<void> {
            auto fresh = make_context(identity, options_);
            if (!fresh)
                return fail(std::move(fresh.error()));
            const std::scoped_lock lock(tls_mutex_);
            tls_.swap(*fresh); // connections hold on to what is in the old one
            return {};
        });
    }

  private:
    std::shared_ptr<asio::ssl::context> tls() const {
        const std::scoped_lock lock(tls_mutex_);
        return tls_;
    }

    void admit(Tcp::socket socket, HttpShared& shared) {
        // No word to those who are too many: a handshake is the dearest part of a call.
        if (shared.connections.size() >= options_.connections_max)
            return;
        error_code error;
        const auto peer = socket.remote_endpoint(error);
        if (error)
            return;
        socket.set_option(Tcp::no_delay(true), error);
        const auto respond = [this, client = peer.address().to_string()](const HttpRequest& request) {
            return answer(request, client);
        };
        const auto early = [this, client = peer.address().to_string()](const HttpRequest& request) {
            return refuse_early(request, client);
        };
        auto connection =
            std::make_shared<Connection>(TlsStream(beast::tcp_stream(std::move(socket)), *tls()), respond, shared, early);
        connection->read_after([](TlsStream& stream, auto done) {
            stream.async_handshake(asio::ssl::stream_base::server, std::move(done));
        });
    }

    static HttpsCall call_of(const HttpRequest& request, const std::string& client) {
        const auto method = request.method_string();
        const auto target = request.target();
        const auto authorization = request[http::field::authorization];
        return {{method.data(), method.size()},
                {target.data(), target.size()},
                request.body(),
                {authorization.data(), authorization.size()},
                client};
    }

    HttpReply answer(const HttpRequest& request, const std::string& client) const try {
        HttpsReply reply = handler_(call_of(request, client));
        return {std::move(reply.answer), std::move(reply.authenticate)};
    } catch (const std::exception& exception) {
        return {answer_of({ErrorCode::internal, std::string("a handler failed: ") + exception.what()}), {}};
    }

    std::optional<HttpReply> refuse_early(const HttpRequest& request, const std::string& client) const try {
        const auto length = request[http::field::content_length];
        const bool has_body = request.chunked() || !(length.empty() || length == "0");
        if (has_body && request.method() != http::verb::post && request.method() != http::verb::put)
            return HttpReply{answer_of({ErrorCode::invalid_input, "only a POST or PUT has a body"}), {}};
        auto reply = admission_ ? admission_(call_of(request, client)) : std::nullopt;
        if (!reply)
            return std::nullopt;
        return HttpReply{std::move(reply->answer), std::move(reply->authenticate)};
    } catch (const std::exception& exception) {
        return HttpReply{answer_of({ErrorCode::internal, std::string("a handler failed: ") + exception.what()}), {}};
    }

    const HttpsOptions options_;
    signing::IdentityFiles files_;
    mutable std::mutex tls_mutex_;
    std::shared_ptr<asio::ssl::context> tls_;
    const HttpsHandler handler_;
    const HttpsAdmission admission_;
    HttpListener<Tcp> listener_;
};

HttpsServer::HttpsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsServer::~HttpsServer() {
    impl_->stop();
}

std::uint16_t HttpsServer::port() const {
    return impl_->port();
}

Result<bool> HttpsServer::look_at_certificate(signing::Looking looking) {
    return impl_->look_at_certificate(looking);
}

const signing::Certificate& HttpsServer::certificate() const {
    return impl_->certificate();
}

Result<std::unique_ptr<HttpsServer>> HttpsServer::start(const HttpsOptions& options, HttpsHandler handler,
                                                        HttpsAdmission admission) try {
    const auto endpoint = parse_listen(options.listen);
    if (!endpoint)
        return fail(endpoint.error());
    signing::IdentityFiles files(options.certificate, options.key);
    std::shared_ptr<asio::ssl::context> tls;
    const auto looked = files.look(signing::Looking::at_once, [&](const signing::ServerIdentity& identity) -> Result<void> {
        auto made = make_context(identity, options);
        if (!made)
            return fail(std::move(made.error()));
        tls = std::move(*made);
        return {};
    });
    if (!looked)
        return fail(looked.error());
    const auto socket = listen_on(*endpoint, options.listen);
    if (!socket)
        return fail(socket.error());
    const SignalsBlocked blocked;
    auto impl = std::make_unique<Impl>(options, std::move(files), std::move(tls), endpoint->protocol(), *socket, std::move(handler),
                                       std::move(admission));
    impl->start();
    return std::unique_ptr<HttpsServer>(new HttpsServer(std::move(impl)));
} catch (const std::exception& exception) {
    return fail(ErrorCode::unavailable, "cannot serve on " + options.listen + ": " + exception.what());
}

} // namespace ombud::api
