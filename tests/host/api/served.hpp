#pragma once
// A running server with a few routes.

#include "api/server.hpp"
#include "raw_peer.hpp"
#include "temp_folder.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

inline ombud::api::Router example_router() {
    using namespace ombud;
    using api::Method;
    api::Router router;
    router.add({Method::get,
                "/v1/status",
                [](const api::Request& request) -> Result<boost::json::value> {
                    return boost::json::value{{"asked_by", request.peer.name}};
                },
                {},
                {}});
    router.add({Method::get,
                "/v1/findings",
                [](const api::Request& request) -> Result<boost::json::value> {
                    const auto limit = request.query_integer("limit", 100, 1, 1000);
                    if (!limit)
                        return fail(limit.error());
                    return boost::json::value{{"limit", *limit}};
                },
                {"limit"},
                {}});
    router.add({Method::put,
                "/v1/modules/{id}/mode",
                [](const api::Request& request) -> Result<boost::json::value> {
                    const auto mode = request.body_text("mode", {"off", "monitor", "enforce"});
                    if (!mode)
                        return fail(mode.error());
                    return boost::json::value{{"id", request.parameter("id")}, {"mode", *mode}};
                },
                {},
                {"mode", "reason"}});
    router.add({Method::post,
                "/v1/fail/{code}",
                [](const api::Request& request) -> Result<boost::json::value> {
                    return fail(static_cast<ErrorCode>(std::stoi(std::string(request.parameter("code")))),
                                "it went wrong\nhint: try it differently");
                },
                {},
                {}});
    router.add({Method::get,
                "/v1/throw",
                [](const api::Request&) -> Result<boost::json::value> { throw std::runtime_error("a library threw"); },
                {},
                {}});
    router.add({Method::get,
                "/v1/large",
                [](const api::Request&) -> Result<boost::json::value> {
                    return boost::json::value{{"text", std::string(8 * 1024 * 1024, 'x')}};
                },
                {},
                {}});
    return router;
}

class Served {
  public:
    explicit Served(ombud::api::ServerOptions options = {}, ombud::api::Router router = example_router()) {
        options.socket_path = socket();
        auto started = ombud::api::Server::start(std::move(options), std::move(router));
        if (!started)
            throw std::runtime_error(started.error().message);
        server_ = std::move(*started);
    }
    [[nodiscard]] std::filesystem::path socket() const { return folder_ / "ombud.sock"; }
    void stop() { server_.reset(); }

    /// Sends the bytes on a connection of its own and reads until the server closes it.
    [[nodiscard]] std::string exchange(std::string_view bytes) const {
        RawPeer peer(socket());
        peer.send(bytes);
        return peer.read_all();
    }

  private:
    TempFolder folder_;
    std::unique_ptr<ombud::api::Server> server_;
};

inline std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: ombud\r\nConnection: close\r\n\r\n";
}
