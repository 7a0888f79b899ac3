#include "gates/stream/wire.hpp"

#include <array>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "gates/stream/net.hpp"

namespace ombud::stream {
namespace {

constexpr std::size_t buffer_bytes_first = 16 * 1024, stretches_max = 64;
using Tcp = asio::ip::tcp;

/// A view that Asio takes as a sequence of buffers, without allocating.
class Buffers {
  public:
    explicit Buffers(std::span<const Wire::Bytes> stretches) : size_(std::min(stretches.size(), stretches_max)) {
        for (std::size_t at = 0; at < size_; ++at)
            buffers_[at] = {stretches[at].data(), stretches[at].size()};
    }
    const asio::const_buffer* begin() const { return buffers_.data(); }
    const asio::const_buffer* end() const { return buffers_.data() + size_; }

  private:
    std::array<asio::const_buffer, stretches_max> buffers_;
    std::size_t size_;
};

std::size_t total(std::span<const Wire::Bytes> stretches) {
    std::size_t sum = 0;
    for (const Wire::Bytes& stretch : stretches)
        sum += stretch.size();
    return sum;
}

template <class Stream>
class AsioWire final : public Wire, public std::enable_shared_from_this<AsioWire<Stream>> {
  public:
    AsioWire(Stream stream, std::shared_ptr<Tls> tls)
        : tls_(std::move(tls)), stream_(std::move(stream)), linger_(stream_.get_executor()) {
        is_tls_ = tls_ != nullptr;
        error_code ignored;
        auto& socket = stream_.lowest_layer();
        socket.set_option(Tcp::no_delay(true), ignored);
        socket.non_blocking(true, ignored);
        peer_ = socket.remote_endpoint(ignored).address().to_string();
        local_ = socket.local_endpoint(ignored).address().to_string();
    }
    Stream& stream() { return stream_; }

  private:
    void start_read(std::span<std::uint8_t> into) override {
        stream_.async_read_some(asio::buffer(into.data(), into.size()),
                                [self = this->shared_from_this()](const error_code& error, std::size_t count) {
                                    error ? self->on_failed(shown(error)) : self->on_read(count);
                                });
    }
    std::size_t write_now([[maybe_unused]] std::span<const Bytes> stretches) override {
        if constexpr (std::is_same_v<Stream, Tcp::socket>) {
            error_code error; // one that is more than "would block" comes again from start_write
            return stream_.write_some(Buffers(stretches), error);
        }
        return 0; // a TLS record that is begun must be finished from the same bytes
    }
    void start_write(std::span<const Bytes> stretches) override {
        asio::async_write(stream_, Buffers(stretches),
                          [self = this->shared_from_this()](const error_code& error, std::size_t) {
                              error ? self->on_failed(shown(error)) : self->on_written();
                          });
    }
    void start_linger() override {
        error_code ignored;
        stream_.lowest_layer().shutdown(Tcp::socket::shutdown_send, ignored);
        linger_.expires_after(std::chrono::seconds(2));
        linger_.async_wait([self = this->shared_from_this()](const error_code&) { self->drop(); });
        discard();
    }
    /// Until the peer has seen the end: closing with unread bytes would take our last answer back from it.
    void discard() {
        stream_.lowest_layer().async_wait(Tcp::socket::wait_read, [self = this->shared_from_this()](const error_code& error) {
            std::array<char, 4096> bytes{};
            error_code read_error;
            const auto count = error ? 0
                                     : ::recv(self->stream_.lowest_layer().native_handle(), bytes.data(), bytes.size(),
                                              MSG_DONTWAIT);
            if (error || count <= 0)
                return self->drop();
            self->discard();
        });
    }
    void drop() override {
        linger_.cancel();
        error_code ignored;
        stream_.lowest_layer().close(ignored);
    }

