#pragma once
// The gate's one thread for data: what runs on it, timers, and where connections come from. Asio stays behind it.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "events/result.hpp"
#include "gates/stream/url.hpp"
#include "signing/cms/server_identity.hpp"

namespace ombud::stream {

class Wire;

/// Runs everything given to it on one thread, one after another.
class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void start();
    /// Ends the thread after what it runs just now; what still waits is dropped. [any but its own thread]
    void stop();
    /// [any]
    void post(std::function<void()> work);

    struct Impl;
    Impl& impl() { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

/// Calls once, later, on the loop's thread; never after `cancel` or its own end. [loop]
class Timer {
  public:
    explicit Timer(Loop& loop);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    /// Replaces what was set before.
    void after(std::chrono::nanoseconds delay, std::function<void()> call);
    void cancel();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Keys and trust of one side. Shared; immutable. [any]
class Tls {
  public:
    /// Errors  invalid_input  OpenSSL does not take it
    static Result<std::shared_ptr<Tls>> server(const signing::ServerIdentity& identity);
    /// @param ca_file  empty: the system's store
    static Result<std::shared_ptr<Tls>> client(const std::filesystem::path& ca_file);
    ~Tls();

    struct Impl;
    Impl& impl() { return *impl_; }

  private:
    explicit Tls(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Accepts connections until its end. [made before the loop runs or on it; ended on it, or after it stopped]
class Listener {
  public:
    /// @param tls        null: plain
    /// @param handshake  how long a peer may take for its TLS handshake
    /// Errors  unavailable  the address cannot be had, named
    static Result<std::unique_ptr<Listener>> listen(Loop& loop, const Endpoint& endpoint, std::shared_ptr<Tls> tls,
                                                    std::chrono::nanoseconds handshake,
                                                    std::function<void(std::shared_ptr<Wire>)> accepted);
    ~Listener();
    [[nodiscard]] std::uint16_t port() const;
    /// Whoever connects from now on is shown this. [loop]
    void show(std::shared_ptr<Tls> tls);

  private:
    struct Impl;
    explicit Listener(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

/// A connection attempt; its end drops it without a call. [loop]
class Connecting {
  public:
    /// Resolves, connects, and with `tls` checks that the certificate is the host's.
    /// Calls `done` once  unavailable  nobody there, in time;  refused  the certificate does not hold
    Connecting(Loop& loop, const Url& url, std::shared_ptr<Tls> tls, std::chrono::nanoseconds timeout,
               std::function<void(Result<std::shared_ptr<Wire>>)> done);
    ~Connecting();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace ombud::stream
