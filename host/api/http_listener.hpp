#pragma once
// Private to this folder: what the servers share, whatever their sockets are. Only their units include it: Beast takes
// its time to compile.

#include "api/error_json.hpp"
#include "api/router.hpp"

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
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
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ombud::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

struct HttpLimits {
    std::size_t header_bytes_max, body_bytes_max, workers;
    std::chrono::milliseconds request_timeout, answer_timeout, stop_timeout;
};

using HttpRequest = http::request<http::string_body>;

/// What goes back to the peer.
struct HttpReply {
    Answer answer;
    std::string authenticate; ///< the field WWW-Authenticate; empty: none
    std::string content_type = "application/json"; ///< empty: none, and nothing is said of caching either
    std::vector<std::pair<std::string, std::string>> fields{}; ///< any others
};

class OpenConnection {
  public:
    virtual ~OpenConnection() = default;
    /// Drops a peer whose request is not there yet: nothing of it has been done.
    virtual void close_if_reading() = 0;
};

/// What all connections of a server share. Everything but `workers` is touched on the one I/O thread only.
struct HttpShared {
    HttpLimits limits;
    std::set<OpenConnection*> connections{};
    bool stopping = false;
    asio::io_context io{1};
    asio::thread_pool workers;

    explicit HttpShared(const HttpLimits& given) : limits(given), workers(given.workers) {}
};

/// One peer: reads a request, has it answered by a worker, writes the answer, and reads the next. Requests that come
/// before the answer wait in the buffer, so answers are in order.
/// @tparam Stream  a beast::basic_stream, or TLS over one
template <class Stream>
class HttpConnection final : public OpenConnection, public std::enable_shared_from_this<HttpConnection<Stream>> {
  public:
    using Respond = std::function<HttpReply(const HttpRequest&)>;
    using Admit = std::function<std::optional<HttpReply>(const HttpRequest&)>;

    /// @param respond  called on a worker
    /// @param admit    called on the I/O thread when the header is there; a reply ends the connection before any body
    HttpConnection(Stream stream, Respond respond, HttpShared& shared, Admit admit = {})
        : stream_(std::move(stream)), respond_(std::move(respond)), admit_(std::move(admit)), shared_(shared) {
        shared_.connections.insert(this);
    }
    ~HttpConnection() override { shared_.connections.erase(this); }
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    /// Runs `handshake(stream, done)` in the time that a request may take, then reads.
    template <class Handshake>
    void read_after(Handshake handshake) {
        lowest().expires_after(shared_.limits.request_timeout);
        reading_ = true;
        handshake(stream_, [self = this->shared_from_this()](error_code error) {
            self->reading_ = false;
            if (!error)
                self->read();
        });
    }

