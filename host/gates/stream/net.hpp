#pragma once
// What the units that speak Asio share; no other unit includes it.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <thread>

#include "gates/stream/loop.hpp"
#include "gates/stream/wire.hpp"

namespace ombud::stream {

namespace asio = boost::asio;
using boost::system::error_code;

struct Loop::Impl {
    asio::io_context io{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    std::thread thread;
};

struct Tls::Impl {
    asio::ssl::context context;
};

/// "cannot be reached: connection refused", for people.
std::string shown(const error_code& error);

/// @param done  gets the wire, or why the handshake failed
void make_wire(asio::ip::tcp::socket socket, std::shared_ptr<Tls> tls, const std::string& host, bool is_server,
               std::chrono::nanoseconds timeout, std::function<void(Result<std::shared_ptr<Wire>>)> done);

} // namespace ombud::stream
