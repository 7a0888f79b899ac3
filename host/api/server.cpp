// The only unit that holds an HTTP server: Beast takes its time to compile.
#include "api/server.hpp"

#include "api/peer.hpp"
#include "api/socket_file.hpp"

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <csignal>
#include <future>
#include <optional>
#include <set>
#include <thread>
#include <unistd.h>
#include <utility>

namespace ombud::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;
using boost::system::error_code;

class Connection;

/// What all connections share. Everything but `router` and `workers` is touched on the one I/O thread only.
struct Shared {
    ServerOptions options;
    Router router;
    gid_t group;
    std::set<Connection*> connections;
    bool stopping = false;
    asio::io_context io{1};
    asio::thread_pool workers;

    Shared(ServerOptions o, Router r, gid_t g)
        : options(std::move(o)), router(std::move(r)), group(g), workers(options.workers) {}
};

/// One peer: reads a request, has it answered by a worker, writes the answer, and reads the next. Requests that come
/// before the answer wait in the buffer, so answers are in order.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Local::socket socket, Peer peer, Shared& shared)
        : stream_(std::move(socket)), peer_(std::move(peer)), shared_(shared) {
        shared_.connections.insert(this);
    }
    ~Connection() { shared_.connections.erase(this); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void read() {
        if (shared_.stopping)
            return;
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(shared_.options.header_bytes_max));
        parser_->body_limit(shared_.options.body_bytes_max);
        stream_.expires_after(shared_.options.request_timeout);
        reading_ = true;
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
    }

    /// Drops a peer whose request is not there yet: nothing of it has been done.
    void close_if_reading() {
        if (reading_)
            stream_.close();
    }

    /// Says why, then closes.
    void refuse(unsigned status, Error error) {
        Answer answer = answer_of(error);
        answer.status = status;
        keep_alive_ = false;
        write(std::move(answer));
    }

  private:
    void on_header(error_code error) {
        if (error)
            return on_bad_request(error);
        if (!beast::iequals(parser_->get()[http::field::expect], "100-continue"))
            return read_body();
        interim_ = {http::status::continue_, parser_->get().version()};
        http::async_write(stream_, interim_, [self = shared_from_this()](error_code failed, std::size_t) {
            if (!failed)
                self->read_body();
        });
    }

    void read_body() {
        http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
            if (error)
                return self->on_bad_request(error);
            self->answer();
        });
    }

    void on_bad_request(error_code error) {
        reading_ = false;
        if (error == http::error::header_limit)
            return refuse(431,
                          {ErrorCode::invalid_input,
                           "the header is longer than " + std::to_string(shared_.options.header_bytes_max) + " bytes"});
        if (error == http::error::body_limit)
            return refuse(413,
                          {ErrorCode::invalid_input,
                           "the body is longer than " + std::to_string(shared_.options.body_bytes_max) + " bytes"});
        const bool is_end = error == http::error::end_of_stream || error == http::error::partial_message;
        if (!is_end && error.category() == http::make_error_code(http::error::bad_value).category())
            return refuse(400, {ErrorCode::invalid_input, "this is not HTTP/1.1: " + error.message()});
        // The peer has gone, or was too slow and Beast has closed the socket: nobody is there to be told.
    }

    void answer() {
        reading_ = false;
        if (shared_.stopping)
            return refuse(503, {ErrorCode::unavailable, "the daemon is stopping"});
        keep_alive_ = parser_->get().keep_alive();
        asio::post(shared_.workers, [self = shared_from_this(), request = parser_->release()]() mutable {
            const auto method = request.method_string();
            const auto target = request.target();
            Answer answer = self->shared_.router.dispatch({method.data(), method.size()},
                                                          {target.data(), target.size()}, request.body(), self->peer_);
            auto& io = self->shared_.io;
            asio::post(
                io, [self = std::move(self), answer = std::move(answer)]() mutable { self->write(std::move(answer)); });
        });
    }

    void write(Answer answer) {
        keep_alive_ = keep_alive_ && !shared_.stopping;
        response_ = {};
        response_.version(11);
        response_.result(answer.status);
        response_.set(http::field::content_type, "application/json");
        response_.set(http::field::cache_control, "no-store");
        if (!answer.allow.empty())
            response_.set(http::field::allow, answer.allow);
        response_.keep_alive(keep_alive_);
        response_.body() = std::move(answer.body);
        response_.prepare_payload();
        stream_.expires_after(shared_.options.answer_timeout);
        http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
            if (error)
                return;
            if (self->keep_alive_)
                return self->read();
            error_code ignored;
            self->stream_.socket().shutdown(Local::socket::shutdown_send, ignored);
            self->drain(0);
        });
    }

    // A socket that is closed with unread bytes in it takes the answer away from a peer that is still sending.
    void drain(std::size_t drained) {
        constexpr std::size_t drain_bytes_max = 16 * 1024 * 1024;
        if (drained > drain_bytes_max || shared_.stopping)
            return;
        reading_ = true;
        if (drained == 0)
            stream_.expires_after(shared_.options.stop_timeout);
        stream_.async_read_some(asio::buffer(scratch_),
                                [self = shared_from_this(), drained](error_code error, std::size_t size) {
                                    if (!error)
                                        self->drain(drained + size);
                                });
    }

    beast::basic_stream<Local> stream_;
    Peer peer_;
    Shared& shared_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::empty_body> interim_;
    http::response<http::string_body> response_;
    std::array<char, 16'384> scratch_{};
    bool keep_alive_ = true;
    bool reading_ = false; ///< a read is pending that may be cut off without loss
};

