#include "api/tcp_listen.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>

namespace ombud::api {

namespace asio = boost::asio;
using boost::system::error_code;

Result<asio::ip::tcp::endpoint> parse_listen(const std::string& text) {
    const auto wrong = [&] {
        return fail(ErrorCode::invalid_input, "listen: '" + text + "' is not ADDRESS:PORT or [IPV6]:PORT");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string::npos)
        return wrong();
    std::string host = text.substr(0, colon);
    const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (is_bracketed)
        host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data() + colon + 1, end, port);
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error || problem != std::errc{} || stopped != end || address.is_v6() != is_bracketed)
        return wrong();
    return asio::ip::tcp::endpoint(address, port);
}

Result<int> listen_on(const asio::ip::tcp::endpoint& endpoint, const std::string& text) {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io);
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error)
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && endpoint.address().is_v6())
        acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error)
        acceptor.bind(endpoint, error);
    if (!error)
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return fail(ErrorCode::unavailable, "cannot listen on " + text + ": " + error.message());
    return acceptor.release();
}

} // namespace ombud::api
