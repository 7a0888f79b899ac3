#include "gates/stream/loop.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gates/stream/net.hpp"

namespace ombud::stream {
namespace {

using Tcp = asio::ip::tcp;
constexpr std::size_t handshakes_max = 64;

} // namespace

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() {
    stop();
}

void Loop::start() {
    impl_->work.emplace(impl_->io.get_executor());
    impl_->thread = std::thread([this] { impl_->io.run(); });
}

void Loop::stop() {
    impl_->io.stop();
    impl_->work.reset();
    if (impl_->thread.joinable())
        impl_->thread.join();
}

void Loop::post(std::function<void()> work) {
    asio::post(impl_->io, std::move(work));
}

struct Timer::Impl {
    explicit Impl(asio::io_context& io) : timer(io) {}
    asio::steady_timer timer;
    std::uint64_t round = 0; // a call that is queued already cannot be cancelled: it sees that its round is over
};

Timer::Timer(Loop& loop) : impl_(std::make_shared<Impl>(loop.impl().io)) {}
Timer::~Timer() {
    cancel();
}
void Timer::after(std::chrono::nanoseconds delay, std::function<void()> call) {
    impl_->timer.expires_after(delay);
    impl_->timer.async_wait([impl = impl_, round = ++impl_->round, call = std::move(call)](const error_code& error) {
        if (!error && impl->round == round)
            call();
    });
}
void Timer::cancel() {
    ++impl_->round;
    impl_->timer.cancel();
}

Tls::Tls(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tls::~Tls() = default;

Result<std::shared_ptr<Tls>> Tls::server(const signing::ServerIdentity& identity) {
    auto impl = std::make_unique<Impl>(Impl{asio::ssl::context(asio::ssl::context::tls_server)});
    error_code error;
    impl->context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
    impl->context.use_certificate_chain(asio::buffer(identity.chain_pem), error);
    if (error)
        return fail(ErrorCode::invalid_input, "the certificate cannot be shown: " + error.message());
    impl->context.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem, error);
    if (error)
        return fail(ErrorCode::invalid_input, "the private key cannot be used: " + error.message());
    return std::shared_ptr<Tls>(new Tls(std::move(impl)));
}

Result<std::shared_ptr<Tls>> Tls::client(const std::filesystem::path& ca_file) {
    auto impl = std::make_unique<Impl>(Impl{asio::ssl::context(asio::ssl::context::tls_client)});
    error_code error;
    impl->context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
    if (ca_file.empty())
        impl->context.set_default_verify_paths(error);
    else
        impl->context.load_verify_file(ca_file.string(), error);
    if (error)
        return fail(ErrorCode::invalid_input,
                    "certificates to trust, " + (ca_file.empty() ? "the system's" : ca_file.string()) + ": " + error.message());
    return std::shared_ptr<Tls>(new Tls(std::move(impl)));
}

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
    Impl(asio::io_context& io, std::shared_ptr<Tls> t, std::chrono::nanoseconds h,
         std::function<void(std::shared_ptr<Wire>)> a)
        : acceptor(io), pause(io), tls(std::move(t)), handshake(h), accepted(std::move(a)) {}

    void accept() {
        acceptor.async_accept([self = shared_from_this()](const error_code& error, Tcp::socket socket) {
            if (!self->acceptor.is_open())
                return;
            if (error) { // no file descriptors left: waiting helps, asking again at once does not
                self->pause.expires_after(std::chrono::milliseconds(100));
                self->pause.async_wait([self](const error_code& cancelled) {
                    if (!cancelled && self->acceptor.is_open())
                        self->accept();
                });
                return;
            }
            if (self->handshakes >= handshakes_max) { // the socket's end drops it
                self->accept();
                return;
            }
            ++self->handshakes;
            make_wire(std::move(socket), self->tls, "", true, self->handshake, [self](Result<std::shared_ptr<Wire>> wire) {
                --self->handshakes;
                if (wire && self->acceptor.is_open())
                    self->accepted(std::move(*wire));
            });
            self->accept();
        });
    }

