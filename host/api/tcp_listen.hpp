#pragma once
// Private to this folder: where a server listens on TCP.

#include "events/result.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <string>

namespace ombud::api {

/// "ADDRESS:PORT" or "[IPV6]:PORT".  Errors  invalid_input
Result<boost::asio::ip::tcp::endpoint> parse_listen(const std::string& text);

/// A listening socket, released so that the listener's own context takes it over.
/// Errors  unavailable  the address is taken, or not this machine's; `text` is what it was given as
Result<int> listen_on(const boost::asio::ip::tcp::endpoint& endpoint, const std::string& text);

} // namespace ombud::api
