#pragma once
// One connection, plain or TLS: bytes that came, and bytes that go. Everything on the loop's thread.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "events/result.hpp"

namespace ombud::stream {

class Wire {
  public:
    using Bytes = std::span<const std::uint8_t>;

    /// What the owner is called for. After `close` none is called any more.
    struct Owner {
        std::function<void()> received;                 ///< `input` holds more
        std::function<void(const std::string&)> ended;  ///< once: the peer is gone, and why
        std::function<void()> drained;                  ///< what `forward` could not send at once is gone
    };
    virtual ~Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    void own(Owner owner) { owner_ = std::move(owner); }

    /// What came and was not consumed. Valid until `read`.
    [[nodiscard]] std::span<std::uint8_t> input() { return {buffer_.data() + begin_, end_ - begin_}; }
    void consume(std::size_t count) { begin_ += count; }
    /// Asks for more bytes, once; the buffer grows up to `most` when it is full.
    void read(std::size_t most);
    [[nodiscard]] bool is_reading() const { return reading_; }

    /// Sends a message, behind what is under way.
    void send(std::string message);
    /// Sends bytes of somebody else's buffer. True: all are gone. False: leave them where they are until `drained`.
    /// At most 64 stretches; not again before `drained`.
    bool forward(std::span<const Bytes> stretches);
    /// Bytes that wait for the peer to take them.
    [[nodiscard]] std::size_t waiting_bytes() const { return waiting_; }

    /// Drops the connection.
    void close();
    /// Sends the messages that wait, says that nothing more comes, and drops the connection within two seconds; at once when
    /// bytes of `forward` still wait. The owner is not called any more.
    void finish();

    [[nodiscard]] const std::string& peer() const { return peer_; } ///< its address
    [[nodiscard]] const std::string& local() const { return local_; }
    [[nodiscard]] bool is_tls() const { return is_tls_; }

  protected:
    Wire() = default;
    struct Item { // one of both
        std::string message;
        std::vector<Bytes> stretches;
    };
    virtual void start_read(std::span<std::uint8_t> into) = 0;
    /// As much as goes without waiting.
    virtual std::size_t write_now(std::span<const Bytes> stretches) = 0;
    virtual void start_write(std::span<const Bytes> stretches) = 0; ///< all of it
    virtual void start_linger() = 0;
    virtual void drop() = 0;
    void on_read(std::size_t count);
    void on_written();
    void on_failed(const std::string& why);

    std::string peer_, local_;
    bool is_tls_ = false;

  private:
    void write_next();

    Owner owner_;
    std::vector<std::uint8_t> buffer_;
    std::size_t begin_ = 0, end_ = 0, waiting_ = 0;
    std::deque<Item> queue_; ///< the first is under way when `writing_`
    std::vector<Bytes> under_way_;
    bool reading_ = false, writing_ = false, closed_ = false, finishing_ = false;
};

} // namespace ombud::stream
