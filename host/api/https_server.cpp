#include "api/https_server.hpp"

#include "api/http_listener.hpp"
#include "api/tcp_listen.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace ombud::api {
namespace {

using Tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Connection = HttpConnection<TlsStream>;

Result<void> check_key_file(const std::filesystem::path& key) {
    struct stat found {};
    if (::stat(key.c_str(), &found) != 0)
        return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                    key.string() + ": " + std::strerror(errno));
    if ((found.st_mode & 077) != 0)
        return fail(ErrorCode::refused, key.string() +
                                            ": others than its owner may use this private key\nhint: run chmod 600 " +
                                            key.string());
    return {};
}

Result<void> load(asio::ssl::context& tls, const HttpsOptions& options) {
    using asio::ssl::context;
    error_code error;
    tls.set_options(context::default_workarounds | context::no_tlsv1 | context::no_tlsv1_1 | context::no_compression,
                    error);
    // A key that asks for a passphrase must not stop the daemon at a prompt.
    tls.set_password_callback([](std::size_t, context::password_purpose) { return std::string(); }, error);
    if (!std::filesystem::exists(options.certificate))
        return fail(ErrorCode::not_found, options.certificate.string() + ": no such certificate");
    tls.use_certificate_chain_file(options.certificate.string(), error);
    if (error)
        return fail(ErrorCode::invalid_input,
                    options.certificate.string() + ": not a certificate in PEM: " + error.message());
    if (auto checked = check_key_file(options.key); !checked)
        return checked;
    tls.use_private_key_file(options.key.string(), context::pem, error);
    if (error)
        return fail(ErrorCode::invalid_input, options.key.string() + ": not the private key, in PEM and without a " +
                                                  "passphrase, of " + options.certificate.string() + ": " +
                                                  error.message());
    return {};
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
    Impl(const HttpsOptions& options, asio::ssl::context tls, const Tcp& family, int socket, HttpsHandler handler,
         HttpsAdmission admission)
        : connections_max_(options.connections_max), tls_(std::move(tls)), handler_(std::move(handler)),
          admission_(std::move(admission)),
          listener_({options.header_bytes_max, options.body_bytes_max, options.workers, options.request_timeout,
                     options.answer_timeout, options.stop_timeout},
                    family, socket,
                    [this](Tcp::socket accepted, HttpShared& shared) { admit(std::move(accepted), shared); }) {}

    void start() { listener_.start(); }
    void stop() { listener_.stop(); }
    [[nodiscard]] std::uint16_t port() const { return listener_.local_endpoint().port(); }

  private:
    void admit(Tcp::socket socket, HttpShared& shared) {
        // No word to those who are too many: a handshake is the dearest part of a call.
        if (shared.connections.size() >= connections_max_)
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
            std::make_shared<Connection>(TlsStream(beast::tcp_stream(std::move(socket)), tls_), respond, shared, early);
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

    const std::size_t connections_max_;
    asio::ssl::context tls_;
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

Result<std::unique_ptr<HttpsServer>> HttpsServer::start(const HttpsOptions& options, HttpsHandler handler,
                                                        HttpsAdmission admission) try {
    const auto endpoint = parse_listen(options.listen);
    if (!endpoint)
        return fail(endpoint.error());
    asio::ssl::context tls(asio::ssl::context::tls_server);
    if (auto loaded = load(tls, options); !loaded)
        return fail(std::move(loaded.error()));
    const auto socket = listen_on(*endpoint, options.listen);
    if (!socket)
        return fail(socket.error());
    const SignalsBlocked blocked;
    auto impl = std::make_unique<Impl>(options, std::move(tls), endpoint->protocol(), *socket, std::move(handler),
                                       std::move(admission));
    impl->start();
    return std::unique_ptr<HttpsServer>(new HttpsServer(std::move(impl)));
} catch (const std::exception& exception) {
    return fail(ErrorCode::unavailable, "cannot serve on " + options.listen + ": " + exception.what());
}

} // namespace ombud::api