    Tcp::acceptor acceptor;
    asio::steady_timer pause;
    std::shared_ptr<Tls> tls;
    std::chrono::nanoseconds handshake;
    std::size_t handshakes = 0; // under way
    std::function<void(std::shared_ptr<Wire>)> accepted;
};

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() {
    error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
}

Result<std::unique_ptr<Listener>> Listener::listen(Loop& loop, const Endpoint& endpoint, std::shared_ptr<Tls> tls,
                                                   std::chrono::nanoseconds handshake,
                                                   std::function<void(std::shared_ptr<Wire>)> accepted) {
    const auto failed = [&endpoint](const error_code& error) {
        return fail(ErrorCode::unavailable,
                    "listening on " + endpoint.address + " port " + std::to_string(endpoint.port) + ": " + error.message());
    };
    error_code error;
    const auto address = asio::ip::make_address(endpoint.address, error);
    if (error)
        return failed(error);
    auto impl = std::make_shared<Impl>(loop.impl().io, std::move(tls), handshake, std::move(accepted));
    const Tcp::endpoint at(address, endpoint.port);
    impl->acceptor.open(at.protocol(), error);
    if (!error)
        impl->acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error)
        impl->acceptor.bind(at, error);
    if (!error)
        impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return failed(error);
    impl->accept();
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

void Listener::show(std::shared_ptr<Tls> tls) {
    impl_->tls = std::move(tls);
}

std::uint16_t Listener::port() const {
    error_code ignored;
    return impl_->acceptor.local_endpoint(ignored).port();
}

struct Connecting::Impl : std::enable_shared_from_this<Connecting::Impl> {
    Impl(asio::io_context& io, std::shared_ptr<Tls> t, std::string h, std::chrono::nanoseconds limit,
         std::function<void(Result<std::shared_ptr<Wire>>)> d)
        : resolver(io), socket(io), deadline(io), tls(std::move(t)), host(std::move(h)), timeout(limit), done(std::move(d)) {}

    void start(std::uint16_t port) {
        deadline.expires_after(timeout);
        deadline.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error)
                self->finish(fail(ErrorCode::unavailable, "it did not answer in time"));
        });
        resolver.async_resolve(host, std::to_string(port),
                               [self = shared_from_this()](const error_code& error, const Tcp::resolver::results_type& found) {
                                   if (error)
                                       return self->finish(fail(ErrorCode::unavailable, "its name: " + error.message()));
                                   self->connect(found);
                               });
    }
    void connect(const Tcp::resolver::results_type& found) {
        if (!done)
            return;
        asio::async_connect(socket, found, [self = shared_from_this()](const error_code& error, const Tcp::endpoint&) {
            if (error)
                return self->finish(fail(ErrorCode::unavailable, error.message()));
            if (!self->done)
                return;
            make_wire(std::move(self->socket), self->tls, self->host, false, self->timeout,
                      [self](Result<std::shared_ptr<Wire>> wire) { self->finish(std::move(wire)); });
        });
    }
    void finish(Result<std::shared_ptr<Wire>> result) {
        deadline.cancel();
        resolver.cancel();
        error_code ignored;
        socket.close(ignored);
        if (auto call = std::exchange(done, nullptr))
            call(std::move(result));
        else if (result)
            (*result)->close();
    }

    Tcp::resolver resolver;
    Tcp::socket socket;
    asio::steady_timer deadline;
    std::shared_ptr<Tls> tls;
    std::string host;
    std::chrono::nanoseconds timeout;
    std::function<void(Result<std::shared_ptr<Wire>>)> done;
};

Connecting::Connecting(Loop& loop, const Url& url, std::shared_ptr<Tls> tls, std::chrono::nanoseconds timeout,
                       std::function<void(Result<std::shared_ptr<Wire>>)> done)
    : impl_(std::make_shared<Impl>(loop.impl().io, std::move(tls), url.host, timeout, std::move(done))) {
    impl_->start(url.port);
}
Connecting::~Connecting() {
    impl_->done = nullptr;
    impl_->finish(fail(ErrorCode::cancelled, ""));
}

} // namespace ombud::stream