    void read() {
        if (shared_.stopping)
            return;
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes_max));
        parser_->body_limit(shared_.limits.body_bytes_max);
        lowest().expires_after(shared_.limits.request_timeout);
        reading_ = true;
        http::async_read_header(
            stream_, buffer_, *parser_,
            [self = this->shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
    }

    void close_if_reading() override {
        if (reading_)
            lowest().close();
    }

    /// Says why, then closes.
    void refuse(unsigned status, const Error& error) {
        HttpReply reply{answer_of(error), {}};
        reply.answer.status = status;
        keep_alive_ = false;
        write(std::move(reply));
    }

  private:
    auto& lowest() { return beast::get_lowest_layer(stream_); }

    void on_header(error_code error) {
        if (error)
            return on_bad_request(error);
        if (auto reply = admit_ ? admit_(parser_->get()) : std::nullopt) {
            reading_ = false;
            keep_alive_ = false;
            return write(std::move(*reply));
        }
        if (!beast::iequals(parser_->get()[http::field::expect], "100-continue"))
            return read_body();
        interim_ = {http::status::continue_, parser_->get().version()};
        http::async_write(stream_, interim_, [self = this->shared_from_this()](error_code failed, std::size_t) {
            if (!failed)
                self->read_body();
        });
    }

    void read_body() {
        http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, std::size_t) {
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
                           "the header is longer than " + std::to_string(shared_.limits.header_bytes_max) + " bytes"});
        if (error == http::error::body_limit)
            return refuse(413,
                          {ErrorCode::invalid_input,
                           "the body is longer than " + std::to_string(shared_.limits.body_bytes_max) + " bytes"});
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
        asio::post(shared_.workers, [self = this->shared_from_this(), request = parser_->release()]() mutable {
            HttpReply reply = self->respond_(request);
            auto& io = self->shared_.io;
            asio::post(io,
                       [self = std::move(self), reply = std::move(reply)]() mutable { self->write(std::move(reply)); });
        });
    }

    void write(HttpReply reply) {
        keep_alive_ = keep_alive_ && !shared_.stopping;
        response_ = {};
        response_.version(11);
        response_.result(reply.answer.status);
        if (!reply.content_type.empty()) {
            response_.set(http::field::content_type, reply.content_type);
            response_.set(http::field::cache_control, "no-store");
        }
        for (const auto& [name, value] : reply.fields)
            response_.set(name, value);
        if (!reply.answer.allow.empty())
            response_.set(http::field::allow, reply.answer.allow);
        if (!reply.authenticate.empty())
            response_.set(http::field::www_authenticate, reply.authenticate);
        response_.keep_alive(keep_alive_);
        response_.body() = std::move(reply.answer.body);
        response_.prepare_payload();
        lowest().expires_after(shared_.limits.answer_timeout);
        http::async_write(stream_, response_, [self = this->shared_from_this()](error_code error, std::size_t) {
            if (error)
                return;
            if (self->keep_alive_)
                return self->read();
            self->finish();
        });
    }

    // A socket that is closed with unread bytes in it takes the answer away from a peer that is still sending, so what
    // still comes is read and forgotten, below TLS if there is any.
    void finish() {
        lowest().expires_after(shared_.limits.stop_timeout);
        reading_ = true;
        const auto drain_all = [self = this->shared_from_this()](error_code) {
            error_code ignored;
            self->lowest().socket().shutdown(asio::socket_base::shutdown_send, ignored);
            self->drain(0);
        };
        if constexpr (requires { stream_.async_shutdown(drain_all); })
            stream_.async_shutdown(drain_all);
        else
            drain_all({});
    }

    void drain(std::size_t drained) {
        constexpr std::size_t drain_bytes_max = 16 * 1024 * 1024;
        if (drained > drain_bytes_max || shared_.stopping)
            return;
        lowest().async_read_some(asio::buffer(scratch_), [self = this->shared_from_this(), drained](error_code error,
                                                                                                    std::size_t size) {
            if (!error)
                self->drain(drained + size);
        });
    }

    Stream stream_;
    Respond respond_;
    Admit admit_;
    HttpShared& shared_;
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

/// Accepts, until it is stopped, on a thread of its own.
template <class Protocol>
class HttpListener {
  public:
    using Socket = typename Protocol::socket;

    /// @param socket  bound and listening; taken over
    /// @param admit   called on the I/O thread with each new connection
    template <class Family>
    HttpListener(const HttpLimits& limits, const Family& family, int socket,
                 std::function<void(Socket, HttpShared&)> admit)
        : shared_(limits), acceptor_(shared_.io, family, socket), pause_(shared_.io), admit_(std::move(admit)),
          working_(shared_.io.get_executor()) {}

    void start() {
        accept();
        thread_ = std::thread([this] {
            shared_.io.run();
            ended_.set_value();
        });
    }

    /// Takes no more calls, waits for handlers that run, lets answers go out for `stop_timeout`.
    void stop() {
        std::promise<void> closed;
        asio::post(shared_.io, [&] {
            shared_.stopping = true;
            error_code ignored;
            acceptor_.close(ignored);
            pause_.cancel();
            for (OpenConnection* connection : shared_.connections)
                connection->close_if_reading();
            closed.set_value();
        });
        closed.get_future().wait();
        shared_.workers.join();
        working_.reset(); // the last answers have been posted; the I/O thread ends when they are out
        if (ended_.get_future().wait_for(shared_.limits.stop_timeout) != std::future_status::ready)
            shared_.io.stop();
        thread_.join();
    }

    [[nodiscard]] auto local_endpoint() const { return acceptor_.local_endpoint(); }

  private:
    void accept() {
        acceptor_.async_accept([this](error_code error, Socket socket) {
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
            admit_(std::move(socket), shared_);
            accept();
        });
    }

    HttpShared shared_;
    typename Protocol::acceptor acceptor_;
    asio::steady_timer pause_;
    std::function<void(Socket, HttpShared&)> admit_;
    asio::executor_work_guard<asio::io_context::executor_type> working_;
    std::promise<void> ended_;
    std::thread thread_;
};

} // namespace ombud::api