    std::shared_ptr<Tls> tls_;
    Stream stream_;
    asio::steady_timer linger_;
};

using PlainWire = AsioWire<Tcp::socket>;
using TlsWire = AsioWire<asio::ssl::stream<Tcp::socket>>;

} // namespace

std::string shown(const error_code& error) {
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
        return "it closed the connection";
    if (error == asio::error::connection_reset || error == asio::error::broken_pipe)
        return "it dropped the connection";
    return error.message();
}

void make_wire(Tcp::socket socket, std::shared_ptr<Tls> tls, const std::string& host, bool is_server,
               std::chrono::nanoseconds timeout, std::function<void(Result<std::shared_ptr<Wire>>)> done) {
    if (!tls)
        return done(std::make_shared<PlainWire>(std::move(socket), nullptr));
    asio::ssl::stream<Tcp::socket> stream(std::move(socket), tls->impl().context);
    if (!is_server) {
        stream.set_verify_mode(asio::ssl::verify_peer);
        stream.set_verify_callback(asio::ssl::host_name_verification(host));
        // What SSL_set_tlsext_host_name is, without its casts.
        SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str()));
    }
    const auto wire = std::make_shared<TlsWire>(std::move(stream), std::move(tls));
    const auto deadline = std::make_shared<asio::steady_timer>(wire->stream().get_executor(), timeout);
    deadline->async_wait([wire](const error_code& error) {
        if (!error)
            wire->close();
    });
    wire->stream().async_handshake(is_server ? asio::ssl::stream_base::server : asio::ssl::stream_base::client,
                                   [wire, deadline, done = std::move(done)](const error_code& error) {
                                       const bool is_late = deadline->expiry() <= std::chrono::steady_clock::now();
                                       deadline->cancel();
                                       if (is_late)
                                           return done(fail(ErrorCode::unavailable, "it did not finish its TLS handshake in time"));
                                       if (error) {
                                           wire->close();
                                           return done(fail(ErrorCode::refused, "TLS: " + error.message()));
                                       }
                                       done(wire);
                                   });
}

void Wire::read(std::size_t most) {
    if (reading_ || closed_ || finishing_)
        return;
    if (begin_ == end_)
        begin_ = end_ = 0;
    if (buffer_.empty())
        buffer_.resize(std::min(buffer_bytes_first, most));
    if (begin_ > 0 && buffer_.size() - end_ < buffer_.size() / 2) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size())
        buffer_.resize(std::min(2 * buffer_.size(), most));
    if (end_ == buffer_.size())
        return on_failed("it sent more than " + std::to_string(most) + " bytes in one piece");
    reading_ = true;
    start_read({buffer_.data() + end_, buffer_.size() - end_});
}

void Wire::on_read(std::size_t count) {
    reading_ = false;
    end_ += count;
    if (!closed_ && !finishing_ && owner_.received)
        owner_.received();
}

void Wire::send(std::string message) {
    if (closed_ || finishing_ || message.empty())
        return;
    if (!writing_) {
        const Bytes bytes{reinterpret_cast<const std::uint8_t*>(message.data()), message.size()};
        const std::size_t gone = write_now({&bytes, 1});
        if (gone == message.size())
            return;
        message.erase(0, gone);
    }
    waiting_ += message.size();
    queue_.push_back({std::move(message), {}});
    write_next();
}

bool Wire::forward(std::span<const Bytes> stretches) {
    if (closed_ || finishing_)
        return true;
    const std::size_t size = total(stretches);
    std::size_t gone = writing_ ? 0 : write_now(stretches);
    if (gone == size)
        return true;
    waiting_ += size - gone;
    Item item;
    for (const Bytes& stretch : stretches) {
        const std::size_t skipped = std::min(gone, stretch.size());
        gone -= skipped;
        if (skipped < stretch.size())
            item.stretches.push_back(stretch.subspan(skipped));
    }
    queue_.push_back(std::move(item));
    write_next();
    return false;
}

void Wire::write_next() {
    if (writing_ || queue_.empty())
        return;
    writing_ = true;
    const Item& item = queue_.front();
    under_way_ = item.stretches;
    if (under_way_.empty())
        under_way_.push_back({reinterpret_cast<const std::uint8_t*>(item.message.data()), item.message.size()});
    start_write(under_way_);
}

void Wire::on_written() {
    if (closed_)
        return;
    writing_ = false;
    waiting_ -= total(under_way_);
    const bool was_forward = !queue_.front().stretches.empty();
    queue_.pop_front();
    write_next();
    if (finishing_ && !writing_)
        start_linger();
    else if (was_forward && !finishing_ && owner_.drained)
        owner_.drained();
}

void Wire::on_failed(const std::string& why) {
    if (closed_)
        return;
    const auto ended = std::move(owner_.ended);
    const bool tells = !finishing_;
    close();
    if (tells && ended)
        ended(why);
}

void Wire::close() {
    if (closed_)
        return;
    closed_ = true;
    drop();
}

void Wire::finish() {
    if (closed_ || finishing_)
        return;
    for (const Item& item : queue_)
        if (!item.stretches.empty())
            return close(); // bytes that are the owner's, who goes
    finishing_ = true;
    if (!writing_)
        start_linger();
}

} // namespace ombud::stream