/// Signals belong to the program's own threads: one delivered to a thread of ours would interrupt somebody's call.
/// Threads inherit the mask of the one that starts them.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

} // namespace

class Server::Impl {
  public:
    Impl(SocketFile file, ServerOptions options, Router router, gid_t group)
        : file_(std::move(file)), shared_(std::move(options), std::move(router), group),
          acceptor_(shared_.io, Local(), file_.release_socket()), pause_(shared_.io),
          working_(shared_.io.get_executor()) {}

    void start() {
        accept();
        thread_ = std::thread([this] {
            shared_.io.run();
            ended_.set_value();
        });
    }

    void stop() {
        std::promise<void> closed;
        asio::post(shared_.io, [&] {
            shared_.stopping = true;
            error_code ignored;
            acceptor_.close(ignored);
            pause_.cancel();
            for (Connection* connection : shared_.connections)
                connection->close_if_reading();
            closed.set_value();
        });
        closed.get_future().wait();
        shared_.workers.join();
        working_.reset(); // the last answers have been posted; the I/O thread ends when they are out
        if (ended_.get_future().wait_for(shared_.options.stop_timeout) != std::future_status::ready)
            shared_.io.stop();
        thread_.join();
    }

  private:
    void accept() {
        acceptor_.async_accept([this](error_code error, Local::socket socket) {
            if (shared_.stopping)
                return;
            if (error) {
                // Out of descriptors, most likely: asking again at once would only burn the processor.
                pause_.expires_after(std::chrono::milliseconds(100));
                return pause_.async_wait([this](error_code cancelled) {
                    if (!cancelled && !shared_.stopping)
                        accept();
                });
            }
            admit(std::move(socket));
            accept();
        });
    }

    void admit(Local::socket socket) {
        auto peer = read_peer(socket.native_handle(), shared_.group);
        if (!peer)
            return;
        const std::size_t max = shared_.options.connections_max;
        const std::size_t limit = peer->access == Access::write ? max : max - max / 4;
        const bool full = shared_.connections.size() >= limit;
        const bool absurd = shared_.connections.size() >= 2 * max;
        if (absurd)
            return;
        auto connection = std::make_shared<Connection>(std::move(socket), std::move(*peer), shared_);
        if (full)
            connection->refuse(503, {ErrorCode::unavailable,
                                     std::to_string(limit) + " connections are open already\nhint: try again later"});
        else
            connection->read();
    }

    SocketFile file_;
    Shared shared_;
    Local::acceptor acceptor_;
    asio::steady_timer pause_;
    asio::executor_work_guard<asio::io_context::executor_type> working_;
    std::promise<void> ended_;
    std::thread thread_;
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
